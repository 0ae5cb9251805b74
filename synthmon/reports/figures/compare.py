"""A period against those before it: better, worse, the same, or not enough to tell.

The daily report is held against the day before, the same day of the week before, and the seven and twenty-eight days
before; a longer period against the one before it. Nothing is said where less than 95 % of the due runs of either side
were judged, or where the probe was not there for the whole of the other side.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from synthmon.model.later import OneByOne
from synthmon.nouns import dataclass
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.past import REACH, Day, over
from synthmon.reports.figures.period import Period, PeriodKind, day, days, month, week

ENOUGH = 0.95  # coverage of either side
POINTS = 0.00005  # of availability: half of what is printed is no change
FEWEST = 20  # runs of which a p95 says something
SHARE = 0.05  # of a latency: histograms are within 1 %, and days differ


class Turn(StrEnum):
    """What became of a figure. UNKNOWN: not enough data on one of the sides."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """A figure then and now. `more` says which way it went, `turn` what that means."""

    then: float | None
    now: float | None
    turn: Turn

    @property
    def difference(self) -> float | None:
        return None if self.then is None or self.now is None else self.now - self.then

    @property
    def ratio(self) -> float | None:
        """The change as a share of what it was before: 0.35 for 35 % more."""
        difference = self.difference
        return difference / self.then if difference is not None and self.then else None

    @property
    def more(self) -> bool:
        return (self.difference or 0.0) > 0


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a period is held against: `name` in words, and its days."""

    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """Latencies are those of whole journeys, as p50 and p95; `then` is what was counted in the baseline."""

    baseline: Baseline
    then: Tally
    availability: Change
    p50: Change
    p95: Change

    @property
    def known(self) -> bool:
        return self.availability.turn is not Turn.UNKNOWN


def baselines(period: Period) -> tuple[Baseline, ...]:
    """Nearest first; none of a range that is too long to look back as far, or that is not of whole days."""
    first, zone = period.first, period.zone
    before = first - timedelta(days=1)
    match period.kind:
        case PeriodKind.DAY:
            week_ago = first - timedelta(days=7)
            return (
                _baseline("the day before", day(before, zone)),
                _baseline(f"{week_ago:%A} a week before", day(week_ago, zone)),
                _baseline("the 7 days before", days(first - timedelta(days=7), before, zone)),
                _baseline("the 28 days before", days(first - timedelta(days=28), before, zone)),
            )
        case PeriodKind.WEEK:
            return (
                _baseline("the week before", week(before, zone)),
                _baseline("the 28 days before", days(first - timedelta(days=28), before, zone)),
            )
        case PeriodKind.MONTH:
            return (_baseline("the month before", month(before, zone)),)
        case PeriodKind.RANGE:
            length = (period.last - first).days + 1
            name = "the day before" if length == 1 else f"the {length} days before"
            same = (_baseline(name, days(first - timedelta(days=length), before, zone)),)
            return same if length <= REACH and _of_whole_days(period) else ()


def _of_whole_days(period: Period) -> bool:
    return (period.start, period.end) == (day(period.first, period.zone).start, day(period.last, period.zone).end)


def _baseline(name: str, period: Period) -> Baseline:
    return Baseline(name, period.start, period.end)


def compare(now: Day, past: Sequence[Day], period: Period, since: datetime | None) -> Sequence[Comparison]:
    """`now` is the period, `past` holds the days before it; the probe was first declared at `since` (None: unknown)."""
    return OneByOne([partial(_comparison, now, past, baseline, since) for baseline in baselines(period)])


def _comparison(now: Day, past: Sequence[Day], baseline: Baseline, since: datetime | None) -> Comparison:
    then = over(past, baseline.start, baseline.end)
    whole = since is not None and since <= baseline.start
    told = whole and _enough(now) and _enough(then)
    measured = min(now.journey.latency.count, then.journey.latency.count) >= FEWEST
    p50, p95 = (
        _latency(then.journey.latency.quantile(part), now.journey.latency.quantile(part), told=told and measured)
        for part in (0.5, 0.95)
    )
    available = _availability(then.tally.availability, now.tally.availability, told=told)
    return Comparison(baseline, then.tally, available, p50, p95)


def _enough(one: Day) -> bool:
    return (one.tally.coverage or 0.0) >= ENOUGH


def _availability(then: float | None, now: float | None, *, told: bool) -> Change:
    if not told or then is None or now is None:
        return Change(then, now, Turn.UNKNOWN)
    if abs(now - then) < POINTS:
        return Change(then, now, Turn.SAME)
    return Change(then, now, Turn.BETTER if now > then else Turn.WORSE)


def _latency(then: float | None, now: float | None, *, told: bool) -> Change:
    if not told or then is None or now is None:
        return Change(then, now, Turn.UNKNOWN)
    if abs(now - then) <= SHARE * then:
        return Change(then, now, Turn.SAME)
    return Change(then, now, Turn.BETTER if now < then else Turn.WORSE)
