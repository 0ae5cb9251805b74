"""One probe: its shares, objectives, states and latencies."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model import words
from synthmon.reports import telling, wording
from synthmon.reports.figures.report import ProbeFigures, Report


def figures(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    total = probe.total
    doubt = "" if probe.trusted else " (insufficient data)"
    share = f"{wording.availability(total, idle=probe.idle)}{doubt}"
    yield f"  availability {share}, {words.span(total.bad)} bad of {words.span(total.judged)}"
    yield f"  success ratio {wording.success(total)}, {total.bad_runs} of {total.judged_runs} runs failed"
    yield f"  coverage {wording.coverage(total)}, {total.judged_runs} judged of {total.due} due"


def objectives(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    for one in probe.objectives:
        aim = f"objective {one.objective.name} {wording.target(one.objective.target)}"
        state = f"{wording.objective_state(one)}, {wording.achieved(one)}"
        yield f"  {aim}: {state}; error budget: {wording.budget(one)}"


def states(probe: ProbeFigures, report: Report) -> Iterator[str]:
    said = ", ".join(f"{state} {time}" for state, time in telling.states(probe))
    yield f"  states: {said}; {telling.known(report)} in all"
    if probe.maintenance:
        yield f"  {wording.planned(probe)}"


def latency(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    for step in probe.steps:
        quantiles = (f"p{100 * part:.0f} {words.seconds(step.latency.quantile(part))}" for part in (0.5, 0.95, 0.99))
        slowest = words.seconds(step.latency.maximum if step.latency.count else None)
        over = telling.over_budget(step.over_budget, step.latency.count)
        against = f"; over the budget of {words.seconds(step.budget)}: {over}" if step.budget else ""
        yield f"  {step.id or 'journey'}: {', '.join(quantiles)}, slowest {slowest}{against}"
    if (left := telling.unmeasured(probe)) is not None:
        yield f"  {left}"
