"""The minutes that a cron expression names, on the clocks of a time zone; loaded for the first such expression."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim

from synthmon.nouns import dataclass

DAY, _MINUTE, _SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
_LOOKED_AT = 400  # days of an expression from which its gaps are told
_AHEAD = 3660 * DAY
_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - of the clock on the wall, as are all minutes before they get a zone


def local(instant: datetime, timezone: str) -> datetime:
    return instant.astimezone(ZoneInfo(timezone))


def first(expression: str, day: date) -> datetime:
    """The first minute on the wall that is on the day or later."""
    try:
        return next(CronSim(expression, datetime.combine(day, datetime.min.time()) - _SECOND))
    except StopIteration:
        raise ValueError(f"no minute fits the cron expression {expression!r}") from None


@lru_cache(maxsize=8192)
def of_day(expression: str, timezone: str, day: date) -> tuple[datetime, ...]:
    """The instants at which it is due on one day of the zone's calendar."""
    zone = ZoneInfo(timezone)
    walls = list(_walls(expression, day))
    start = datetime.combine(day, datetime.min.time())
    offsets = {start.replace(tzinfo=zone).utcoffset(), (start + DAY).replace(tzinfo=zone).utcoffset()}
    if len(offsets) == 1:
        return tuple(wall.replace(tzinfo=zone).astimezone(UTC) for wall in walls)
    through = any(field.startswith("*") for field in expression.split()[:2])
    return tuple(sorted({instant for wall in walls for instant in _instants(wall, zone, through=through)}))


def _walls(expression: str, day: date) -> Iterator[datetime]:
    start = datetime.combine(day, datetime.min.time())
    minutes = CronSim(expression, start - _SECOND)
    for wall in minutes:
        if wall >= start + DAY:
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
class Gaps:
    """Seconds of the shortest, the longest and the mean gap between two minutes, on clocks that never change."""

    shortest: float
    longest: float
    mean: float


@lru_cache(maxsize=1024)
def gaps(expression: str) -> Gaps:
    fields = expression.split()
    parsed = CronSim(expression, _MONDAY)
    minutes = sorted(hour * 60 + minute for hour in parsed.hours for minute in parsed.minutes)
    days = _days(" ".join(["0", "0", *fields[2:]]))
    within = [60.0 * (later - earlier) for earlier, later in pairwise(minutes)]
    over_night = 60.0 * (minutes[-1] - minutes[0])
    between = [(later - earlier).total_seconds() - over_night for earlier, later in pairwise(days)]
    gaps = within + between or [_AHEAD.total_seconds()]
    length = (days[-1] - days[0] + DAY).total_seconds()
    return Gaps(min(gaps), max(gaps), length / (len(days) * len(minutes)))


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
