"""What is not in order about the watching, though nothing is wrong yet: whom nobody owns, whom nobody hears of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass

LONG = timedelta(days=7)  # a silence or a maintenance of more days hides what nobody remembers


class Lack(StrEnum):
    """In the order in which they are told."""

    ALERT = "no alert"
    CHANNEL = "no channel"
    OWNER = "no owner"
    BUDGET = "no latency budget"
    RUNBOOK = "no runbook"


@dataclass(frozen=True, slots=True)
class Declared:
    """A probe as far as this asks. `heard`: an alert of it reaches people, by a channel other than the console."""

    name: str
    alerts: bool
    heard: bool
    owner: str | None
    budget: bool
    runbook: bool


@dataclass(frozen=True, slots=True)
class Lacking:
    lack: Lack
    probes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hygiene:
    """`quiets` are those in force that last for longer than a week in all, the longest first."""

    lacking: tuple[Lacking, ...] = ()
    quiets: tuple[Quiet, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lacking or self.quiets)


_LACKS: Sequence[tuple[Lack, Callable[[Declared], bool]]] = (
    (Lack.ALERT, lambda one: not one.alerts),
    (Lack.CHANNEL, lambda one: one.alerts and not one.heard),
    (Lack.OWNER, lambda one: one.owner is None),
    (Lack.BUDGET, lambda one: not one.budget),
    (Lack.RUNBOOK, lambda one: not one.runbook),
)


def hygiene(declared: Iterable[Declared], quiets: Iterable[Quiet], now: datetime) -> Hygiene:
    known = sorted(declared, key=lambda one: one.name)
    lacking = (Lacking(lack, tuple(one.name for one in known if lacks(one))) for lack, lacks in _LACKS)
    long = [one for one in quiets if one.holds(now) and one.ends_at - one.start > LONG]
    long.sort(key=lambda one: (one.start - one.ends_at, one.id))
    return Hygiene(tuple(one for one in lacking if one.probes), tuple(long))
