"""The usual latency of a probe in a region: what `above_baseline` is held against.

Days (UTC) are the unit. Of each of the seven before the day of the run, the figure is taken that the rule looks at, the
percentile or the mean of the whole day; the middle one of them is the usual one. So one bad day changes nothing, and
today's trouble does not raise the bar it is measured by. Days with too few runs count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime
from math import inf
from statistics import median_low

from synthmon.judge.policy import Watch
from synthmon.model.condition import BASELINE_DAYS, FEWEST_A_DAY, FEWEST_DAYS, Latency
from synthmon.model.histogram import Histogram
from synthmon.model.history import RunRow
from synthmon.model.incident import RegionPhase, RegionState
from synthmon.model.probe import AlertRule, Probe, Track
from synthmon.model.run import RunKind, to_millis
from synthmon.nouns import dataclass

_DAY = 86_400_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Usual:
    """Latencies of one probe in one region by the number of the day since the epoch."""

    days: Mapping[int, Histogram] = field(default_factory=dict)

    def counted(self, day: int) -> list[Histogram]:
        """Of the days before `day` those that hold enough."""
        found = (self.days.get(number) for number in range(day - BASELINE_DAYS, day))
        return [one for one in found if one is not None and one.count >= FEWEST_A_DAY]

    def figure(self, condition: Latency, day: int) -> float | None:
        """In seconds; None where too few days are known to say what is usual."""
        counted = self.counted(day)
        if len(counted) < FEWEST_DAYS:
            return None
        return median_low(_figure(condition, one) for one in counted)


NOTHING = Usual()


def day_of(instant: datetime) -> int:
    return to_millis(instant) // _DAY


def is_relative(rule: AlertRule) -> bool:
    return isinstance(rule.condition, Latency) and rule.condition.above_usual is not None


def compares(probe: Probe) -> bool:
    """Whether any of its rules asks what is usual."""
    return any(is_relative(rule) for rule in probe.alerts)


def usual_of(rows: Iterable[RunRow]) -> Usual:
    """From the runs of one probe in one region: scheduled ones that got to their end."""
    days: dict[int, Histogram] = {}
    for row in rows:
        if row.kind is RunKind.SCHEDULED and row.outcome.good and row.measured is not None:
            days.setdefault(day_of(row.slot), Histogram()).add(row.measured)
    return Usual(days)


def settled(watch: Watch, usual: Usual, slot: datetime) -> Watch:
    """The watch with its rules in seconds, for a run of that slot. What is not known yet is above nothing."""
    return replace(watch, rules=tuple(_settled(rule, usual, day_of(slot)) for rule in watch.rules))


def is_mute(watch: Watch, state: RegionState) -> bool:
    """Whether a run says nothing of the track: it is bad by what was usual, and what is usual is not known any more."""
    track = state.tracks.get(Track.SLOW)
    if track is None or track.phase in {RegionPhase.NEW, RegionPhase.UP}:
        return False
    return any(is_relative(rule) and _limit(rule) == inf and rule.name in track.held for rule in watch.rules)


def said(rule: AlertRule, usual: Usual, day: int) -> str:
    """What a relative rule is held against on that day, for people."""
    assert isinstance(rule.condition, Latency)
    usually = usual.figure(rule.condition, day)
    if usually is None:
        known = len(usual.counted(day))
        return (
            f"nothing is usual yet: {known} of {FEWEST_DAYS} days are known with {FEWEST_A_DAY} runs or more,"
            f" of the last {BASELINE_DAYS}"
        )
    return replace(rule.condition, above=_above(rule.condition, usually), usual=usually).bar


def _settled(rule: AlertRule, usual: Usual, day: int) -> AlertRule:
    condition = rule.condition
    if not isinstance(condition, Latency) or condition.above_usual is None:
        return rule
    usually = usual.figure(condition, day)
    if usually is None:
        return rule
    return replace(rule, condition=replace(condition, above=_above(condition, usually), usual=usually))


def _above(condition: Latency, usually: float) -> float:
    return usually * (1 + (condition.above_usual or 0.0))


def _limit(rule: AlertRule) -> float:
    return rule.condition.above if isinstance(rule.condition, Latency) else 0.0


def _figure(condition: Latency, day: Histogram) -> float:
    if condition.percentile is None:
        return day.total / day.count
    return day.quantile(condition.percentile / 100) or 0.0
