"""Latencies against budgets, per step and for the journey, from scheduled runs that were judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synthmon.model.run import Outcome, RunKind, RunResult, StepResult
from synthmon.model.stepsums import JOURNEY, PHASES, PhaseSum, StepFigures, in_order, merge_steps

__all__ = ["JOURNEY", "PHASES", "PhaseSum", "StepFigures", "Steps", "step_figures", "steps_by_region", "together"]

Steps = Mapping[str, StepFigures]
"""What runs of one probe come to, whether they are still there or not: by step id, the journey under `JOURNEY`."""


def step_figures(results: Iterable[RunResult]) -> Steps:
    """All regions together, the journey first, then as in the newest run; cleanup steps are left out."""
    return together(steps_by_region(results).values())


def steps_by_region(results: Iterable[RunResult]) -> Mapping[str, Steps]:
    """The same region by region; the results are passed through once."""
    regions: dict[str, dict[str, StepFigures]] = {}
    for result in results:
        if result.key.kind is RunKind.SCHEDULED and result.outcome.judged:
            figures = regions.setdefault(result.key.region, _none())
            _count_journey(figures[JOURNEY], result)
            for place, step in enumerate(result.steps):
                known = figures.setdefault(step.id, StepFigures(step.id, step.name))
                if not known.is_newer(result.key.slot):
                    known.name, known.budget = step.name, step.latency_budget
                    known.seen, known.place = result.key.slot, place
                _count_step(known, step, result.quality.suspect)
    return {region: _ordered(figures) for region, figures in regions.items()}


def together(parts: Iterable[Steps]) -> Steps:
    """What regions, or stretches of time, come to when they are counted as one."""
    figures = _none()
    for part in parts:
        merge_steps(figures, part.values())
    return _ordered(figures)


def _none() -> dict[str, StepFigures]:
    return {JOURNEY: StepFigures(JOURNEY, "whole journey")}


def _ordered(figures: Mapping[str, StepFigures]) -> Steps:
    steps = in_order(step for step in figures.values() if step.id != JOURNEY)
    return {JOURNEY: figures[JOURNEY]} | {step.id: step for step in steps}


def _count_journey(figures: StepFigures, result: RunResult) -> None:
    figures.runs += 1
    figures.outcomes[result.outcome] += 1
    if not figures.is_newer(result.key.slot):
        figures.budget, figures.seen = result.latency_budget, result.key.slot
    # A journey that broke off has no length that could be compared with whole ones.
    if result.latency is not None and result.outcome.good and not result.quality.suspect:
        figures.latency.add(result.latency)
        figures.over_budget += result.latency_budget is not None and result.latency > result.latency_budget


def _count_step(figures: StepFigures, step: StepResult, suspect: bool) -> None:
    figures.outcomes[step.outcome] += 1
    figures.excused += step.excused and step.outcome.broken
    if step.outcome is Outcome.SKIPPED:
        return
    figures.runs += 1
    figures.flaky += step.flaky
    if step.outcome.broken:
        figures.kinds.update(failure.kind for failure in step.failures[:1])
    if step.latency is not None and not suspect:
        figures.latency.add(step.latency)
        figures.over_budget += step.latency_budget is not None and step.latency > step.latency_budget
        for phase in PHASES:
            spent: float | None = getattr(step.phases, phase)
            if spent is not None:
                figures.phases.setdefault(phase, PhaseSum()).add(max(0.0, spent))
