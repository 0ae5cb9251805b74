"""What is found of a probe over all its regions together, where no region has a say of its own."""

from __future__ import annotations

from datetime import datetime

from synthmon.model.incident import RunNote
from synthmon.model.probe import AlertRule, Track
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Whole:
    """One track at one instant, in the terms of a `Tally`: `down` are the regions that it is about.

    `recovered`: whether it is over, if good news has just come; `because` says why.
    """

    track: Track
    holding: tuple[AlertRule, ...]
    down: tuple[str, ...]
    cause: RunNote | None
    first: RunNote | None
    recovered: bool
    because: str
    basis: str
    last_good_slot: datetime | None
    recovered_slot: datetime | None = None
    alerting: bool = True
    regional: tuple[AlertRule, ...] = ()
