"""Availability, success ratio and coverage from runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.model.incident import Health
from synthmon.model.run import Outcome, RunKind
from synthmon.reports.figures.counting import Stretch, due_slots, good_within, staleness, tally
from synthmon.reports.figures.health import seconds_per_state, timeline
from synthmon.reports.figures.period import day
from synthmon.schedule import slots
from tests.making import NOON, at, change, missed, row, version

LIMIT = staleness(60, 10)
HOUR = Stretch(NOON, at(3600), LIMIT)


def test_each_run_owns_the_time_until_the_next_slot() -> None:
    runs = [row(at(0)), row(at(60), Outcome.FAILED), row(at(120))]
    counted = tally(runs, [], 3, Stretch(NOON, at(180), LIMIT))
    assert (counted.good, counted.bad) == (120.0, 60.0)
    assert pytest.approx(2 / 3) == counted.availability == counted.success
    assert counted.coverage == 1.0


def test_what_was_not_measured_is_held_against_no_objective_on_latency() -> None:
    runs = [row(at(0), latency=0.2), row(at(60), latency=9.0), row(at(120), latency=9.0, suspect=True)]
    counted = tally(runs, [], 3, Stretch(NOON, at(180), LIMIT), good_within(1.0))
    assert (counted.good_runs, counted.bad_runs) == (2, 1)


def test_a_run_without_a_successor_owns_no_more_than_the_staleness_limit() -> None:
    assert tally([row(at(0))], [], 60, HOUR).good == LIMIT == 135.0


def test_an_error_owns_no_time_and_spends_no_budget_but_lowers_coverage() -> None:
    counted = tally([row(at(0)), row(at(60), Outcome.ERROR), row(at(120))], [], 3, Stretch(NOON, at(180), LIMIT))
    assert (counted.good, counted.bad) == (120.0, 0.0)
    assert counted.availability == 1.0
    assert pytest.approx(2 / 3) == counted.coverage


def test_a_missed_slot_ends_what_the_run_before_it_owns() -> None:
    assert tally([row(at(0))], [missed(at(60))], 2, HOUR).good == 60.0


def test_confirmations_and_manual_runs_count_in_no_figure() -> None:
    confirmation = row(at(5), Outcome.FAILED, kind=RunKind.CONFIRM)
    runs = [row(at(0)), confirmation, row(at(7), Outcome.FAILED, kind=RunKind.MANUAL)]
    counted = tally(runs, [], 1, Stretch(NOON, at(60), LIMIT))
    assert (counted.good, counted.bad, counted.good_runs, counted.bad_runs) == (60.0, 0.0, 1, 0)


def test_the_last_run_before_the_period_owns_its_first_seconds() -> None:
    counted = tally([row(at(-30), Outcome.FAILED), row(at(30))], [], 1, Stretch(NOON, at(60), LIMIT))
    assert (counted.good, counted.bad) == (30.0, 30.0)
    assert (counted.good_runs, counted.bad_runs) == (1, 0)


def test_degraded_is_good_for_availability_and_bad_for_an_objective_on_latency_when_slower() -> None:
    runs = [row(at(0), Outcome.DEGRADED, latency=6.0)]
    stretch = Stretch(NOON, at(60), LIMIT)
    assert tally(runs, [], 1, stretch).availability == 1.0
    assert tally(runs, [], 1, stretch, good_within(5.0)).availability == 0.0


def test_nothing_judged_is_not_a_hundred_per_cent() -> None:
    counted = tally([row(at(0), Outcome.ERROR)], [], 1, HOUR)
    assert counted.availability is None
    assert counted.success is None
    assert counted.coverage == 0.0


def test_due_slots_are_counted_against_the_version_in_force_at_the_time() -> None:
    versions = [version(since=NOON, until=at(600)), version(since=at(600), interval=30.0)]
    assert due_slots(versions, "checkout", "local", NOON, at(1200)) == 10 + 20
    assert due_slots(versions, "checkout", "elsewhere", NOON, at(1200)) == 0


def test_a_removed_probe_was_due_until_it_was_removed() -> None:
    versions = [version(since=NOON, until=at(600), removed=True)]
    assert due_slots(versions, "checkout", "local", NOON, at(3600)) == 10


@given(st.lists(st.sampled_from([Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, None]), max_size=80))
def test_the_regions_add_up_and_time_is_never_owned_twice(outcomes: list[Outcome | None]) -> None:
    due = slots("checkout", "local", 60, at(-1), at(60 * 80))
    runs = [row(slot, outcome) for slot, outcome in zip(due, outcomes, strict=False) if outcome]
    gone = [missed(slot) for slot, outcome in zip(due, outcomes, strict=False) if outcome is None]
    stretch = Stretch(NOON, at(60 * 81), LIMIT)
    counted = tally(runs, gone, len(outcomes), stretch)
    # Recomputed without the code under test: a second belongs to the newest trace before it, if that judged.
    traces = sorted([(run.slot, run.outcome) for run in runs] + [(slot.slot, Outcome.MISSED) for slot in gone])
    good = bad = 0.0
    for (slot, outcome), (following, _) in pairwise([*traces, (stretch.end, None)]):
        owned = min(following - slot, timedelta(seconds=LIMIT), stretch.end - slot).total_seconds()
        good += owned if outcome is Outcome.PASSED else 0.0
        bad += owned if outcome is Outcome.FAILED else 0.0
    assert pytest.approx((good, bad)) == (counted.good, counted.bad)
    assert pytest.approx((2 * good, 2 * bad)) == ((counted + counted).good, (counted + counted).bad)


def test_the_states_of_health_fill_the_period_without_a_gap() -> None:
    changes = [change(at(-100), Health.UP), change(at(600), Health.DOWN, "pay answers 500"), change(at(900), Health.UP)]
    spans = timeline(changes, NOON, at(3600))
    assert [span.health for span in spans] == [Health.UP, Health.DOWN, Health.UP]
    totals = seconds_per_state(spans)
    assert (totals[Health.UP], totals[Health.DOWN]) == (3300.0, 300.0)
    assert sum(totals.values()) == 3600.0


def test_before_the_first_belief_nothing_is_known() -> None:
    assert [span.health for span in timeline([], NOON, at(60))] == [Health.UNKNOWN]


@pytest.mark.parametrize(
    ("date_", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 3, 30), 24), (date(2028, 2, 29), 24)],
)
def test_days_are_cut_at_local_midnight_also_when_clocks_change(date_: date, hours: int) -> None:
    period = day(date_, ZoneInfo("Europe/Berlin"))
    assert hours * 3600 == period.seconds
    assert date_ == period.local(period.start).date()


def test_a_day_without_a_midnight_begins_at_its_first_instant() -> None:
    period = day(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))  # clocks went from 00:00 to 01:00
    assert period.seconds == 23 * 3600
    assert datetime(2018, 11, 4, 3, 0, tzinfo=UTC) == period.start
