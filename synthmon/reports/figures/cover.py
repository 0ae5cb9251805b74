"""Which rollups to read for a stretch of time, so that they are as few as there can be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from synthmon.model.rollup import HOUR, Grain, ceiling_of, floor_of
from synthmon.nouns import dataclass
from synthmon.reports.figures.period import day


@dataclass(frozen=True, slots=True)
class Piece:
    """The rollups of that grain that begin in [start, end)."""

    grain: Grain
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What there is: quarters and hours of everything that is asked for, days that are cut in `zone` before `until`."""

    zone: tzinfo
    until: datetime | None = None

    def cover(self, start: datetime, end: datetime, longest: Grain = Grain.DAY) -> Iterator[Piece]:
        """Pieces that fill [start, end), which begins and ends with a quarter, none of them longer than that."""
        if longest is Grain.QUARTER:
            if start < end:
                yield Piece(longest, start, end)
            return
        first, last = self._days(start, end) if longest is not Grain.HOUR else (end, end)
        if first < last:
            yield from _hours(start, first)
            yield Piece(longest, first, last)
            yield from _hours(last, end)
        else:
            yield from _hours(start, end)

    def _days(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """From the first local midnight within to the last one."""
        if self.until is None or start >= end:
            return end, end
        today = day(start.astimezone(self.zone).date(), self.zone)
        first, limit = (start if today.start == start else today.end), min(end, self.until)
        last = day(limit.astimezone(self.zone).date(), self.zone).start
        return (first, last) if start <= first < last else (end, end)


def _hours(start: datetime, end: datetime) -> Iterator[Piece]:
    first, last = ceiling_of(start, HOUR), floor_of(end, HOUR)
    if first >= last:
        first = last = end
    if start < first:
        yield Piece(Grain.QUARTER, start, min(first, end))
    if first < last:
        yield Piece(Grain.HOUR, first, last)
    if last < end:
        yield Piece(Grain.QUARTER, last, end)
