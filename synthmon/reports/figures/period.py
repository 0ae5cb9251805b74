"""The stretch of time a report is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from synthmon.nouns import dataclass


class PeriodKind(StrEnum):
    DAY = "daily"
    WEEK = "weekly"
    MONTH = "monthly"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (included) to `end` (excluded), both in UTC; `zone` is where its days are cut."""

    start: datetime
    end: datetime
    zone: tzinfo
    kind: PeriodKind = PeriodKind.DAY

    @property
    def first(self) -> date:
        """The first local day."""
        return self.local(self.start).date()

    @property
    def last(self) -> date:
        """The last local day, which is within it."""
        return self.local(self.end - timedelta(milliseconds=1)).date()

    @property
    def name(self) -> str:
        """`2026-03-02`, `2026-W10`, `2026-03` or `2026-03-02--2026-04-17`: what its files are called."""
        match self.kind:
            case PeriodKind.DAY:
                return self.first.isoformat()
            case PeriodKind.WEEK:
                return f"{self.first:%G-W%V}"
            case PeriodKind.MONTH:
                return f"{self.first:%Y-%m}"
            case PeriodKind.RANGE:
                return f"{self.first.isoformat()}--{self.last.isoformat()}"

    @property
    def title(self) -> str:
        """The same in words: `Monday, 2 March 2026`, `Week 10 of 2026`, `March 2026`, `2 March to 17 April 2026`."""
        match self.kind:
            case PeriodKind.DAY:
                return f"{self.first:%A, %-d %B %Y}"
            case PeriodKind.WEEK:
                return f"Week {self.first:%-V of %G}"
            case PeriodKind.MONTH:
                return f"{self.first:%B %Y}"
            case PeriodKind.RANGE:
                year = "" if self.first.year == self.last.year else f" {self.first.year}"
                return f"{self.first:%-d %B}{year} to {self.last:%-d %B %Y}"

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()

    def until(self, as_of: datetime) -> datetime:
        """Where what is known ends: the period's end, or `as_of` while it is in progress."""
        return max(self.start, min(self.end, as_of))

    def closed(self, as_of: datetime) -> bool:
        return as_of >= self.end


def day(date_: date, zone: tzinfo) -> Period:
    """The day from local midnight to the next, 23 or 25 hours long where clocks change.

    Where a zone has no midnight on that day, the day begins at the first instant it does have.
    """
    return _days(date_, date_, zone, PeriodKind.DAY)


def week(date_: date, zone: tzinfo) -> Period:
    """The week of that day, Monday to Sunday (ISO 8601)."""
    monday = date_ - timedelta(days=date_.weekday())
    return _days(monday, monday + timedelta(days=6), zone, PeriodKind.WEEK)


def month(date_: date, zone: tzinfo) -> Period:
    """The calendar month of that day."""
    first = date_.replace(day=1)
    return _days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1), zone, PeriodKind.MONTH)


def days(first: date, last: date, zone: tzinfo) -> Period:
    """From the one day to the other, both included. Raises `ValueError` if they are the wrong way round."""
    if last < first:
        raise ValueError(f"{first.isoformat()} is after {last.isoformat()}")
    return _days(first, last, zone, PeriodKind.RANGE)


def _days(first: date, last: date, zone: tzinfo, kind: PeriodKind) -> Period:
    start = datetime.combine(first, time(), zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    return Period(start, end, zone, kind)
