"""The course of a period: how good each hour (or day) was in each region, and how fast each quarter (hour, day) was."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import TypeVar

from synthmon.model.histogram import Histogram
from synthmon.model.history import MissedSlot, RunRow
from synthmon.model.rollup import HOUR, QUARTER, Grain, Rollup, floor_of
from synthmon.model.run import Outcome, RunKind
from synthmon.nouns import dataclass
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.period import Period, days
from synthmon.reports.figures.planned import NOTHING, Planned

_SHORT, _LONG = 2 * 86_400, 10 * 86_400  # seconds: up to here hours are told apart, and quarters; or hours of latency
MOST = 62  # stretches; of several days where there are more, so that a year takes no more room than two months

T = TypeVar("T")
Stretches = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Patch:
    """What was counted from `start` to `end`."""

    start: datetime
    end: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class Moment:
    """What was measured from `start` to `end`: seconds, None where nothing was; how many runs there were and failed."""

    start: datetime
    end: datetime
    p50: float | None
    p95: float | None
    runs: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """`regions` as the hours of a day or the days of more; `latency` is of whole journeys, all regions together."""

    regions: Mapping[str, tuple[Patch, ...]] = field(default_factory=dict)
    latency: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a probe, each in the order of its time: rollups before `raw_from`, runs after it (None: all)."""

    rows: Sequence[RunRow] = ()
    missed: Sequence[MissedSlot] = ()
    rollups: Sequence[Rollup] = ()
    raw_from: datetime | None = None
    planned: Planned = NOTHING

    def between(self, start: datetime, end: datetime) -> Kept:
        """The part of it that begins in [start, end)."""
        return Kept(
            _cut(self.rows, start, end, lambda row: row.slot),
            _cut(self.missed, start, end, lambda slot: slot.slot),
            _cut(self.rollups, start, end, lambda one: one.bucket),
            self.raw_from,
            self.planned,
        )


Count = Callable[[Kept, str, datetime, datetime], Tally]
"""Counts one region between two instants; it is given what is known from `reach` before on."""


def in_order(
    rows: Iterable[RunRow],
    missed: Iterable[MissedSlot],
    rollups: Iterable[Rollup],
    raw_from: datetime | None,
    planned: Planned,
) -> Kept:
    return Kept(
        sorted(rows, key=lambda row: row.slot),
        sorted(missed, key=lambda slot: slot.slot),
        sorted(rollups, key=lambda one: one.bucket),
        raw_from,
        planned,
    )


def course(
    kept: Kept, regions: Iterable[str], period: Period, until: datetime, count: Count, reach: timedelta
) -> Course:
    """Up to `until`, which is where what is known ends."""
    wide, narrow = _stretches(period, until)
    pieces = [(start, end, kept.between(start - reach, end)) for start, end in wide]
    counted = {
        region: tuple(Patch(start, end, count(piece, region, start, end)) for start, end, piece in pieces)
        for region in regions
    }
    return Course(counted, tuple(_moment(kept.between(start, end), start, end) for start, end in narrow))


def grain_of(period: Period) -> Grain:
    """In which grain rollups are wanted, so that none of them lies in two of the stretches."""
    if period.seconds > _LONG:
        return Grain.DAY
    even = floor_of(period.start, HOUR) == period.start
    return Grain.HOUR if even and period.seconds >= _SHORT else Grain.QUARTER


def _stretches(period: Period, until: datetime) -> tuple[Stretches, Stretches]:
    """Those of availability and those of latency, cut off where nothing is known yet."""
    if period.seconds < _SHORT:
        return _cut_even(period.start, until, HOUR), _cut_even(period.start, until, QUARTER)
    long = _days(period, until)
    return long, _cut_even(period.start, until, HOUR) if period.seconds <= _LONG else long


def _cut_even(start: datetime, until: datetime, length: timedelta) -> Stretches:
    number = -(-(until - start) // length)
    return [(start + index * length, min(start + (index + 1) * length, until)) for index in range(number)]


def _days(period: Period, until: datetime) -> Stretches:
    """Days, or as many of them in one that there are at most `MOST`."""
    count = (period.last - period.first).days + 1
    step = -(-count // MOST)
    firsts = (period.first + timedelta(days=index) for index in range(0, count, step))
    whole = (days(first, first + timedelta(days=step - 1), period.zone) for first in firsts)
    cut = ((max(one.start, period.start), min(one.end, period.end, until)) for one in whole)
    return [(start, end) for start, end in cut if start < end]


def _moment(kept: Kept, start: datetime, end: datetime) -> Moment:
    """From rollups where runs may be gone, from runs after that; of runs that reached the end, as everywhere."""
    latency, runs, failed = Histogram(), 0, 0
    raw_from = kept.raw_from or start
    for one in kept.rollups:
        if one.bucket < raw_from:
            latency.merge(one.latency)
            runs += sum(number for outcome, number in one.outcomes.items() if outcome.judged)
            failed += one.count(Outcome.FAILED)
    for row in kept.rows:
        if row.slot >= raw_from and row.kind is RunKind.SCHEDULED and not kept.planned.holds(row.slot):
            runs += row.outcome.judged
            failed += row.outcome is Outcome.FAILED
            if row.outcome.good and row.measured is not None:
                latency.add(row.measured)
    return Moment(start, end, latency.quantile(0.5), latency.quantile(0.95), runs, failed)


def _cut(values: Sequence[T], start: datetime, end: datetime, key: Callable[[T], datetime]) -> Sequence[T]:
    first = bisect_left(values, start, key=key)
    return values[first : bisect_left(values, end, key=key)]
