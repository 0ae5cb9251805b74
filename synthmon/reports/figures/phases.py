"""Where the time goes: what a step spent on names, connections, TLS, waiting and reading over the last seven days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from synthmon.nouns import dataclass
from synthmon.reports.figures.latency import JOURNEY, StepFigures, Steps, together
from synthmon.reports.figures.past import Day

DAYS = 7
PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer")


@dataclass(frozen=True, slots=True)
class Spent:
    """On one phase: `mean` seconds a run, 0 where it did not happen, so that means add up; and at most."""

    mean: float
    slowest: float


@dataclass(frozen=True, slots=True)
class StepPhases:
    """Of one step over so many runs since the beginning of the first day that is known."""

    step: str
    name: str
    runs: int
    since: datetime
    phases: Mapping[str, Spent]

    @property
    def mean(self) -> float:
        """Seconds that a run spends in this step, all phases together."""
        return sum(one.mean for one in self.phases.values())

    @property
    def most(self) -> str:
        """The phase that takes most of it."""
        return max(self.phases, key=lambda name: self.phases[name].mean)


def phases(days: Sequence[Day], itself: Day) -> tuple[StepPhases, ...]:
    """Of each step whose phases are known, in order; `itself` is the period, which stands for the days in it."""
    recent = [one for one in days if one.end <= itself.start][-DAYS + 1 :] if _is_a_day(itself) else []
    known = [one for one in (*recent, itself) if _measured(one.steps)]
    if not known:
        return ()
    steps = together(one.steps for one in known)
    return tuple(
        _of_step(figures, known[0].start) for key, figures in steps.items() if key != JOURNEY and figures.phases
    )


def _is_a_day(one: Day) -> bool:
    return (one.end - one.start).total_seconds() < 2 * 86_400


def _measured(steps: Steps) -> bool:
    return any(figures.phases for figures in steps.values())


def _of_step(figures: StepFigures, since: datetime) -> StepPhases:
    runs = max(phase.count for phase in figures.phases.values())
    spent = {
        name: Spent((phase.mean or 0.0) * phase.count / runs, phase.maximum)
        for name in PHASES
        if (phase := figures.phases.get(name)) is not None
    }
    return StepPhases(figures.id, figures.name, runs, since, spent)


def happened(steps: Iterable[StepPhases]) -> tuple[str, ...]:
    """The phases that any of the steps has, in the order in which they happen."""
    seen = {name for one in steps for name in one.phases}
    return tuple(name for name in PHASES if name in seen)
