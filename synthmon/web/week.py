"""The coming week, day by day, with what is kept quiet on each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass

DAYS = 7
SHOWN = 8  # of one day; the rest is counted


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of one silence or maintenance that lies in a day: `00:00` to `24:00` at most."""

    quiet: Quiet
    begins: str
    ends: str


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    stretches: tuple[Stretch, ...]
    more: int = 0


def week(quiets: Iterable[Quiet], now: datetime) -> tuple[Day, ...]:
    """Today and the six days after it, in UTC; of today also what is over."""
    first = now.astimezone(UTC).date()
    known = sorted(quiets, key=lambda quiet: (quiet.start, quiet.id))
    return tuple(_day(first + timedelta(days=number), known) for number in range(DAYS))


def stretch_of(now: datetime) -> tuple[datetime, datetime]:
    """From the beginning of the week to its end."""
    start = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return start, start + timedelta(days=DAYS)


def _day(day: date, quiets: Iterable[Quiet]) -> Day:
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    found = [
        Stretch(quiet, f"{max(quiet.start, start):%H:%M}", f"{quiet.ends_at:%H:%M}" if quiet.ends_at < end else "24:00")
        for quiet in quiets
        if quiet.start < end and quiet.ends_at > start
    ]
    return Day(day, tuple(found[:SHOWN]), max(0, len(found) - SHOWN))
