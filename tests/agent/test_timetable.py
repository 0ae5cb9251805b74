"""Which slots are due, with values: in order, once each, and of a standstill no more than can be run or told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from synthmon.agent.timetable import Timetable
from synthmon.schedule import next_slot
from tests.making import NOON, at

PAIR = ("checkout", "local")
FIRST = next_slot(*PAIR, 60.0, NOON)


def every(*intervals: float) -> Timetable:
    table = Timetable()
    for number, interval in enumerate(intervals):
        table.put((f"probe-{number}", "local"), interval, NOON)
    return table


def alone(interval: float) -> Timetable:
    table = Timetable()
    table.put(PAIR, interval, NOON)
    return table


def test_each_slot_is_due_once_when_it_comes_and_not_before() -> None:
    table, seen = every(1.0, 2.0, 7.0), list[datetime]()
    while (coming := table.next()) is not None and coming <= at(14):
        assert () == table.take(coming - timedelta(milliseconds=1)).due
        taken = [one.slot for one in table.take(coming).due]
        assert {coming} == set(taken)
        assert () == table.take(coming).due
        seen += taken
    assert seen == sorted(seen)
    assert 14 + 7 + 2 == len(seen)


def test_slots_are_those_that_everybody_computes_without_one_left_out() -> None:
    table, slot, seen = alone(60.0), NOON, []
    for second in range(600):
        seen += [one.slot for one in table.take(at(second)).due]
    for found in seen:
        slot = next_slot(*PAIR, 60.0, slot)
        assert slot == found
    assert 10 == len(seen)


def test_of_several_slots_since_the_last_look_the_last_is_to_be_run() -> None:
    (due,) = alone(1.0).take(at(3.999)).due
    assert 3 <= 1 + len(due.before) <= 4
    assert list(due.before) == [due.slot - timedelta(seconds=back) for back in range(len(due.before), 0, -1)]
    assert due.until == due.slot + timedelta(seconds=1)
    assert at(2.999) < due.slot <= at(3.999)


@pytest.mark.parametrize(
    ("interval", "late", "told"), [(1, 4.9, 5), (60, 6.1, 0), (60, 5.9, 1), (3600, 300.0, 1), (3600, 361.0, 0)]
)
def test_a_slot_that_was_slept_through_is_left_out_unless_it_was_just_now(
    interval: float, late: float, told: int
) -> None:
    table = alone(interval)
    first = table.next()
    assert first is not None
    taken = table.take(first + timedelta(seconds=late))
    assert told == sum(1 + len(one.before) for one in taken.due)
    assert (not told) == taken.slept_through


def test_after_a_leap_of_years_nothing_is_gone_through() -> None:
    table = Timetable()
    table.put(PAIR, 1.0, datetime(1970, 1, 1, tzinfo=UTC))
    (due,) = table.take(NOON).due
    assert timedelta(0) <= NOON - due.slot < timedelta(seconds=1)
    assert 4 <= len(due.before) <= 5
    assert due.slot + timedelta(seconds=1) == table.next()


def test_probes_that_slept_together_do_not_wake_together() -> None:
    """An hour passes: those whose slot was just now start at once, the others on time."""
    table = every(*[60.0] * 300)
    taken = table.take(NOON + timedelta(hours=1))
    assert 5 <= len(taken.due) <= 60
    assert 300 == taken.slept_through
    assert all(NOON + timedelta(hours=1) < coming for coming in table.coming().values())


def test_what_is_put_anew_or_dropped_is_due_by_its_old_slot_no_more() -> None:
    table = every(60.0, 60.0)
    table.put(("probe-0", "local"), 3600.0, NOON)
    table.drop(("probe-1", "local"))
    assert table.next() == next_slot("probe-0", "local", 3600.0, NOON)
    for _ in range(100):
        table.put(("probe-0", "local"), 3600.0, NOON)
    slot = table.coming()["probe-0", "local"]
    assert [slot] == [one.slot for one in table.take(slot).due]
    table.drop(("probe-0", "local"))
    assert table.next() is None
