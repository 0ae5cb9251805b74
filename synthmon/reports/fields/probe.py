"""One probe: its shares, states, objectives and latencies."""

from __future__ import annotations

from typing import Any

from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.latency import JOURNEY, StepFigures
from synthmon.reports.figures.report import ProbeFigures, Report


def figures(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {
        "name": probe.name,
        "title": probe.title,
        "owner": probe.owner,
        "tags": list(probe.tags),
        "total": tally(probe.total),
        "trusted": probe.trusted,
    }


def regions(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"regions": {region: {**tally(one), "p95": _p95(probe, region)} for region, one in probe.regions.items()}}


def _p95(probe: ProbeFigures, region: str) -> float | None:
    journey = probe.region_steps.get(region, {}).get(JOURNEY)
    return journey.latency.quantile(0.95) if journey is not None else None


def states(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {
        "states": {state.value: seconds for state, seconds in probe.states.items()},
        "maintenance": probe.planned,
    }


def objectives(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {
        "objectives": [
            {
                "name": one.objective.name,
                "target": one.objective.target,
                "window": one.objective.window,
                "within": one.objective.within,
                "standing": one.standing.value,
                "achieved": one.achieved,
                "budget": one.allowed,
                "used": one.used,
                "left": one.left,
            }
            for one in probe.objectives
        ]
    }


def latency(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"steps": [_step(step) for step in probe.steps]}


def notes(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"flaky": probe.flaky, "cleanup_failed": probe.cleanup_failed}


def tally(one: Tally) -> dict[str, Any]:
    return {
        "availability": one.availability,
        "success": one.success,
        "coverage": one.coverage,
        "good": one.good,
        "bad": one.bad,
        "good_runs": one.good_runs,
        "bad_runs": one.bad_runs,
        "due": one.due,
        "in_maintenance": one.planned,
        "outcomes": {outcome.value: count for outcome, count in (one.by_outcome or {}).items()},
    }


def _step(step: StepFigures) -> dict[str, Any]:
    quantiles = {f"p{round(100 * part)}": step.latency.quantile(part) for part in (0.5, 0.95, 0.99)}
    return {
        "id": step.id or None,
        "name": step.name,
        "runs": step.runs,
        "budget": step.budget,
        "over_budget": step.over_budget,
        "over_budget_share": step.over_budget_share,
        **quantiles,
        "slowest": step.latency.maximum if step.latency.count else None,
        "kinds": {kind.value: count for kind, count in step.kinds.most_common()},
    }
