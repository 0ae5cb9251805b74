"""From runs to rollups, and from rollups to the figures that runs would give: what adds up is counted in both ways."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from synthmon.model.histogram import Histogram
from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.rollup import QUARTER, Detail, Rollup, Within, ceiling_of
from synthmon.model.run import Outcome, RunKind, RunResult
from synthmon.nouns import dataclass
from synthmon.reports.figures.counting import Stretch, Tally, add_up, due_slots, exact, good_within, staleness, tally
from synthmon.reports.figures.latency import JOURNEY, StepFigures, step_figures
from synthmon.reports.figures.met import in_a_row, met
from synthmon.reports.figures.named import certificates, untidy, unverified
from synthmon.reports.figures.planned import NOTHING, Planned

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of one probe. `rows` and `missed` reach back by `reach` before what is rolled up.

    `bounds` are those of its objectives on latency.
    """

    probe: str
    rows: Sequence[RunRow]
    results: Sequence[RunResult] = ()
    missed: Sequence[MissedSlot] = ()
    versions: Sequence[ProbeVersion] = ()
    planned: Planned = NOTHING
    bounds: frozenset[float] = frozenset()


def reach(versions: Iterable[ProbeVersion]) -> timedelta:
    """For so long a run may own time, at most."""
    return timedelta(seconds=max((staleness(one.interval, one.timeout) for one in versions), default=0.0))


def raw_from(now: datetime, kept: timedelta, versions: Iterable[ProbeVersion]) -> datetime:
    """From when on every run is there, and those before it that own time after it; the oldest go at any moment."""
    return ceiling_of(now - kept + reach(versions) + QUARTER)


def roll_up(seen: Seen, start: datetime, end: datetime) -> list[Rollup]:
    """The rollups of [start, end), which begins and ends with a quarter; there is none of one without anything."""
    regions = dict.fromkeys(row.region for row in seen.rows)
    regions |= dict.fromkeys(region for version in seen.versions for region in version.regions)
    found = [rolled for region in regions for rolled in _Region(seen, region).roll_up(start, end)]
    return sorted(found, key=lambda one: (one.bucket, one.region))


class _Region:
    """What is kept of the probe in one region, in order."""

    def __init__(self, seen: Seen, region: str) -> None:
        self._seen, self._region = seen, region
        self._rows = sorted((row for row in seen.rows if row.region == region), key=lambda row: row.slot)
        self._missed = sorted((slot for slot in seen.missed if slot.region == region), key=lambda slot: slot.slot)
        results = (one for one in seen.results if one.key.region == region)
        self._results = sorted(results, key=lambda one: (one.key.slot, one.key.kind.value, one.key.n))
        self._versions = sorted(seen.versions, key=lambda version: version.since)
        limits = tuple((one.since, staleness(one.interval, one.timeout)) for one in self._versions)
        self._limits, self._reach = limits, reach(self._versions)

    def roll_up(self, start: datetime, end: datetime) -> Iterator[Rollup]:
        bucket = start
        while bucket < end:
            made = self._of(bucket, bucket + QUARTER)
            if made != Rollup(bucket, self._seen.probe, self._region):
                yield made
            bucket += QUARTER

    def _of(self, bucket: datetime, until: datetime) -> Rollup:
        seen = self._seen
        inside = [row for row in _between(self._rows, bucket, until, _slot) if not seen.planned.holds(row.slot)]
        results = _between(self._results, bucket, until, lambda one: one.key.slot)
        fine = [one for one in results if not seen.planned.holds(one.key.slot)]
        figures = step_figures(fine)
        journey = figures[JOURNEY]
        counted = self._tally(bucket, until)
        return Rollup(
            bucket=bucket,
            probe=seen.probe,
            region=self._region,
            outcomes={outcome: number for outcome, number in (counted.by_outcome or {}).items() if number},
            due=counted.due,
            planned=counted.planned,
            good=counted.good,
            bad=counted.bad,
            flaky=sum(row.flaky for row in inside),
            cleanup_failed=sum(row.cleanup_failed for row in inside),
            journeys=journey.latency,
            over_budget=journey.over_budget,
            budget=journey.budget,
            last=max((row.slot for row in _between(self._rows, bucket, until, _slot)), default=None),
            judged=journey.seen,
            told=Detail(
                steps=tuple(step for step in figures.values() if step.id != JOURNEY),
                cleanup=untidy(fine),
                unverified=unverified(fine),
                certificates=certificates(fine),
                within=self._within(bucket, until) if counted.judged or counted.judged_runs else {},
                late=Histogram.of(row.late for row in inside if began(row)),
                failed=tuple(failed(inside)),
                releases=in_a_row(met(fine)),
            ),
        )

    def _within(self, bucket: datetime, until: datetime) -> dict[float, Within]:
        tallies = {bound: self._tally(bucket, until, bound) for bound in sorted(self._seen.bounds)}
        return {bound: Within(one.good, one.good_runs) for bound, one in tallies.items()}

    def _tally(self, bucket: datetime, until: datetime, bound: float | None = None) -> Tally:
        seen = self._seen
        stretch = Stretch(bucket, until, self._limits[-1][1] if self._limits else 0.0, self._limits, seen.planned)
        rows = _between(self._rows, bucket - self._reach, until, _slot)
        gone = _between(self._missed, bucket - self._reach, until, lambda slot: slot.slot)
        if bound is not None:
            return tally(rows, gone, 0, stretch, good_within(bound))
        return tally(
            rows, gone, due_slots(seen.versions, seen.probe, self._region, bucket, until, seen.planned), stretch
        )


