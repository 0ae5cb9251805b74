"""What the runs of one step come to: counts and latencies that add up, whatever stretches of time they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field
from datetime import datetime

from synthmon.model.histogram import MILLION, Histogram
from synthmon.model.run import FailureKind, Outcome
from synthmon.nouns import dataclass

JOURNEY = ""  # the id under which the journey as a whole is counted
PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer")  # of `model.run.Phases`


@dataclass(slots=True)
class PhaseSum:
    """How often a phase happened, and how long it took in all and at most, in whole microseconds."""

    count: int = 0
    micros: int = 0
    most: int = 0

    @property
    def mean(self) -> float | None:
        """Seconds, of the times that it happened."""
        return self.micros / self.count / MILLION if self.count else None

    @property
    def maximum(self) -> float:
        return self.most / MILLION

    def add(self, seconds: float) -> None:
        micros = round(seconds * MILLION)
        self.count, self.micros, self.most = self.count + 1, self.micros + micros, max(self.most, micros)

    def merge(self, other: PhaseSum) -> None:
        self.count, self.micros, self.most = (
            self.count + other.count,
            self.micros + other.micros,
            max(self.most, other.most),
        )


@dataclass(slots=True)
class StepFigures:
    """Figures of one step over a period, from scheduled runs that were judged; grows while being counted.

    Name, budget and `place` (among the steps of its journey) are those of the newest run, whose slot `seen` is.
    `latency` is of the runs in which the step was sent and the machine did not stall, and so are `phases`, by name, of
    the judged exchange. `flaky` counts runs in which it was good, but not at the first attempt.
    """

    id: str
    name: str
    budget: float | None = None
    latency: Histogram = field(default_factory=Histogram)
    over_budget: int = 0
    runs: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    kinds: Counter[FailureKind] = field(default_factory=Counter)
    excused: int = 0  # of those that failed, how many were allowed to
    flaky: int = 0
    phases: dict[str, PhaseSum] = field(default_factory=dict)
    seen: datetime | None = None
    place: int = 0

    @property
    def over_budget_share(self) -> float | None:
        return self.over_budget / self.latency.count if self.latency.count and self.budget is not None else None

    def is_newer(self, seen: datetime | None) -> bool:
        """Whether what is known of that slot is older than what is known here."""
        return self.seen is not None and (seen is None or seen < self.seen)

    def merge(self, other: StepFigures) -> None:
        """Count what the other counted too. Of what both know of one slot, the other's name and budget are taken."""
        if not self.is_newer(other.seen):
            self.name, self.budget, self.seen, self.place = other.name, other.budget, other.seen, other.place
        self.latency.merge(other.latency)
        self.over_budget += other.over_budget
        self.runs += other.runs
        for outcome, number in other.outcomes.items():
            self.outcomes[outcome] += number
        for kind, number in other.kinds.items():
            self.kinds[kind] += number
        self.excused += other.excused
        self.flaky += other.flaky
        for name, phase in other.phases.items():
            self.phases.setdefault(name, PhaseSum()).merge(phase)


def merge_steps(into: dict[str, StepFigures], steps: Iterable[StepFigures]) -> None:
    """Count them among those of their ids."""
    for step in steps:
        into.setdefault(step.id, StepFigures(step.id, step.name)).merge(step)


def in_order(steps: Iterable[StepFigures]) -> tuple[StepFigures, ...]:
    """As they stand in the newest run; steps that it does not have come after those that it has."""

    def newest_first(step: StepFigures) -> tuple[float, int, str]:
        return (-step.seen.timestamp() if step.seen else 0.0, step.place, step.id)

    return tuple(sorted(steps, key=newest_first))
