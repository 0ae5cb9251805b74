"""What a probe came to day by day, in the report's period and before: it is compared with that, and trends show there.

Figures that need more than the period are given days, and do not know whether those were counted from runs or from what
was kept of runs that are gone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from synthmon.model.rollup import Rollup
from synthmon.nouns import dataclass
from synthmon.reports.figures.counting import Tally, add_up
from synthmon.reports.figures.latency import JOURNEY, StepFigures, Steps, together
from synthmon.reports.figures.period import Period, day
from synthmon.reports.figures.rolled_steps import rolled_figures
from synthmon.reports.figures.rolling import as_tally, journey_of

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


class Unpacked(Mapping[str, StepFigures]):
    """Steps that are put together when somebody asks for them, the journey by itself: of many days nobody asks more."""

    def __init__(self, journey: Callable[[], StepFigures], everything: Callable[[], Steps]) -> None:
        self._make_journey, self._make_all = journey, everything
        self._journey: StepFigures | None = None
        self._all: Steps | None = None

    def __getitem__(self, key: str) -> StepFigures:
        if key == JOURNEY and self._all is None:
            if self._journey is None:
                self._journey = self._make_journey()
            return self._journey
        return self._everything()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._everything())

    def __len__(self) -> int:
        return len(self._everything())

    def _everything(self) -> Steps:
        if self._all is None:
            self._all = self._make_all()
        return self._all


def days_of(period: Period, reach: int = REACH) -> list[tuple[datetime, datetime]]:
    """The local days that `Day`s are wanted of, oldest first: so many before the period, and those in it."""
    first, count = period.first - timedelta(days=reach), (period.last - period.first).days + reach + 1
    wanted = (day(first + timedelta(days=index), period.zone) for index in range(count))
    return [(one.start, one.end) for one in wanted]


def days_from(rollups: Iterable[Rollup], period: Period, reach: int = REACH) -> tuple[Day, ...]:
    """Days from what was kept of them, however it is cut; one of which nothing is known is empty."""
    kept = sorted(rollups, key=lambda one: one.bucket)
    buckets = [one.bucket for one in kept]
    return tuple(
        _day(start, end, kept[bisect_left(buckets, start) : bisect_left(buckets, end)])
        for start, end in days_of(period, reach)
    )


def _day(start: datetime, end: datetime, rollups: Sequence[Rollup]) -> Day:
    steps = Unpacked(lambda: merged_journey(map(journey_of, rollups)), lambda: rolled_figures(rollups))
    return Day(start, end, add_up(map(as_tally, rollups)), steps)


def over(days: Iterable[Day], start: datetime, end: datetime) -> Day:
    """The days that lie in [start, end) as one."""
    inside = [one for one in days if start <= one.start and one.end <= end]
    steps = Unpacked(
        lambda: merged_journey(one.journey for one in inside), lambda: together(one.steps for one in inside)
    )
    return Day(start, end, add_up(one.tally for one in inside), steps)


def merged_journey(parts: Iterable[StepFigures]) -> StepFigures:
    journey = StepFigures(JOURNEY, "whole journey")
    for part in parts:
        journey.merge(part)
    return journey