def failed(rows: Iterable[RunRow]) -> Iterator[datetime]:
    """The slots of scheduled runs that failed."""
    return (row.slot for row in rows if row.kind is RunKind.SCHEDULED and row.outcome is Outcome.FAILED)


def _slot(row: RunRow) -> datetime:
    return row.slot


def began(row: RunRow) -> bool:
    return row.kind is RunKind.SCHEDULED and row.outcome not in {Outcome.SKIPPED, Outcome.MISSED}


def _between(things: Sequence[T], start: datetime, end: datetime, at: Callable[[T], datetime]) -> Sequence[T]:
    first = bisect_left(things, start, key=at)
    return things[first : bisect_left(things, end, key=at)]


def tally_of(rollups: Iterable[Rollup], region: str, start: datetime, end: datetime) -> Tally:
    """What runs of [start, end) would have been counted as."""
    return add_up(as_tally(one) for one in rollups if one.region == region and start <= one.bucket < end)


def knows(rollup: Rollup, bound: float) -> bool:
    """Whether it was counted how many of its runs were within that bound, or it has none that were judged."""
    return bound in rollup.detail.within or not (rollup.good or rollup.bad or judged_runs(rollup))


_GOOD = tuple(outcome for outcome in Outcome if outcome.good)
_JUDGED = tuple(outcome for outcome in Outcome if outcome.judged)


def judged_runs(rollup: Rollup) -> int:
    return sum([rollup.outcomes.get(outcome, 0) for outcome in _JUDGED])


def as_tally(one: Rollup, within: Within | None = None) -> Tally:
    good_runs = sum([one.outcomes.get(outcome, 0) for outcome in _GOOD])
    good, runs = (one.good, good_runs) if within is None else (within.good, within.runs)
    judged = judged_runs(one)
    return Tally(good, exact(one.good + one.bad - good), runs, judged - runs, one.due, one.outcomes, one.planned)


def journey_of(one: Rollup) -> StepFigures:
    """What its journeys came to."""
    judged = Counter({outcome: number for outcome, number in one.outcomes.items() if outcome.judged})
    return StepFigures(
        id=JOURNEY,
        name="whole journey",
        budget=one.budget,
        latency=one.latency,
        over_budget=one.over_budget,
        runs=judged.total(),
        outcomes=judged,
        seen=one.judged,
    )
