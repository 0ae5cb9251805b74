"""When a probe is due: every so many seconds, or at the minutes that a cron expression names in a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from cronsim import CronSim

from synthmon.nouns import dataclass

_DAY, _MINUTE, _SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
_LOOKED_AT = 400  # days of an expression from which its gaps are told
_AHEAD = 3660 * _DAY
_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - of the clock on the wall, as are all minutes before they get a zone


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields (minute, hour, day of the month, month, day of the week) on the clocks of an IANA time zone.

    A minute that the clocks leap over is due at the first instant after the leap. Of an hour that comes twice, fixed
    times are due the first time; expressions whose minute or hour begins with `*` go on through both.
    """

    expression: str
    timezone: str

    def __str__(self) -> str:
        return f"{self.expression} {self.timezone}"

    @classmethod
    def parse(cls, text: str) -> Cron:
        """From the form of `str`."""
        expression, _, timezone = text.rpartition(" ")
        return cls(expression, timezone)

    @property
    def shortest(self) -> float:
        """Seconds between two of its minutes, where they are closest."""
        return _gaps(self.expression).shortest

    @property
    def longest(self) -> float:
        """Seconds between two of its minutes, where they are farthest apart."""
        return _gaps(self.expression).longest

    @property
    def share(self) -> float:
        """How many minutes it names, of those that there would be if the shortest gap were the only one."""
        return self.shortest / _gaps(self.expression).mean

    def next(self, after: datetime) -> datetime:
        """The first minute later than the instant, in UTC; raises ValueError if none comes within 50 years."""
        day = _local(after, self.timezone).date() - _DAY
        while True:
            day = _first(self.expression, day).date()
            found = next((one for one in _of_day(self.expression, self.timezone, day) if one > after), None)
            if found is not None:
                return found
            day += _DAY

    def between(self, after: datetime, until: datetime) -> tuple[datetime, ...]:
        """The minutes in (after, until], ascending, in UTC."""
        first, last = (_local(instant, self.timezone).date() for instant in (after, until))
        found: set[datetime] = set()
        for number in range((last - first).days + 3):
            found.update(_of_day(self.expression, self.timezone, first + (number - 1) * _DAY))
        return tuple(sorted(one for one in found if after < one <= until))


Timing: TypeAlias = float | Cron
"""Seconds of an interval, or a cron expression."""


def often(cron: Cron) -> str:
    """`at 0 8 * * 1-5 (Europe/Berlin)`."""
    return f"at {cron.expression} ({cron.timezone})"


def _local(instant: datetime, timezone: str) -> datetime:
    return instant.astimezone(ZoneInfo(timezone))


def _first(expression: str, day: date) -> datetime:
    """The first minute on the wall that is on the day or later."""
    try:
        return next(CronSim(expression, datetime.combine(day, datetime.min.time()) - _SECOND))
    except StopIteration:
        raise ValueError(f"no minute fits the cron expression {expression!r}") from None


@lru_cache(maxsize=8192)
def _of_day(expression: str, timezone: str, day: date) -> tuple[datetime, ...]:
    """The instants at which it is due on one day of the zone's calendar."""
    zone = ZoneInfo(timezone)
    walls = list(_walls(expression, day))
    start = datetime.combine(day, datetime.min.time())
    offsets = {start.replace(tzinfo=zone).utcoffset(), (start + _DAY).replace(tzinfo=zone).utcoffset()}
    if len(offsets) == 1:
        return tuple(wall.replace(tzinfo=zone).astimezone(UTC) for wall in walls)
    through = any(field.startswith("*") for field in expression.split()[:2])
    return tuple(sorted({instant for wall in walls for instant in _instants(wall, zone, through=through)}))


def _walls(expression: str, day: date) -> Iterator[datetime]:
    start = datetime.combine(day, datetime.min.time())
    minutes = CronSim(expression, start - _SECOND)
    for wall in minutes:
        if wall >= start + _DAY:
            return
        yield wall


def _instants(wall: datetime, zone: ZoneInfo, *, through: bool) -> Iterator[datetime]:
    """When the clocks on the wall show it: once, twice, or, as they leap over it, at the end of the leap."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != wall:  # the earlier offset gives the later instant in a leap
        yield _end_of_leap(second, zone)
        return
    yield first
    if through:
        yield second


def _end_of_leap(before: datetime, zone: ZoneInfo) -> datetime:
    offset = before.astimezone(zone).utcoffset()
    while before.astimezone(zone).utcoffset() == offset:
        before += _MINUTE
    return before


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Seconds of the shortest, the longest and the mean gap between two minutes, on clocks that never change."""

    shortest: float
    longest: float
    mean: float


@lru_cache(maxsize=1024)
def _gaps(expression: str) -> _Gaps:
    fields = expression.split()
    parsed = CronSim(expression, _MONDAY)
    minutes = sorted(hour * 60 + minute for hour in parsed.hours for minute in parsed.minutes)
    days = _days(" ".join(["0", "0", *fields[2:]]))
    within = [60.0 * (later - earlier) for earlier, later in pairwise(minutes)]
    over_night = 60.0 * (minutes[-1] - minutes[0])
    between = [(later - earlier).total_seconds() - over_night for earlier, later in pairwise(days)]
    gaps = within + between or [_AHEAD.total_seconds()]
    length = (days[-1] - days[0] + _DAY).total_seconds()
    return _Gaps(min(gaps), max(gaps), length / (len(days) * len(minutes)))


def _days(expression: str) -> list[datetime]:
    """The days on which it is due, of more than a year where there are so many."""
    found: list[datetime] = []
    for day in CronSim(expression, _MONDAY - _SECOND):
        found.append(day)
        if len(found) >= _LOOKED_AT or (len(found) > 2 and day - _MONDAY > _AHEAD):
            break
    if not found:
        raise ValueError(f"no day fits the cron expression {expression!r}")
    return found
