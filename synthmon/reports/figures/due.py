"""When the report about a period is due: at a local time of a day after its end, once, whatever clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from synthmon.nouns import dataclass
from synthmon.reports.figures.period import Period, PeriodKind, day, month, week

AT = time(7)
_BACK = {PeriodKind.DAY: 31, PeriodKind.WEEK: 5, PeriodKind.MONTH: 3}  # how many that were not written are made up for


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """`weekday` counts from Monday and is of weekly reports: those of a month come on the first of the next."""

    weekday: int = 0
    at: time = AT


def due_at(period: Period, moment: Moment) -> datetime:
    """When it is due. A local time that comes twice is the first of the two; of one that is left out, it is the
    instant at which the clock would have shown it, had it not been put forward."""
    days = moment.weekday if period.kind is PeriodKind.WEEK else 0
    local = datetime.combine(period.last + timedelta(days=1 + days), moment.at, period.zone)
    return local.astimezone(UTC)


def newest_due(kind: PeriodKind, moment: Moment, now: datetime, zone: tzinfo) -> Period:
    """The last period whose report is due."""
    period = _of(kind, now.astimezone(zone).date(), zone)
    while due_at(period, moment) > now:
        period = before(period)
    return period


def owed(kind: PeriodKind, moment: Moment, last: date | None, now: datetime, zone: tzinfo) -> list[Period]:
    """Those due after the period that began on `last`, the oldest first; only the newest where none was written yet."""
    found: list[Period] = []
    for period in _backwards(newest_due(kind, moment, now, zone)):
        if len(found) == _BACK[kind] or (last is not None and period.first <= last):
            break
        found.append(period)
        if last is None:
            break
    return found[::-1]


def before(period: Period) -> Period:
    """The one before, of the same kind."""
    return _of(period.kind, period.first - timedelta(days=1), period.zone)


def around(kind: PeriodKind, instant: datetime, zone: tzinfo) -> Period:
    """The period that the instant lies in."""
    return _of(kind, instant.astimezone(zone).date(), zone)


def _backwards(period: Period) -> Iterator[Period]:
    while True:
        yield period
        period = before(period)


def _of(kind: PeriodKind, date_: date, zone: tzinfo) -> Period:
    match kind:
        case PeriodKind.WEEK:
            return week(date_, zone)
        case PeriodKind.MONTH:
            return month(date_, zone)
        case _:
            return day(date_, zone)
