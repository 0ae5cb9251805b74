"""What a run may have left behind at its target, as it is remembered until a later run has cleaned it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from synthmon.model.run import Json, RunKey
from synthmon.nouns import dataclass

MOST_TRIES = 5
LONGEST_OWED = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Owed:
    """Cleanup steps of a run that have not succeeded, and what of the run they need to be rendered again.

    Nothing of it is secret: `kept_back` names the captures whose values were.
    """

    key: RunKey
    started_at: datetime
    steps: tuple[str, ...]  # ids
    captures: Mapping[str, Json] = field(default_factory=dict)
    variables: Mapping[str, Json] = field(default_factory=dict)
    kept_back: tuple[str, ...] = ()
    tries: int = 0  # by later runs
    settled: bool = False  # the run came to its end; otherwise it may still be running
