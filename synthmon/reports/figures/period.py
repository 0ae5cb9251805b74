"""The stretch of time a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (included) to `end` (excluded), both in UTC; `zone` is where its days are cut."""

    start: datetime
    end: datetime
    zone: tzinfo

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
    start = datetime.combine(date_, time(), zone).astimezone(UTC)
    end = datetime.combine(date_ + timedelta(days=1), time(), zone).astimezone(UTC)
    return Period(start, end, zone)
