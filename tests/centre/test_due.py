"""Slots without a run: which were due, when they are given up, and why nothing came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from synthmon.centre.lookout import due
from synthmon.judge.missed import missed
from synthmon.schedule import slots
from tests.making import NOON, at, version

HOUR = at(3600)


def test_a_slot_is_given_up_after_an_interval_the_timeout_and_five_seconds() -> None:
    (slot, *_) = slots("checkout", "local", 60.0, NOON, HOUR)
    deadline = slot + timedelta(seconds=60 + 10 + 5)

    assert () == due([version()], NOON, deadline - timedelta(milliseconds=1))
    assert (slot,) == due([version()], NOON, deadline)[0].slots


def test_looks_that_adjoin_find_every_slot_once() -> None:
    versions = [replace(version(), until=at(1800)), version(since=at(1800), interval=30.0)]
    cuts = [NOON, at(7), at(500), at(1801), at(1900), at(2000), HOUR, at(4000)]

    piecewise = [slot for after, until in pairwise(cuts) for one in due(versions, after, until) for slot in one.slots]
    whole = [slot for one in due(versions, NOON, at(4000)) for slot in one.slots]
    assert sorted(whole) == sorted(piecewise)
    assert len(set(whole)) == len(whole)


def test_slots_count_against_the_version_in_force_at_the_time() -> None:
    closed = replace(version(), until=at(1800), removed=True)

    (found,) = due([closed], NOON, HOUR + timedelta(hours=1))
    assert slots("checkout", "local", 60.0, NOON, at(1800)) == found.slots


def test_what_was_kept_is_not_missed_and_the_rest_has_a_reason() -> None:
    (found,) = due([version()], NOON, at(600))
    first, second, third, *_ = found.slots

    rows = missed([found], {("checkout", "local"): {first}}, [(first, second)])
    assert [(second, "not_running"), (third, "no_result")] == [(row.slot, row.reason) for row in rows[:2]]
    assert len(found.slots) - 1 == len(rows)
