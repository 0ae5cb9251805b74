"""Slow creep: a latency that rises day by day while it is still inside its budget, so that no alert tells of it.

The p95 of the last 14 whole days is held against a rising line: its slope is the median of the slopes between all pairs
of days (Theil, 1950; Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968), which a few odd days
do not move; whether it rises at all is asked of the signs of those slopes (Mann, "Nonparametric tests against trend",
1945), so that noise is not taken for a trend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import combinations
from math import sqrt
from statistics import median

from synthmon.nouns import dataclass
from synthmon.reports.figures.compare import ENOUGH, FEWEST
from synthmon.reports.figures.latency import JOURNEY, StepFigures
from synthmon.reports.figures.past import Day

DAYS = 14  # looked at; two whole weeks, as days of the week differ
LEAST_DAYS = 10  # of them that have a figure
CERTAIN = 3.0  # standard deviations from what chance does: once in 700 series that do not rise
LIKELY = 2.0  # of the journey, from which on its steps are looked at
LEAST_RISE = 0.10  # of where the line begins
LEAST_SECONDS = 0.010  # over all the days: below that nobody cares

Point = tuple[float, float]
"""The number of the day, and its p95 in seconds."""


@dataclass(frozen=True, slots=True)
class Creep:
    """The p95 of a step rose from `then` to `now` (both on the line) since the day that began at `since`.

    `per_day` is in seconds; `left` says after how many more days like these the budget is reached (None: no budget).
    """

    step: str
    name: str
    since: datetime
    days: int
    then: float
    now: float
    per_day: float
    budget: float | None = None

    @property
    def rise(self) -> float:
        """As a share of where it began: 0.3 for 30 %."""
        return (self.now - self.then) / self.then

    @property
    def left(self) -> float | None:
        return None if self.budget is None else (self.budget - self.now) / self.per_day


def creeping(days: Sequence[Day], until: datetime) -> tuple[Creep, ...]:
    """What creeps over the last days that were over at `until`; the journey first, then steps.

    Steps are looked at where the whole journey rises somewhat: a step that creeps and matters is seen in it, and of a
    thousand probes not every step of every day can be read.
    """
    recent = [one for one in days if one.end <= until][-DAYS:]
    journey = list(_points(JOURNEY, recent))
    if len(journey) < LEAST_DAYS or trend(journey) < LIKELY:
        return ()
    return tuple(creep for key in _steps(recent) if (creep := _creep(key, recent)) is not None)


def _steps(days: Iterable[Day]) -> Iterable[str]:
    return dict.fromkeys([JOURNEY, *(key for one in days for key in one.steps)])


def _creep(key: str, days: Sequence[Day]) -> Creep | None:
    points = list(_points(key, days))
    if not rises(points):
        return None
    slope = theil_sen(points)
    level = median(value - slope * at for at, value in points)
    then, now = (level + slope * at for at in (points[0][0], points[-1][0]))
    latest = next(figures for one in reversed(days) if (figures := one.steps.get(key)) is not None)
    if latest.budget is not None and max(now, points[-1][1]) > latest.budget:
        return None  # it is over budget, which is told elsewhere
    since = days[int(points[0][0])].start
    return Creep(key, latest.name, since, len(points), then, now, slope, latest.budget)


def _points(key: str, days: Iterable[Day]) -> Iterator[Point]:
    """Of days of which enough is known, and at which enough was measured."""
    for number, one in enumerate(days):
        figures = one.steps.get(key)
        if figures is not None and _measured(figures, one):
            yield float(number), figures.latency.quantile(0.95) or 0.0


def _measured(figures: StepFigures, one: Day) -> bool:
    return figures.latency.count >= FEWEST and (one.tally.coverage or 0.0) >= ENOUGH


def rises(points: Sequence[Point]) -> bool:
    """Whether these rise beyond chance, and by enough to matter."""
    if len(points) < LEAST_DAYS or trend(points) < CERTAIN:
        return False
    slope = theil_sen(points)
    level = median(value - slope * at for at, value in points)
    then, rise = level + slope * points[0][0], slope * (points[-1][0] - points[0][0])
    return then > 0 and rise >= max(LEAST_SECONDS, LEAST_RISE * then)


def theil_sen(points: Sequence[Point]) -> float:
    """The median slope of all pairs."""
    return median((after[1] - before[1]) / (after[0] - before[0]) for before, after in combinations(points, 2))


def trend(points: Sequence[Point]) -> float:
    """How many standard deviations more pairs rise than fall, than they would by chance; the Mann-Kendall statistic."""
    count = len(points)
    score = sum((after[1] > before[1]) - (after[1] < before[1]) for before, after in combinations(points, 2))
    spread = sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return (score - (score > 0) + (score < 0)) / spread
