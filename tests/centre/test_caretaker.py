"""Who looks after regions has stood still, and goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from synthmon.app.agent_daemon import AGENT_COUNTED, AGENT_LOOKS
from synthmon.centre.caretaker import Caretaker, Voices
from synthmon.centre.standstill import Standstills
from synthmon.judge.silent import Voice
from synthmon.model.incident import RegionState
from synthmon.store.memory import MemoryStore
from tests.judge.world import World, regions, run
from tests.making import at, probe

DECLARED = probe(interval=10.0, regions=regions("local"))
PROBE = replace(DECLARED, journey=replace(DECLARED.journey, timeout=4.0))
STALE = 2 * 10 + 4 + 5
LONGEST_RUN = 4.9


def here(_: Mapping[str, datetime], now: datetime) -> Mapping[str, Voice]:
    return {"local": Voice(now, now)}


class Looks:
    """A caretaker, and the region's state after a slot was seen to."""

    def __init__(self, voices: Voices = here) -> None:
        self.world = World(PROBE)
        self.caretaker = Caretaker(MemoryStore(), lambda *_: None, voices)
        self.probe = PROBE

    def came(self, slot: float) -> None:
        self.world.turn([run(at(slot), "P", "local")])

    def troubles(self, now: float) -> int:
        states: dict[tuple[str, str], RegionState] = dict(self.world.states)
        return len(self.caretaker.look({"checkout": self.probe}, states, (), at(now)).troubles)


def test_a_probe_is_stuck_when_it_was_looked_for_long_enough() -> None:
    looks = Looks()
    looks.came(0)

    assert [0] * (STALE + 1) + [1] == [looks.troubles(second) for second in range(STALE + 2)]


def test_time_in_which_this_process_stood_still_counts_against_nobody() -> None:
    looks = Looks()
    looks.came(0)

    # Of the first 55 s it looked in 10, of each standstill 3 count, and all of those that follow.
    assert [0, 0, 0, 0, 0] == [looks.troubles(second) for second in (0, 5, 25, 30, 55)]
    assert [0, 0, 1] == [looks.troubles(second) for second in (60, 65, 70)]


def awake(stood_at: float, length: float) -> Iterator[tuple[float, bool]]:
    """Instants in order, at which a process that stood still in between looks, or has seen to a slot."""
    resumed = stood_at + length
    looks = [(float(second), False) for second in range(0, 400, 5)]
    looks = [(second, slot) for second, slot in looks if not stood_at < second < resumed] + [(resumed, False)]
    slots = [slot for slot in range(0, 400, 10) if slot + LONGEST_RUN < stood_at or slot >= resumed]
    return iter(sorted([*looks, *((slot + LONGEST_RUN, True) for slot in slots)]))


@pytest.mark.parametrize("stood_at", [10.0, 14.8, 19.9])
def test_no_standstill_of_any_length_makes_a_probe_stuck(stood_at: float) -> None:
    for length in (*range(1, 60, 3), 90, 200):
        looks = Looks()
        for now, slot in awake(stood_at, length):
            if slot:
                looks.came(now - LONGEST_RUN)
            else:
                assert 0 == looks.troubles(now), (length, now)


@pytest.mark.parametrize("interval", [5.0, 10.0, 16.0])
def test_an_agent_elsewhere_that_stood_still_between_two_heartbeats_says_so_and_is_not_stuck(interval: float) -> None:
    """Its heartbeats come in time, and the runs under way were lost: what it says of itself is all there is to know."""
    for length in (5, 10, 12, 14, 17, 29):
        for stood_at in (15.1, 19.8, 31.9):
            assert 0 == troubles_about_an_agent(interval, stood_at, stood_at + length), (length, stood_at)


def troubles_about_an_agent(interval: float, stood_at: float, resumed: float) -> int:
    """The most there were at once, where each run takes what it may and each heartbeat comes after fifteen seconds."""
    heard = [Voice(at(0), at(0))]
    looks = Looks(lambda *_: {"local": heard[0]})
    looks.probe = replace(PROBE, interval=interval)
    its = Standstills(AGENT_LOOKS, AGENT_COUNTED)
    most, beaten = 0, 0.0
    for now in sorted([*range(70), resumed]):
        if not stood_at <= now < resumed:
            for slot in (slot for slot in range(0, 70, int(interval)) if now - 1 < slot + LONGEST_RUN <= now):
                if slot + LONGEST_RUN < stood_at or slot >= resumed:
                    looks.came(slot)
            its.look(at(now))
            if now >= beaten + 15:
                beaten = now
                heard[0] = Voice(at(now), at(now), its.stretches)
        if now % 5 == 0:
            most = max(most, looks.troubles(now))
    return most


@pytest.mark.parametrize("length", [17, 20, 29, 45, 80])
def test_an_agent_elsewhere_that_stood_still_for_a_while_is_not_stuck_when_it_goes_on(length: float) -> None:
    """Its heartbeats come every fifteen seconds, with a longer gap just once."""
    heard = [0.0]
    looks = Looks(lambda _, now: {"local": Voice(at(heard[0]), at(heard[0]))})
    resumed = 10 + length
    for now in range(0, 200, 5):
        if now % 15 == 0 and not 10 < now < resumed:
            heard[0] = now
        heard[0] = max(heard[0], resumed if now >= resumed else 0)
        if now % 10 == 0 and not 10 <= now < resumed:
            looks.came(now)
        assert 0 == looks.troubles(now + 1), now
