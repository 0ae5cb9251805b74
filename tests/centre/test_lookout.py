"""Slots that nobody ran: each is noted once, with whether anybody was there to run it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from synthmon.centre.lookout import Lookout
from synthmon.model.history import MissedSlot
from synthmon.model.run import Outcome
from synthmon.schedule import slots
from synthmon.store.memory import MemoryStore
from tests.making import NOON, at, run, version

DEADLINE = timedelta(seconds=60 + 10 + 5)


@pytest.fixture
def store() -> MemoryStore:
    """A store in which one probe a minute is in force since noon."""
    made = MemoryStore()
    made.record_versions([version()], NOON)
    return made


def due(start: datetime, end: datetime) -> tuple[datetime, ...]:
    return slots("checkout", "local", 60.0, start, end)


def noted(store: MemoryStore) -> Sequence[MissedSlot]:
    return store.missed(NOON - timedelta(days=9), NOON + timedelta(days=99))


def look_until(lookout: Lookout, start: datetime, end: datetime, every: float = 10.0) -> None:
    now = start
    while now <= end:
        lookout.look(now)
        now += timedelta(seconds=every)


def test_a_slot_without_a_run_is_noted_once_its_deadline_has_passed(store: MemoryStore) -> None:
    lookout = Lookout(store)
    (slot, *_) = due(NOON, at(120))
    lookout.note_missed(NOON)

    assert 0 == lookout.note_missed(slot + DEADLINE - timedelta(milliseconds=1))
    assert 1 == lookout.note_missed(slot + DEADLINE)
    assert [slot] == [row.slot for row in noted(store)]


def test_of_many_probes_with_few_and_many_slots_those_without_a_run_are_noted() -> None:
    often, seldom = [f"often-{n:02}" for n in range(60)], "seldom"
    store = MemoryStore()
    store.record_versions([*(version(name) for name in often), version(seldom, interval=600.0)], NOON)
    lookout = Lookout(store)
    wanted = [(name, slot) for name in often for slot in slots(name, "local", 60.0, NOON, at(600))]
    wanted += [(seldom, slot) for slot in slots(seldom, "local", 600.0, NOON, at(1200))]
    left = {wanted[7], wanted[90], wanted[-1]}
    store.keep([run(slot, name=name) for name, slot in wanted if (name, slot) not in left])

    look_until(lookout, NOON, at(1200) + timedelta(seconds=615))
    found = [(row.probe, row.slot) for row in noted(store) if (row.probe, row.slot) in set(wanted)]
    assert sorted(left) == sorted(found)


def test_slots_that_were_run_are_not_missed_whatever_came_of_them(store: MemoryStore) -> None:
    lookout = Lookout(store)
    outcomes = [Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED]
    wanted = due(NOON, at(600))
    store.keep([run(slot, outcome) for slot, outcome in zip(wanted, outcomes, strict=False)])

    look_until(lookout, NOON, at(600) + DEADLINE)
    assert list(wanted[4:]) == [row.slot for row in noted(store)]
    assert {"no_result"} == {row.reason for row in noted(store)}


def test_a_result_that_comes_later_takes_its_row_away(store: MemoryStore) -> None:
    lookout = Lookout(store)
    look_until(lookout, NOON, at(300))
    slot = noted(store)[0].slot
    store.keep([run(slot)])

    look_until(lookout, at(310), at(400))
    assert slot not in {row.slot for row in noted(store)}


def test_what_passed_while_no_process_was_there_says_so(store: MemoryStore) -> None:
    look_until(Lookout(store), NOON, at(600))
    stopped = at(600)
    started = at(1200)
    look_until(Lookout(store), started, at(1800) + DEADLINE)

    reasons = {row.slot: row.reason for row in noted(store)}
    assert set(due(NOON, at(1800))) <= set(reasons)
    assert all((stopped < slot <= started) is (reason == "not_running") for slot, reason in reasons.items())


def test_a_process_that_was_suspended_was_not_running(store: MemoryStore) -> None:
    lookout = Lookout(store)
    look_until(lookout, NOON, at(600))
    look_until(lookout, at(1200), at(1200) + DEADLINE)

    reasons = {row.slot: row.reason for row in noted(store)}
    assert {"not_running"} == {reason for slot, reason in reasons.items() if at(600) < slot <= at(1200)}
    assert {"no_result"} == {reason for slot, reason in reasons.items() if slot <= at(600)}


def test_a_long_absence_is_made_up_for_a_stretch_at_a_time(store: MemoryStore) -> None:
    store.record_versions([version(interval=1.0)], NOON + timedelta(milliseconds=1))
    look_until(Lookout(store), NOON, at(60))
    lookout = Lookout(store)
    resumed = at(4 * 3600)

    first = lookout.note_missed(resumed)
    assert 4000 < first < 6000
    while lookout.note_missed(resumed):
        pass
    wanted = slots("checkout", "local", 1.0, NOON, resumed - timedelta(seconds=1 + 10 + 5))
    assert len(wanted) == len(noted(store))


def test_slots_of_longer_ago_than_two_days_get_no_row(store: MemoryStore) -> None:
    look_until(Lookout(store), NOON, at(60))
    now = NOON + timedelta(days=30)
    lookout = Lookout(store)
    while lookout.note_missed(now):
        pass

    assert now - timedelta(hours=48) - DEADLINE < noted(store)[0].slot


def test_a_removed_probe_owes_slots_until_it_was_removed(store: MemoryStore) -> None:
    lookout = Lookout(store)
    look_until(lookout, NOON, at(100))
    store.record_versions([], at(300))

    look_until(lookout, at(310), at(900))
    assert list(due(NOON, at(300) - timedelta(milliseconds=1))) == [row.slot for row in noted(store)]


def test_it_looks_every_ten_seconds_and_at_once_after_the_clock_went_back(store: MemoryStore) -> None:
    lookout = Lookout(store)
    lookout.look(at(100))
    lookout.look(at(105))
    assert at(100).isoformat() == store.notes()["centre.active_at"]

    lookout.look(at(50))
    assert at(50).isoformat() == store.notes()["centre.active_at"]


def test_a_new_installation_does_not_look_through_days_that_it_never_had() -> None:
    store = MemoryStore()
    store.record_versions([version(interval=1.0, timeout=5.0)], NOON)
    lookout = Lookout(store)
    lookout.look(at(0.01))
    lookout.look(at(20))

    assert 8 <= len(noted(store)) <= 10  # those of the first nine seconds, whose deadlines have passed


def test_what_one_look_leaves_over_the_next_turn_takes(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthmon.centre.lookout.MOST_SLOTS", 100)
    look_until(Lookout(store), NOON, at(60))
    late = Lookout(store)
    for second in range(12):  # a turn a second, not one in ten
        late.look(at(86400 // 2 + second))

    assert len(noted(store)) > 700


def test_what_seemed_to_be_missed_while_the_clock_was_ahead_is_taken_back_when_it_is_put_right(
    store: MemoryStore,
) -> None:
    lookout = Lookout(store)
    wanted = due(NOON, at(7200))
    store.keep([run(slot) for slot in wanted if slot < at(600)])
    look_until(lookout, NOON, at(600))
    look_until(lookout, at(600 + 3600), at(660 + 3600))
    assert len(noted(store)) > 50

    look_until(lookout, at(660), at(660))
    assert not [row for row in noted(store) if row.slot > at(660)]
    store.keep([run(slot) for slot in wanted if at(600) <= slot < at(5000) and not at(3000) < slot < at(3200)])
    look_until(lookout, at(660), at(4900))
    assert [slot for slot in wanted if at(3000) < slot < at(3200)] == [row.slot for row in noted(store)]
    assert {"no_result"} == {row.reason for row in noted(store)}  # nobody was away
