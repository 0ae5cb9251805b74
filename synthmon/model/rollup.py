"""What is left of the runs of a quarter of an hour when they are gone: figures that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from synthmon.model.histogram import Histogram
from synthmon.model.run import Outcome

QUARTER = timedelta(minutes=15)  # the days of every time zone begin at one
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rollup:
    """One probe in one region from `bucket` for a quarter of an hour in UTC.

    `outcomes` are those of scheduled runs and missed slots outside of maintenance, `planned` counts the runs inside;
    `good` and `bad` are the seconds within that judged runs own. `flaky` and `cleanup_failed` count runs of every kind.
    `latency` is that of whole journeys, `over_budget` of how many it was above their budget, which was `budget` last.
    """

    bucket: datetime
    probe: str
    region: str
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    due: int = 0
    planned: int = 0
    good: float = 0.0
    bad: float = 0.0
    flaky: int = 0
    cleanup_failed: int = 0
    latency: Histogram = field(default_factory=Histogram)
    over_budget: int = 0
    budget: float | None = None

    @property
    def end(self) -> datetime:
        return self.bucket + QUARTER

    def count(self, outcome: Outcome) -> int:
        return self.outcomes.get(outcome, 0)


def floor_of(instant: datetime) -> datetime:
    """The beginning of the quarter that it lies in."""
    return instant - (instant - _EPOCH) % QUARTER


def ceiling_of(instant: datetime) -> datetime:
    """The first beginning of a quarter that is not before it."""
    return floor_of(instant + QUARTER - timedelta(microseconds=1))
