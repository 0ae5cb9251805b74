"""Rollups are held against the runs that they are made from: what adds up must come to the same, whatever happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.rollup import QUARTER, ceiling_of, floor_of
from synthmon.model.run import Outcome, RunKind, RunResult
from synthmon.reports.figures.counting import Stretch, Tally, due_slots, staleness, tally
from synthmon.reports.figures.latency import step_figures
from synthmon.reports.figures.planned import Planned
from synthmon.reports.figures.rolled_steps import rolled_figures
from synthmon.reports.figures.rolling import Seen, raw_from, reach, roll_up, tally_of
from synthmon.schedule import slots
from synthmon.store.rows import row_of
from tests.depth import times
from tests.making import NOON, at, missed, row, run, version

START, END = NOON, NOON + timedelta(hours=6)
BEFORE = datetime(1969, 12, 31, 23, 45, tzinfo=UTC)
OUTCOMES = [Outcome.PASSED, Outcome.DEGRADED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED]
REGIONS = ("eu", "us")


@st.composite
def worlds(draw: st.DrawFn) -> Seen:
    """Six hours and a little before of a probe whose interval changes on the way, with holes and maintenance."""
    changed = at(draw(st.integers(-1800, 21_600)))
    intervals = draw(st.tuples(*[st.sampled_from([60.0, 300.0, 420.0, 1800.0, 3600.0])] * 2))
    versions = (
        version(since=START - timedelta(days=1), until=changed, interval=intervals[0], regions=REGIONS),
        version(since=changed, interval=intervals[1], regions=draw(st.sampled_from([REGIONS, ("us",), ("us", "ap")]))),
    )
    results: list[RunResult] = []
    holes: list[MissedSlot] = []
    for one in versions:
        for region in one.regions:
            stretch = max(one.since, START - reach(versions)), min(one.until or END, END)
            for slot in slots("checkout", region, one.interval, *stretch) if stretch[0] < stretch[1] else ():
                outcome = draw(st.sampled_from([*OUTCOMES, None, None, *[Outcome.PASSED] * 8]))
                if outcome is None:
                    holes += [missed(slot, region=region)] if draw(st.booleans()) else []
                else:
                    made = run(slot, outcome, region=region)
                    latency = draw(st.one_of(st.none(), st.floats(0, 30, allow_subnormal=False)))
                    results.append(replace(made, latency=latency, latency_budget=1.0, flaky=draw(st.booleans())))
    begins = draw(st.lists(st.integers(-3600, 21_600), max_size=3, unique=True).map(sorted))
    planned: list[tuple[datetime, datetime]] = []
    for begin in begins:
        end = begin + draw(st.integers(1, 5000))
        if not planned or at(begin) > planned[-1][1]:
            planned.append((at(begin), at(end)))
    return Seen("checkout", [row_of(one) for one in results], results, holes, versions, Planned(tuple(planned)))


def counted(seen: Seen, region: str, start: datetime, end: datetime) -> Tally:
    """The same from the runs, in one piece."""
    limits = tuple((one.since, staleness(one.interval, one.timeout)) for one in seen.versions)
    due = due_slots(seen.versions, seen.probe, region, start, end, seen.planned)
    rows = [one for one in seen.rows if one.region == region and start - reach(seen.versions) <= one.slot < end]
    holes = [one for one in seen.missed if one.region == region and start - reach(seen.versions) <= one.slot < end]
    return tally(rows, holes, due, Stretch(start, end, limits[-1][1], limits, seen.planned))


def same(left: Tally, right: Tally) -> None:
    assert pytest.approx(left.good, abs=1e-6) == right.good
    assert pytest.approx(left.bad, abs=1e-6) == right.bad
    whole = ("good_runs", "bad_runs", "due", "planned")
    assert [getattr(left, name) for name in whole] == [getattr(right, name) for name in whole]
    for outcome in Outcome:
        assert (left.by_outcome or {}).get(outcome, 0) == (right.by_outcome or {}).get(outcome, 0), outcome


@settings(max_examples=times(8), deadline=None)
@given(worlds(), st.integers(0, 23), st.integers(1, 24))
def test_rollups_of_any_stretch_add_up_to_what_its_runs_are_counted_as(seen: Seen, first: int, length: int) -> None:
    rollups = roll_up(seen, START, END)
    start = START + first * QUARTER
    end = min(END, start + length * QUARTER)
    for region in (*REGIONS, "ap"):
        same(counted(seen, region, start, end), tally_of(rollups, region, start, end))


@settings(max_examples=times(5), deadline=None)
@given(worlds(), st.integers(1, 23))
def test_rolled_up_in_two_parts_or_in_one_it_is_the_same(seen: Seen, cut: int) -> None:
    middle = START + cut * QUARTER
    assert roll_up(seen, START, END) == roll_up(seen, START, middle) + roll_up(seen, middle, END)


@settings(max_examples=times(5), deadline=None)
@given(worlds())
def test_steps_and_journeys_are_those_of_the_runs(seen: Seen) -> None:
    inside = [one for one in seen.results if START <= one.key.slot < END and not seen.planned.holds(one.key.slot)]
    assert step_figures(inside) == rolled_figures(roll_up(seen, START, END))


def seen_of(rows: list[RunRow], *versions: ProbeVersion) -> Seen:
    return Seen("checkout", rows, versions=versions or (version(),))


def test_time_that_a_run_owns_lies_in_the_quarters_it_lies_in() -> None:
    hourly = version(interval=1200.0)
    (slot, *_) = slots("checkout", "local", 1200.0, NOON, at(2400))
    rollups = roll_up(seen_of([row(slot)], hourly), NOON, NOON + timedelta(hours=2))
    assert pytest.approx(staleness(1200.0, 10.0)) == sum(one.good for one in rollups)
    assert len([one for one in rollups if one.good]) >= 3
    assert all(one.good <= QUARTER.total_seconds() for one in rollups)


def test_of_a_quarter_without_anything_there_is_none() -> None:
    ended = version(since=NOON - timedelta(days=2), until=NOON - timedelta(days=1))
    assert [] == roll_up(seen_of([], ended), START, END)


def test_what_is_flaky_and_untidy_is_counted_of_runs_of_every_kind_outside_of_maintenance() -> None:
    rows = [
        row(at(60), flaky=True),
        row(at(65), kind=RunKind.CONFIRM, flaky=True, cleanup_failed=True),
        row(at(400), flaky=True, cleanup_failed=True),
    ]
    seen = Seen("checkout", rows, versions=(version(),), planned=Planned(((at(390), at(500)),)))
    (one,) = roll_up(seen, NOON, at(900))
    assert (2, 1, 1) == (one.flaky, one.cleanup_failed, one.planned)


@pytest.mark.parametrize(
    ("instant", "floor", "ceiling"),
    [
        (NOON, NOON, NOON),
        (at(0.001), NOON, at(900)),
        (at(899.999), NOON, at(900)),
        (
            datetime(1969, 12, 31, 23, 50, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 45, tzinfo=UTC),
            datetime(1970, 1, 1, tzinfo=UTC),
        ),
    ],
)
def test_quarters_begin_with_the_hour_in_utc(instant: datetime, floor: datetime, ceiling: datetime) -> None:
    assert (floor, ceiling) == (floor_of(instant), ceiling_of(instant))


def test_runs_count_from_where_none_of_those_that_matter_is_gone() -> None:
    first = raw_from(NOON, timedelta(days=90), [version()])
    assert first == floor_of(first)
    assert first - reach([version()]) >= NOON - timedelta(days=90) + QUARTER
