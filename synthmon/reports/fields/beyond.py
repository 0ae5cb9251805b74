"""One probe beyond its shares and latencies, and the outages of all."""

from __future__ import annotations

from typing import Any

from synthmon.reports.fields.instants import instant
from synthmon.reports.figures.compare import Change, Comparison
from synthmon.reports.figures.creep import Creep
from synthmon.reports.figures.outages import Delay, Outages
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.phases import StepPhases
from synthmon.reports.figures.releases import Released
from synthmon.reports.figures.report import ProbeFigures, Report


def of_all(report: Report) -> dict[str, Any]:
    return {"outages": _outages(report.outages)}


def outages(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"outages": _outages(probe.beyond.outages)}


def near(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    misses = probe.beyond.near
    return {"near_misses": {"soft_failures": misses.soft, "flaky": probe.flaky, "times_down": misses.flaps}}


def disagreements(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    found = probe.beyond.disagreements
    return {"disagreements": None if found is None else dict(found)}


def comparisons(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"comparisons": [_comparison(one) for one in probe.beyond.comparisons]}


def creeps(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"creeps": [_creep(one) for one in probe.beyond.creeps]}


def phases(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"phases": [_phases(one) for one in probe.beyond.phases]}


def releases(probe: ProbeFigures, _report: Report) -> dict[str, Any]:
    return {"releases": [_released(one) for one in probe.beyond.releases]}


def _outages(found: Outages) -> dict[str, Any]:
    return {
        "count": found.count,
        "began": found.began,
        "not_over": found.lasting,
        "total": found.total,
        "longest": found.longest,
        "mttr": found.mttr,
        "mtbf": found.mtbf,
        "detect": _delay(found.detect),
        "page": _delay(found.page),
        "acknowledge": _delay(found.acknowledge),
        "repair": _delay(found.repair),
    }


def _delay(one: Delay) -> dict[str, Any]:
    return {"count": one.count, "mean": one.mean, "longest": one.longest if one.count else None}


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "name": one.baseline.name,
        "start": instant(one.baseline.start),
        "end": instant(one.baseline.end),
        "availability": _change(one.availability),
        "p50": _change(one.p50),
        "p95": _change(one.p95),
    }


def _change(one: Change) -> dict[str, Any]:
    return {"then": one.then, "now": one.now, "turn": one.turn.value}


def _creep(one: Creep) -> dict[str, Any]:
    return {
        "step": one.step or None,
        "name": one.name,
        "since": instant(one.since),
        "days": one.days,
        "then": one.then,
        "now": one.now,
        "per_day": one.per_day,
        "budget": one.budget,
        "days_left": one.left,
    }


def _phases(one: StepPhases) -> dict[str, Any]:
    return {
        "step": one.step,
        "name": one.name,
        "since": instant(one.since),
        "runs": one.runs,
        "mean": one.mean,
        "phases": {name: {"mean": spent.mean, "slowest": spent.slowest} for name, spent in one.phases.items()},
    }


def _released(one: Released) -> dict[str, Any]:
    return {
        "at": instant(one.marker.at),
        "release": one.marker.release,
        "before_it": one.marker.before,
        "before": _side(one.before),
        "after": _side(one.after),
    }


def _side(one: Day | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "seconds": (one.end - one.start).total_seconds(),
        "availability": one.tally.availability,
        "coverage": one.tally.coverage,
        "p95": one.journey.latency.quantile(0.95),
        "judged_runs": one.tally.judged_runs,
        "bad_runs": one.tally.bad_runs,
    }
