"""What came of proving a probe: every fault with what became of it, those that do not apply, and the score."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from synthmon.model.journey import Step
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass
from synthmon.prove.mutation import Excuse, Fault, Remedy
from synthmon.prove.remedies import merged


class Noticed(StrEnum):
    """How a probe took a fault. Only the first two are noticing: a run that could not be judged tells nobody."""

    FAILED = "failed"
    DEGRADED = "degraded"
    NO = "no"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Tried:
    """`where`: the step that noticed; `kind`: as what, a `FailureKind`. What was said then may quote the answer."""

    fault: Fault
    noticed: Noticed
    where: str | None = None
    kind: str | None = None

    @property
    def passed(self) -> bool:
        return self.noticed in {Noticed.FAILED, Noticed.DEGRADED}


@dataclass(frozen=True, slots=True)
class Proof:
    """`took`: seconds that the replays took. `left_out`: steps that the good run skipped, or that may fail."""

    probe: Probe
    region: str
    tried: tuple[Tried, ...]
    excused: tuple[Excuse, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    masked: bool = False

    @property
    def noticed(self) -> int:
        return sum(1 for one in self.tried if one.passed)

    @property
    def score(self) -> float:
        """The share of the faults that apply and were noticed; 1 if none applies."""
        return self.noticed / len(self.tried) if self.tried else 1.0

    def missed(self, step: str) -> tuple[Tried, ...]:
        return tuple(one for one in self.tried if one.fault.step == step and not one.passed)

    def remedies(self) -> Iterator[tuple[Step, tuple[Tried, ...], Remedy]]:
        """Each step that misses something: what, and what to write into it."""
        for step in (*self.probe.journey.steps, *self.probe.journey.cleanup):
            if missed := self.missed(step.id):
                yield step, missed, merged(step, (one.fault.remedy for one in missed if one.fault.remedy))
