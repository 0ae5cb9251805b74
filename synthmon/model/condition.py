"""What an alert rule waits for, other than so many bad runs: a rate, a latency, a burning budget, silence."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from synthmon.model import words
from synthmon.nouns import dataclass

FEWEST_BAD = 3  # runs that spend budget, within the long window, before a burn is believed
FEWEST_REGIONS = 2  # with such a run, where there are so many
FEWEST_RUNS = 5  # a rate or a latency of fewer runs says little
MOST_RUNS = 500  # that a rate or a latency can be of, as they are kept with what is believed of a region
BASELINE_DAYS = 7  # that are looked back upon for what is usual
FEWEST_DAYS = 3  # of them, before anything is
FEWEST_A_DAY = 20  # runs, for a day to count


@dataclass(frozen=True, slots=True)
class FailureRate:
    """More than a share (0.1 is 10 %) of the scheduled runs of the last `over` seconds in a region failed."""

    over: float
    more_than: float
    min_runs: int = FEWEST_RUNS

    def __str__(self) -> str:
        return f"more than {self.more_than * 100:g} % failed over {words.span(self.over)}"


@dataclass(frozen=True, slots=True)
class Latency:
    """A percentile (95.0) of the latencies of the last `over` seconds in a region is above so many seconds.

    `percentile` None means the mean. Runs that failed have no latency. With `above_usual` (0.5 is 50 %) it is held
    against what is usual there instead: the judge fills in `usual` and `above`, which is infinite until that is known.
    """

    over: float
    above: float
    percentile: float | None = None
    min_runs: int = FEWEST_RUNS
    above_usual: float | None = None
    usual: float | None = None

    @property
    def bar(self) -> str:
        """What it is held against."""
        if self.above_usual is None:
            return f"above {words.seconds(self.above)}"
        more = f"more than {self.above_usual * 100:g} % above the usual"
        return more if self.usual is None else f"{more} {words.seconds(self.usual)}"

    @property
    def figure(self) -> str:
        return "mean" if self.percentile is None else f"p{self.percentile:g}"

    def __str__(self) -> str:
        return f"{self.figure} {self.bar} over {words.span(self.over)}"


@dataclass(frozen=True, slots=True)
class NoData:
    """No run has judged the target in any region for `after` seconds."""

    after: float

    def __str__(self) -> str:
        return f"no judged run for {words.span(self.after)}"


class BurnSpeed(StrEnum):
    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class BurnWindows:
    """The budget burns `factor` times as fast as it may, over both windows (seconds)."""

    factor: float
    long: float
    short: float


BURNS: Mapping[BurnSpeed, tuple[BurnWindows, ...]] = {
    BurnSpeed.FAST: (BurnWindows(14.4, 3600, 300), BurnWindows(6, 6 * 3600, 1800)),
    BurnSpeed.SLOW: (BurnWindows(1, 3 * 86400, 6 * 3600),),
}
"""Beyer et al., "The Site Reliability Workbook" (2018), chapter 5: two per cent of a month's budget in an hour and five
in six hours are for a page, ten in three days for a ticket."""


@dataclass(frozen=True, slots=True)
class Burn:
    """The error budget of an objective of the probe, by its name, is used up too fast."""

    objective: str
    speed: BurnSpeed

    @property
    def pairs(self) -> tuple[BurnWindows, ...]:
        return BURNS[self.speed]

    def __str__(self) -> str:
        return f"the error budget of {self.objective} burns {self.speed}"


Condition = FailureRate | Latency | NoData | Burn
