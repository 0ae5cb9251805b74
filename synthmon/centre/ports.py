"""What a centre is given to work with, whom it calls, and what it says of a turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from synthmon.centre.caretaker import Voices
from synthmon.judge.upkeep import Upkeep
from synthmon.model.incident import Decision, Incident
from synthmon.model.run import RunKey
from synthmon.model.term import Term
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how much. A turn judges at most `batch` times `rounds` runs; the rest wait for the next one.

    Where a sweep takes long, as there is much to look at or little of a processor, the next one comes later.
    """

    idle: float = 1.0  # seconds without a wake until the next turn
    sweep_every: timedelta = timedelta(seconds=5)
    batch: int = 1000
    rounds: int = 20

    def until_next_sweep(self, took: float) -> timedelta:
        """After one that took so many seconds: sweeps shall have a twentieth of the time; none is put off for long."""
        return max(self.sweep_every, min(timedelta(seconds=20 * took), 3 * self.sweep_every))


def _not_asked(_keys: Sequence[RunKey]) -> None:
    """For whoever has nobody to confirm anything."""


OwnJudge = Callable[[Sequence[Incident], Upkeep, datetime], Decision]
"""From the incidents of late and how regions are, what changes about our own incidents; the watermark is 0."""


@dataclass(frozen=True, slots=True)
class Minding:
    """How the centre minds what is not a target: `own` decides about synthmon's own incidents, `voices` gives what is
    heard of regions, and without it none of them is missed.
    """

    own: OwnJudge | None = None
    voices: Voices | None = None


@dataclass(frozen=True, slots=True)
class TurnReport:
    """What one turn did. `failed` names the probes that could not be judged in it; the others were."""

    at: datetime
    runs: int = 0
    decision: Decision = field(default_factory=lambda: Decision(0))
    failed: tuple[str, ...] = ()


def _nothing() -> None:
    """For whoever need not hear that something is owed."""


def _no_beginning(_epoch: int) -> None:
    """For whoever has nothing to do when a term begins."""


@dataclass(frozen=True, slots=True)
class Lead:
    """`term` gives the term in which this process leads, or None; `begin` is called with the epoch of each new one,
    before anything is judged in it. `runs_probes`: what is due is run by this very process, and by no other.
    """

    term: Callable[[], Term | None]
    begin: Callable[[int], None] = _no_beginning
    runs_probes: bool = True


@dataclass(frozen=True, slots=True)
class CentrePorts:
    """What the centre calls: `owed` when messages are owed, `ask` with confirmations to run now. With a `lead` it
    judges only in terms of its own; without one, the store is its own.
    """

    owed: Callable[[], None] = _nothing
    ask: Callable[[Sequence[RunKey]], None] = _not_asked
    lead: Lead | None = None
