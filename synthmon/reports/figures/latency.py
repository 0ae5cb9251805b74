"""Latencies against budgets, per step and for the journey, from scheduled runs that were judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synthmon.model.histogram import Histogram
from synthmon.model.run import FailureKind, Outcome, RunKind, RunResult, StepResult

JOURNEY = ""  # the key under which the journey as a whole is counted
PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer")

Steps = Mapping[str, "StepFigures"]
"""What runs of one probe come to, whether they are still there or not: by step id, the journey under `JOURNEY`."""


@dataclass(slots=True)
class PhaseSum:
    """How often a phase happened, and how long it took in all and at most, in seconds."""

    count: int = 0
    total: float = 0.0
    maximum: float = 0.0

    @property
    def mean(self) -> float | None:
        """Of the times that it happened."""
        return self.total / self.count if self.count else None

    def add(self, seconds: float) -> None:
        self.count, self.total, self.maximum = self.count + 1, self.total + seconds, max(self.maximum, seconds)

    def merge(self, other: PhaseSum) -> None:
        self.count, self.total = self.count + other.count, self.total + other.total
        self.maximum = max(self.maximum, other.maximum)


@dataclass(slots=True)
class StepFigures:
    """Figures of one step over a period; grows while being counted. `phases` are of the judged exchange, by name."""

    id: str
    name: str
    budget: float | None = None
    latency: Histogram = field(default_factory=Histogram)
    over_budget: int = 0
    runs: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    kinds: Counter[FailureKind] = field(default_factory=Counter)
    excused: int = 0  # of those that failed, how many were allowed to
    phases: dict[str, PhaseSum] = field(default_factory=dict)

    @property
    def over_budget_share(self) -> float | None:
        return self.over_budget / self.latency.count if self.latency.count and self.budget is not None else None

    def merge(self, other: StepFigures) -> None:
        """Count all that the other counted here too; its name and budget are the newer ones."""
        self.name, self.budget = other.name, other.budget if other.budget is not None else self.budget
        self.latency.merge(other.latency)
        self.over_budget += other.over_budget
        self.runs += other.runs
        self.outcomes.update(other.outcomes)
        self.kinds.update(other.kinds)
        self.excused += other.excused
        for name, phase in other.phases.items():
            self.phases.setdefault(name, PhaseSum()).merge(phase)


def step_figures(results: Iterable[RunResult]) -> Steps:
    """All regions together, in the order of the newest run; cleanup steps are left out."""
    return together(steps_by_region(results).values())


def steps_by_region(results: Iterable[RunResult]) -> Mapping[str, Steps]:
    """The same region by region; the results are passed through once."""
    regions: dict[str, dict[str, StepFigures]] = {}
    for result in results:
        if result.key.kind is RunKind.SCHEDULED and result.outcome.judged:
            figures = regions.setdefault(result.key.region, {JOURNEY: StepFigures(JOURNEY, "whole journey")})
            _count_journey(figures[JOURNEY], result)
            for step in result.steps:
                _count_step(figures.setdefault(step.id, StepFigures(step.id, step.name)), step, result.quality.suspect)
    return regions


def together(parts: Iterable[Steps]) -> Steps:
    """What regions, or stretches of time from the oldest on, come to when they are counted as one."""
    figures: dict[str, StepFigures] = {JOURNEY: StepFigures(JOURNEY, "whole journey")}
    for part in parts:
        for key, counted in part.items():
            figures.setdefault(key, StepFigures(counted.id, counted.name)).merge(counted)
    return figures


def _count_journey(figures: StepFigures, result: RunResult) -> None:
    figures.runs += 1
    figures.outcomes[result.outcome] += 1
    figures.budget = result.latency_budget
    # A journey that broke off has no length that could be compared with whole ones.
    if result.latency is not None and result.outcome.good and not result.quality.suspect:
        figures.latency.add(result.latency)
        figures.over_budget += result.latency_budget is not None and result.latency > result.latency_budget


def _count_step(figures: StepFigures, step: StepResult, suspect: bool) -> None:
    figures.name, figures.budget = step.name, step.latency_budget
    figures.outcomes[step.outcome] += 1
    figures.excused += step.excused and step.outcome.broken
    if step.outcome is Outcome.SKIPPED:
        return
    figures.runs += 1
    if step.outcome.broken:
        figures.kinds.update(failure.kind for failure in step.failures[:1])
    if step.latency is not None and not suspect:
        figures.latency.add(step.latency)
        figures.over_budget += step.latency_budget is not None and step.latency > step.latency_budget
        for phase in PHASES:
            spent: float | None = getattr(step.phases, phase)
            if spent is not None:
                figures.phases.setdefault(phase, PhaseSum()).add(max(0.0, spent))
