"""What every store promises about runs and missed slots."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthmon.model.run import Outcome, RunKind, RunResult, from_millis, to_millis
from synthmon.store.interface import Only, Store
from synthmon.store.memory import MemoryStore
from tests.depth import times
from tests.store.values import DAY, MIDNIGHT, at, missed, run
from tests.wire import strategies


def test_a_kept_run_comes_back_whole(store: Store) -> None:
    failed = run(60, outcome=Outcome.FAILED)
    assert 1 == store.keep([failed])
    assert failed == store.run(failed.id)


def test_a_run_delivered_twice_is_kept_once(store: Store) -> None:
    assert 2 == store.keep([run(0), run(60), run(0)])
    assert 1 == store.keep([run(60), run(120)])
    assert [at(0), at(60), at(120)] == [kept.key.slot for kept in store.runs(MIDNIGHT, MIDNIGHT + DAY)]


def test_the_first_delivery_of_a_run_is_the_one_that_is_kept(store: Store) -> None:
    first = run(0)
    store.keep([first])
    store.keep([replace(first, duration=9.0)])
    assert first == store.run(first.id)


def test_keeping_nothing_keeps_nothing(store: Store) -> None:
    assert 0 == store.keep([])


@pytest.mark.parametrize("run_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000", "'; DROP TABLE runs", "é"])
def test_a_run_that_is_not_kept_is_none(store: Store, run_id: str) -> None:
    assert store.run(run_id) is None


def test_runs_come_by_slot_probe_region_kind_and_number_and_end_before_the_end(store: Store) -> None:
    kept = [
        run(0, probe="checkout", region="eu"),
        run(0, probe="checkout", region="us", kind=RunKind.CONFIRM, n=1),
        run(0, probe="checkout", region="us", kind=RunKind.CONFIRM, n=2),
        run(0, probe="checkout", region="us"),
        run(0, probe="login", region="eu"),
        run(30, probe="checkout", region="eu"),
    ]
    store.keep([*reversed(kept), run(60), run(-1)])
    assert kept == list(store.runs(at(0), at(60)))
    assert [kept[4]] == list(store.runs(at(0), at(60), probe="login"))


def test_more_runs_than_are_read_at_a_time_all_come(store: Store) -> None:
    kept = [run(number // 7, region=f"region-{number % 7}") for number in range(700)]
    store.keep(kept)
    assert [result.id for result in kept] == [result.id for result in store.runs(MIDNIGHT, MIDNIGHT + DAY)]


def test_a_row_holds_what_lists_need(store: Store) -> None:
    failed = run(60, outcome=Outcome.FAILED)
    store.keep([failed])
    (row,) = store.run_rows()
    assert (failed.id, "checkout", "local", at(60), RunKind.SCHEDULED, 0) == (
        row.id,
        row.probe,
        row.region,
        row.slot,
        row.kind,
        row.n,
    )
    assert (Outcome.FAILED, "step-0", "status", "status was 500") == (
        row.outcome,
        row.failed_step,
        row.failure_kind,
        row.message,
    )
    assert (failed.started_at, 0.25, 0.25, False, 0.0, False) == (
        row.started_at,
        row.duration,
        row.latency,
        row.flaky,
        row.late,
        row.cleanup_failed,
    )


def test_a_skipped_runs_row_says_why(store: Store) -> None:
    store.keep([replace(run(0, outcome=Outcome.SKIPPED), reason="overrun")])
    assert ["overrun"] == [row.message for row in store.run_rows()]


def test_rows_come_newest_first_or_oldest_first_and_only_those_asked_for(store: Store) -> None:
    store.keep([run(slot, region=region) for slot in (0, 60, 120) for region in ("eu", "us")])
    store.keep([run(60, probe="login")])
    assert [at(120), at(60)] == [row.slot for row in store.run_rows(probe="checkout", region="eu", limit=2)]
    assert [at(0), at(60)] == [
        row.slot for row in store.run_rows(probe="checkout", region="us", end=at(120), newest_first=False)
    ]
    assert 4 == len(store.run_rows(start=at(60), end=at(121), probe="checkout"))


def test_rows_go_on_behind_a_place_in_either_direction_and_are_chosen_by_outcome_and_kind(store: Store) -> None:
    store.keep([run(slot, region=region) for slot in (0, 60, 120) for region in ("eu", "us")])
    store.keep([run(60, kind=RunKind.MANUAL, region="us"), run(60, outcome=Outcome.FAILED, probe="login")])
    for newest_first in (True, False):
        whole, seen, place = store.run_rows(newest_first=newest_first), [], None
        while rows := store.run_rows(newest_first=newest_first, limit=3, only=Only(behind=place)):
            seen += rows
            place = (rows[-1].slot, rows[-1].probe, rows[-1].region, rows[-1].kind, rows[-1].n)
        assert (8, whole) == (len(seen), seen)
    assert [at(60)] == [row.slot for row in store.run_rows(only=Only(kinds=(RunKind.MANUAL,)))]
    assert ["login"] == [row.probe for row in store.run_rows(only=Only(outcomes=(Outcome.FAILED, Outcome.ERROR)))]


def test_keys_are_the_slots_of_scheduled_runs_alone(store: Store) -> None:
    store.keep([run(0), run(60), run(90, kind=RunKind.MANUAL), run(60, kind=RunKind.CONFIRM), run(120)])
    assert [at(0), at(60)] == store.run_keys("checkout", "local", at(0), at(120))
    store.keep([run(60, probe="login", region="eu"), run(121, probe="login")])
    wanted = {("checkout", "local", at(0)), ("checkout", "local", at(60)), ("login", "eu", at(60))}
    assert wanted == store.kept_slots(at(0), at(120))


def test_the_last_good_run_is_the_newest_that_passed_or_was_degraded(store: Store) -> None:
    store.keep([run(0), run(60, outcome=Outcome.DEGRADED, region="eu"), run(120, outcome=Outcome.FAILED)])
    store.keep([run(180, outcome=Outcome.ERROR)])
    assert [at(60), at(0), at(0), None] == [
        row and row.slot
        for row in (
            store.last_good_run("checkout"),
            store.last_good_run("checkout", "local"),
            store.last_good_run("checkout", before=at(60)),
            store.last_good_run("login"),
        )
    ]


def test_a_missed_slot_is_noted_once_and_not_where_a_run_is_kept(store: Store) -> None:
    store.keep([run(60)])
    assert 1 == store.note_missed([missed(0), missed(60)])
    assert 1 == store.note_missed([missed(0, reason="no_result"), missed(120)])
    assert [missed(0), missed(120)] == store.missed(at(0), at(180))


def test_a_late_result_deletes_its_missed_slot_and_no_other(store: Store) -> None:
    store.note_missed([missed(0), missed(60), missed(60, region="eu"), missed(60, probe="login"), missed(120)])
    store.keep([run(60)])
    left = [missed(0), missed(60, region="eu"), missed(60, probe="login"), missed(120)]
    assert left == store.missed(at(0), at(180))


def test_a_confirmation_does_not_fill_the_slot_that_was_missed(store: Store) -> None:
    store.note_missed([missed(60)])
    store.keep([run(60, kind=RunKind.CONFIRM, n=1)])
    assert [missed(60)] == store.missed(at(0), at(180), probe="checkout")


def test_instants_are_kept_to_the_millisecond(store: Store) -> None:
    fine = run(0.0005)
    store.keep([fine])
    (row,) = store.run_rows()
    assert (at(0), at(0.004)) == (row.slot, row.started_at)
    assert [at(0)] == store.run_keys("checkout", "local", at(0), at(1))


def test_a_naive_instant_is_refused_and_spoils_nothing(store: Store) -> None:
    naive = replace(run(0), started_at=datetime(2026, 11, 23))  # noqa: DTZ001 - that is the point
    with pytest.raises(Exception, match="naive"):
        store.keep([naive])
    assert 1 == store.keep([run(0)])


def test_many_threads_keep_at_once_and_each_is_told_of_its_own(store: Store) -> None:
    told: list[int] = []

    def keep(thread: int) -> None:
        told.extend(store.keep([run(number, region=f"region-{thread}"), run(number)]) for number in range(20))

    threads = [threading.Thread(target=keep, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (160 + 20, 180) == (sum(told), len(store.run_rows()))


@settings(max_examples=times(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=st.lists(strategies.runs, max_size=5))
def test_the_double_and_the_database_say_the_same_of_whatever_is_kept(sql: Store, results: list[RunResult]) -> None:
    double = MemoryStore()
    double.keep(list(sql.runs(from_millis(0), from_millis(2**42))))
    assert double.keep(results) == sql.keep(results)
    start, end = from_millis(0), from_millis(2**42)
    assert list(double.runs(start, end)) == list(sql.runs(start, end))
    for result in results:
        assert double.run(result.id) == sql.run(result.id)
    middle = from_millis(to_millis(start + timedelta(days=19_675)))
    assert double.run_keys("login", "local", start, middle) == sql.run_keys("login", "local", start, middle)
