"""From runs to rollups, and from rollups to the figures that runs would give: what adds up is counted in both ways."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.rollup import QUARTER, Rollup, ceiling_of
from synthmon.model.run import Outcome, RunResult
from synthmon.reports.figures.counting import Stretch, Tally, due_slots, staleness, tally
from synthmon.reports.figures.latency import JOURNEY, StepFigures, step_figures
from synthmon.reports.figures.planned import NOTHING, Planned


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of one probe. `rows` and `missed` reach back by `reach` before what is rolled up."""

    probe: str
    rows: Sequence[RunRow]
    results: Sequence[RunResult] = ()
    missed: Sequence[MissedSlot] = ()
    versions: Sequence[ProbeVersion] = ()
    planned: Planned = NOTHING


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
    found = [rolled for region in regions for rolled in _of_region(seen, region, start, end)]
    return sorted(found, key=lambda one: (one.bucket, one.region))


def _of_region(seen: Seen, region: str, start: datetime, end: datetime) -> Iterator[Rollup]:
    rows = sorted((row for row in seen.rows if row.region == region), key=lambda row: row.slot)
    missed = sorted((slot for slot in seen.missed if slot.region == region), key=lambda slot: slot.slot)
    results = sorted((one for one in seen.results if one.key.region == region), key=lambda one: one.key.slot)
    versions = sorted(seen.versions, key=lambda version: version.since)
    limits = tuple((version.since, staleness(version.interval, version.timeout)) for version in versions)
    back, last = reach(versions), limits[-1][1] if limits else 0.0
    bucket = start
    while bucket < end:
        until = bucket + QUARTER
        inside = [row for row in _between(rows, bucket, until) if not seen.planned.holds(row.slot)]
        counted = tally(
            _between(rows, bucket - back, until),
            _missed_between(missed, bucket - back, until),
            due_slots(versions, seen.probe, region, bucket, until, seen.planned),
            Stretch(bucket, until, last, limits, seen.planned),
        )
        fine = [one for one in _results_between(results, bucket, until) if not seen.planned.holds(one.key.slot)]
        journey = step_figures(fine)[JOURNEY]
        made = Rollup(
            bucket=bucket,
            probe=seen.probe,
            region=region,
            outcomes={outcome: number for outcome, number in (counted.by_outcome or {}).items() if number},
            due=counted.due,
            planned=counted.planned,
            good=counted.good,
            bad=counted.bad,
            flaky=sum(row.flaky for row in inside),
            cleanup_failed=sum(row.cleanup_failed for row in inside),
            latency=journey.latency,
            over_budget=journey.over_budget,
            budget=journey.budget,
        )
        if made != Rollup(bucket, seen.probe, region):
            yield made
        bucket = until


def _between(rows: Sequence[RunRow], start: datetime, end: datetime) -> Sequence[RunRow]:
    first = bisect_left(rows, start, key=lambda row: row.slot)
    return rows[first : bisect_left(rows, end, key=lambda row: row.slot)]


def _missed_between(slots: Sequence[MissedSlot], start: datetime, end: datetime) -> Sequence[MissedSlot]:
    first = bisect_left(slots, start, key=lambda slot: slot.slot)
    return slots[first : bisect_left(slots, end, key=lambda slot: slot.slot)]


def _results_between(results: Sequence[RunResult], start: datetime, end: datetime) -> Sequence[RunResult]:
    first = bisect_left(results, start, key=lambda one: one.key.slot)
    return results[first : bisect_left(results, end, key=lambda one: one.key.slot)]


def tally_of(rollups: Iterable[Rollup], region: str, start: datetime, end: datetime) -> Tally:
    """What runs of [start, end) would have been counted as."""
    return sum(
        (
            Tally(
                one.good,
                one.bad,
                one.count(Outcome.PASSED) + one.count(Outcome.DEGRADED),
                one.count(Outcome.FAILED),
                one.due,
                one.outcomes,
                one.planned,
            )
            for one in rollups
            if one.region == region and start <= one.bucket < end
        ),
        Tally(),
    )


def add_journeys(figures: StepFigures, rollups: Iterable[Rollup]) -> None:
    """Count what the rollups hold of whole journeys too; of single steps they hold nothing."""
    for one in rollups:
        judged = Counter({outcome: number for outcome, number in one.outcomes.items() if outcome.judged})
        figures.runs += judged.total()
        figures.outcomes.update(judged)
        figures.latency.merge(one.latency)
        figures.over_budget += one.over_budget
        figures.budget = figures.budget if figures.budget is not None else one.budget
