"""Slots of a cron expression: deterministic, spread within their minute, and the same for whoever counts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from synthmon.agent.timetable import Due, Taken, Timetable
from synthmon.model.timing import Cron
from synthmon.schedule import count_slots, due_keys, next_slot, phase, slots
from tests.making import probe as probe_of

OFFICE = Cron("*/5 8-18 * * 1-5", "Europe/Berlin")
FRIDAY = datetime(2026, 11, 27, 17, 45, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
PAIR = ("shop", "eu")


def test_a_slot_lies_within_the_minute_that_the_expression_names() -> None:
    found = slots("shop", "eu", OFFICE, FRIDAY, FRIDAY + timedelta(minutes=15))

    assert [slot.replace(second=0, microsecond=0) for slot in found] == [
        FRIDAY + timedelta(minutes=minutes) for minutes in (0, 5, 10)
    ]
    assert {(slot - slot.replace(second=0, microsecond=0)).total_seconds() for slot in found} == {
        phase("shop", "eu", OFFICE)
    }


def test_probes_and_regions_with_one_expression_do_not_start_at_one_instant() -> None:
    phases = {phase(f"shop-{number}", region, OFFICE) for number in range(50) for region in ("eu", "us")}

    assert len(phases) > 95
    assert all(0 <= one < 60 for one in phases)


def test_stretches_that_adjoin_have_every_slot_once() -> None:
    instants = [FRIDAY + timedelta(seconds=97 * number) for number in range(3000)]
    parts = [slot for after, until in pairwise(instants) for slot in slots("a", "b", OFFICE, after, until)]

    assert tuple(parts) == slots("a", "b", OFFICE, instants[0], instants[-1])
    assert count_slots("a", "b", OFFICE, instants[0], instants[-1]) == len(parts) > 100
    assert next_slot("a", "b", OFFICE, parts[10]) == parts[11]


def test_due_keys_of_a_probe_with_pauses() -> None:
    declared = probe_of(cron=OFFICE, interval=OFFICE.shortest)
    keys = due_keys({declared.name: declared}, "test", ["local"], FRIDAY, MONDAY + timedelta(minutes=6))

    days = [f"{key.slot:%a %H:%M}" for key in keys]
    assert days == ["Fri 17:45", "Fri 17:50", "Fri 17:55", "Mon 07:00", "Mon 07:05"]


def test_the_scheduler_waits_through_a_pause_and_makes_no_run_up_for_it() -> None:
    last = next_slot("shop", "eu", OFFICE, FRIDAY + timedelta(minutes=10))
    monday = next_slot("shop", "eu", OFFICE, MONDAY)
    table = Timetable()
    table.put(PAIR, OFFICE, last - timedelta(seconds=1))

    assert [Due(PAIR, last, last + timedelta(minutes=5))] == list(table.take(last).due)
    assert monday == table.next()
    # a machine that slept until Monday noon goes on from there
    noon = MONDAY + timedelta(hours=4)
    assert Taken((), 1) == table.take(noon)
    assert noon < table.coming()[PAIR] <= noon + timedelta(minutes=5)
