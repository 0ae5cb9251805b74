"""A report as JSON, for programs: every figure unrounded, null where there is none."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from synthmon.model.incident import Incident
from synthmon.reports import wording
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.latency import StepFigures
from synthmon.reports.figures.report import ProbeFigures, Report

FORMAT = 1


def render(report: Report) -> str:
    """The document, its keys in a fixed order; the same report gives the same bytes. Durations are in seconds."""
    return json.dumps(to_json(report), ensure_ascii=False, indent=2) + "\n"


def to_json(report: Report) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "environment": report.environment,
        "period": {
            "kind": report.period.kind.value,
            "name": report.period.name,
            "start": _instant(report.period.start),
            "end": _instant(report.period.end),
            "zone": str(report.period.zone),
        },
        "as_of": _instant(report.as_of),
        "closed": report.closed,
        "last_result": _instant(report.last_result),
        "configuration": report.configuration,
        "subject": wording.subject(report),
        "remark": report.remark,
        "probes": [_probe(probe) for probe in report.probes],
        "incidents": [_incident(incident) for incident in report.incidents],
        "own_incidents": [_incident(incident) for incident in report.own],
    }


def _probe(probe: ProbeFigures) -> dict[str, Any]:
    return {
        "name": probe.name,
        "title": probe.title,
        "owner": probe.owner,
        "tags": list(probe.tags),
        "total": _tally(probe.total),
        "trusted": probe.trusted,
        "regions": {region: _tally(tally) for region, tally in probe.regions.items()},
        "states": {state.value: seconds for state, seconds in probe.states.items()},
        "maintenance": probe.planned,
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
            }
            for one in probe.objectives
        ],
        "steps": [_step(step) for step in probe.steps],
        "flaky": probe.flaky,
        "cleanup_failed": probe.cleanup_failed,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "availability": tally.availability,
        "success": tally.success,
        "coverage": tally.coverage,
        "good": tally.good,
        "bad": tally.bad,
        "good_runs": tally.good_runs,
        "bad_runs": tally.bad_runs,
        "due": tally.due,
        "in_maintenance": tally.planned,
        "outcomes": {outcome.value: count for outcome, count in (tally.by_outcome or {}).items()},
    }


def _step(step: StepFigures) -> dict[str, Any]:
    quantiles = {f"p{round(100 * part)}": step.latency.quantile(part) for part in (0.5, 0.95, 0.99)}
    return {
        "id": step.id or None,
        "name": step.name,
        "runs": step.runs,
        "budget": step.budget,
        "over_budget": step.over_budget,
        **quantiles,
        "slowest": step.latency.maximum if step.latency.count else None,
        "kinds": {kind.value: count for kind, count in step.kinds.most_common()},
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "probe": incident.probe,
        "track": incident.track,
        "severity": incident.severity.value,
        "reason": incident.reason,
        "regions": list(incident.regions),
        "began_at": _instant(incident.began_at),
        "opened_at": _instant(incident.opened_at),
        "resolved_at": _instant(incident.resolved_at),
        "acknowledged_at": _instant(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by,
        "cause": incident.found,
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
