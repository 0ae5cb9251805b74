"""What a probe came to day by day, in the report's period and before: it is compared with that, and trends show there.

Figures that need more than the period are given days, and do not know whether those were counted from runs or from what
was kept of runs that are gone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from synthmon.model.rollup import Rollup
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.latency import JOURNEY, StepFigures, Steps, together
from synthmon.reports.figures.period import Period, day
from synthmon.reports.figures.rolled_steps import rolled_figures
from synthmon.reports.figures.rolling import tally_of

REACH = 35  # days before the period: 28 to compare with, and some for what ends before it


@dataclass(frozen=True, slots=True)
class Day:
    """A local day (or what is known of it) of a probe, all regions together."""

    start: datetime
    end: datetime
    tally: Tally = field(default_factory=Tally)
    steps: Steps = field(default_factory=dict)

    @property
    def journey(self) -> StepFigures:
        return self.steps.get(JOURNEY) or StepFigures(JOURNEY, "whole journey")


def days_of(period: Period, reach: int = REACH) -> list[tuple[datetime, datetime]]:
    """The local days that `Day`s are wanted of, oldest first: so many before the period, and those in it."""
    first, count = period.first - timedelta(days=reach), (period.last - period.first).days + reach + 1
    wanted = (day(first + timedelta(days=index), period.zone) for index in range(count))
    return [(one.start, one.end) for one in wanted]


def days_from(rollups: Iterable[Rollup], period: Period, reach: int = REACH) -> tuple[Day, ...]:
    """Days from what was kept of their quarters; one of which nothing is known is empty."""
    kept = sorted(rollups, key=lambda one: one.bucket)
    buckets = [one.bucket for one in kept]
    return tuple(
        _day(start, end, kept[bisect_left(buckets, start) : bisect_left(buckets, end)])
        for start, end in days_of(period, reach)
    )


def _day(start: datetime, end: datetime, rollups: Sequence[Rollup]) -> Day:
    regions = dict.fromkeys(one.region for one in rollups)
    tallies = (tally_of(rollups, region, start, end) for region in regions)
    return Day(start, end, sum(tallies, Tally()), rolled_figures(rollups))


def over(days: Iterable[Day], start: datetime, end: datetime) -> Day:
    """The days that lie in [start, end) as one."""
    inside = [one for one in days if start <= one.start and one.end <= end]
    return Day(start, end, sum((one.tally for one in inside), Tally()), together(one.steps for one in inside))
