"""Slots: whole milliseconds on a grid of their own for every probe and region, spread evenly, alike for everybody."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.model.probe import ProbeRegion
from synthmon.model.run import to_millis
from synthmon.schedule import count_slots, due_keys, next_slot, phase, slots
from tests.making import NOON, at, probe

unhurried = settings(deadline=None)  # the machine is shared with others

intervals = st.integers(1, 86_400_000).map(lambda millis: millis / 1000)
instants = st.integers(-(10**6), 10**6).map(lambda hours: NOON + timedelta(hours=hours / 3, microseconds=hours))
names = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1, max_size=30)


@given(names, names, intervals)
@unhurried
def test_a_phase_lies_within_the_interval_on_a_whole_millisecond(name: str, region: str, interval: float) -> None:
    millis = phase(name, region, interval) * 1000

    assert 0 <= millis < round(interval * 1000)
    assert round(millis) == pytest.approx(millis)


@given(names, names, intervals, instants)
@unhurried
def test_the_next_slot_is_later_by_at_most_an_interval(
    name: str, region: str, interval: float, after: datetime
) -> None:
    slot = next_slot(name, region, interval, after)

    assert after < slot <= after + timedelta(seconds=interval)
    assert slot.microsecond % 1000 == 0


@given(names, names, intervals, instants, st.integers(0, 50))
@unhurried
def test_stretches_that_adjoin_have_every_slot_once(
    name: str, region: str, interval: float, start: datetime, cut: int
) -> None:
    end = start + timedelta(seconds=50 * interval)
    middle = start + timedelta(seconds=cut * interval)

    whole = slots(name, region, interval, start, end)

    assert whole == slots(name, region, interval, start, middle) + slots(name, region, interval, middle, end)
    assert len(whole) == count_slots(name, region, interval, start, end)
    assert all(slot == next_slot(name, region, interval, before) for before, slot in pairwise((start, *whole)))


def test_half_a_second_does_not_drift_in_a_year() -> None:
    first = next_slot("checkout", "local", 0.5, NOON)
    later = next_slot("checkout", "local", 0.5, NOON + timedelta(days=365))

    assert 0 == (to_millis(later) - to_millis(first)) % 500
    assert 365 * 86_400 * 2 == count_slots("checkout", "local", 0.5, NOON, NOON + timedelta(days=365))


def test_a_slot_is_not_its_own_successor_though_the_instant_was_asked_for_within_its_millisecond() -> None:
    slot = next_slot("checkout", "local", 60.0, NOON)

    assert slot + timedelta(seconds=60) == next_slot("checkout", "local", 60.0, slot)
    assert slot + timedelta(seconds=60) == next_slot("checkout", "local", 60.0, slot + timedelta(microseconds=900))
    assert slot == next_slot("checkout", "local", 60.0, slot - timedelta(microseconds=100))


def test_the_phase_never_changes_from_one_version_to_the_next() -> None:
    """Another value here moves every slot of every installation, and with them the ids of runs."""
    assert (48.31, 6.258) == (phase("checkout", "local", 60.0), phase("checkout", "eu-west", 60.0))


def test_a_changed_interval_keeps_the_share_of_it_by_which_a_probe_is_shifted() -> None:
    assert phase("checkout", "local", 60.0) == pytest.approx(2 * phase("checkout", "local", 30.0), abs=0.002)


@pytest.mark.parametrize("count", [300, 1000])
def test_many_probes_are_spread_evenly_over_the_interval(count: int) -> None:
    starts = [next_slot(f"probe-{number}", "local", 60.0, NOON) for number in range(count)]
    by_tenth = Counter((to_millis(slot) % 60_000) // 6_000 for slot in starts)
    by_second = Counter((to_millis(slot) % 60_000) // 1_000 for slot in starts)

    assert 10 == len(by_tenth)
    assert max(by_tenth.values()) < 1.5 * count / 10
    assert min(by_tenth.values()) > 0.5 * count / 10
    assert max(by_second.values()) < 3 * count / 60


def test_the_regions_of_a_probe_do_not_start_together() -> None:
    shifts = {round(phase("checkout", region, 60.0)) for region in ("eu-west", "us-east", "ap-south")}

    assert 3 == len(shifts)


def test_due_keys_are_those_of_the_regions_asked_for_in_order_of_their_slots() -> None:
    two = probe("checkout", regions=(ProbeRegion("eu"), ProbeRegion("us")), interval=30.0)
    one = probe("login", regions=(ProbeRegion("eu"),), interval=60.0)

    keys = due_keys({"checkout": two, "login": one}, "test", ["eu"], NOON, at(120))

    assert 4 + 2 == len(keys)
    assert {"eu"} == {key.region for key in keys}
    assert sorted(key.slot for key in keys) == [key.slot for key in keys]
    assert {"test"} == {key.environment for key in keys}


def test_an_interval_below_a_millisecond_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one millisecond"):
        next_slot("checkout", "local", 0.0001, NOON)
