"""What the processes of one centre say of themselves, so that whichever leads can tell of all of them."""

from __future__ import annotations

from datetime import datetime

from synthmon.model.probe import Track
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """What a process says of one subject, as it is `since` then: `trouble` is what is wrong, None that it is well."""

    track: Track
    subject: str
    since: datetime
    trouble: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of the centre, as it was `at` that instant."""

    instance: str
    at: datetime
    version: str
    words: tuple[Word, ...] = ()
