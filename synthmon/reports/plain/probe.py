"""One probe: its shares, objectives, states, regions and latencies."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model import words
from synthmon.reports import wording
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


def states(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    said = ", ".join(f"{state.value} {words.span(spent)}" for state, spent in probe.states.items() if spent)
    yield f"  states: {said or 'nothing known'}"
    if probe.maintenance:
        yield f"  {wording.planned(probe)}"


def regions(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    if len(probe.regions) > 1:
        for region, tally in probe.regions.items():
            yield f"  {region}: availability {wording.availability(tally)}, coverage {wording.coverage(tally)}"


def latency(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    for step in probe.steps:
        p50, p95 = (words.seconds(step.latency.quantile(fraction)) for fraction in (0.5, 0.95))
        over = f", {step.over_budget} over the budget of {words.seconds(step.budget)}" if step.budget else ""
        yield f"  {step.id or 'journey'}: p50 {p50}, p95 {p95}{over}"
