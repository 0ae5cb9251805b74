"""A term of leadership: from when on which process judges, and its number."""

from __future__ import annotations

from datetime import datetime

from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """`epoch` grows with every term of an installation; `instance` names the process that began it `since` then."""

    epoch: int
    instance: str
    since: datetime


def following(newest: int | None, at: datetime) -> int:
    """The epoch of a term that begins then: above the newest, and no lower than the seconds since 1970.

    A count alone would repeat itself after an older database was put back, and a leader from before it, who knows
    nothing of that, could write under a number that is another's.
    """
    return max((newest or 0) + 1, int(at.timestamp()))
