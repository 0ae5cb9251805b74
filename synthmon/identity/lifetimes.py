"""How long people stay signed in."""

from __future__ import annotations

from datetime import timedelta

from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """A session ends after `idle` without a request, and after `longest` in any case."""

    idle: timedelta = timedelta(hours=12)
    longest: timedelta = timedelta(days=7)
