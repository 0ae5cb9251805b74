"""Regions as the centre sees them over a store: silent, suspect, with probes that are stuck; told as one each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from synthmon.centre import Centre, Minding
from synthmon.judge.silent import voices_of
from synthmon.model.agent import Heartbeat
from synthmon.model.incident import Health, Incident
from synthmon.model.probe import AlertRule, Probe, RegionQuorum, Severity, Track
from synthmon.model.run import Failure, FailureKind, RunResult
from synthmon.schedule import slots
from synthmon.store.interface import Store
from synthmon.store.memory import MemoryStore
from tests.judge.test_suspect import on
from tests.judge.world import POLICY, run
from tests.making import at, version

PLACES = ("eu", "us", "ap")
NAMES = "abcd"
MINUTE = 60
CHAT = AlertRule("down", Track.DOWN, 2, 2, RegionQuorum.ANY, Severity.TICKET, notify=("chat",))


@dataclass
class Land:
    """Three regions with an agent each, four targets, and a centre. A second passes only where something happens."""

    store: Store = field(default_factory=MemoryStore)
    probes: dict[str, Probe] = field(default_factory=lambda: {name: on(name) for name in NAMES})
    silent: set[str] = field(default_factory=set)  # regions whose agents are not heard of
    stuck: set[tuple[str, str]] = field(default_factory=set)
    failing: set[tuple[str, str]] = field(default_factory=set)  # do not get through
    broken: set[tuple[str, str]] = field(default_factory=set)  # answer with an error
    now: int = 0

    def __post_init__(self) -> None:
        self.start()
        versions = [version(name, regions=PLACES) for name in self.probes]
        self.store.record_versions(versions, at(0))

    def start(self) -> None:
        """A centre's process begins."""
        minding = Minding(voices=lambda ended, now: voices_of(self.store.heartbeats(), ended, (), now))
        self.centre = Centre(self.store, lambda: self.probes, lambda: POLICY, minding=minding)

    def live(self, minutes: float) -> list[str]:
        """Heartbeats, runs and looks; what was said, in order."""
        before = {delivery.notification.id for delivery in self.store.deliveries()}
        for now in range(self.now, self.now + int(minutes * MINUTE), 5):
            self.now = now + 5
            for place in PLACES:
                self._agent(place, now)
            self.centre.turn(at(now + 1))
            self.centre.note_missed(at(now + 1))
        new = [one for one in reversed(self.store.deliveries()) if one.notification.id not in before]
        told = [one.notification for one in new]
        return [f"{one.occasion} {one.message.severity} {one.channel} {one.dedup_key[14:]}" for one in told]

    def _agent(self, place: str, now: int) -> None:
        if place in self.silent:
            return
        if now % 15 == 0:
            self.store.hear(Heartbeat(place, f"{place}-1", at(now), "1", "hash", at(0)))
        if now % MINUTE == 0:
            names = [name for name in self.probes if (name, place) not in self.stuck]
            self.store.keep([self._run(name, place, now) for name in names])

    def _run(self, name: str, place: str, now: int) -> RunResult:
        bad = (name, place) in self.failing | self.broken
        made = run(at(now), "F" if bad else "P", place, name=name)
        if (name, place) not in self.failing:
            return made
        failure = Failure(FailureKind.CONNECT, "no answer")
        return replace(made, failures=(failure,), steps=(replace(made.steps[0], failures=(failure,)),))

    def current(self) -> dict[str, Incident]:
        return {f"{one.track}/{one.probe}": one for one in self.store.incidents(current=True)}

    def health(self, name: str, region: str | None = None) -> Health:
        changes = self.store.health_changes(at(self.now), at(self.now) + timedelta(days=1), name)
        return next(one.health for one in changes if one.region == region)


@pytest.fixture
def land() -> Iterator[Land]:
    with capture_logs():
        made = Land()
        assert made.live(3) == []
        yield made


def test_a_region_without_heartbeats_is_one_incident_and_blind_for_all_its_probes(land: Land) -> None:
    land.silent = {"eu"}

    assert land.live(20) == ["trigger ticket pager region/eu"]
    assert [land.health(name, "eu") for name in NAMES] == [Health.UNKNOWN] * 4
    assert [land.health(name) for name in NAMES] == [Health.UP] * 4
    land.silent = set()
    assert land.live(3) == ["resolve ticket pager region/eu"]
    assert land.health("a", "eu") is Health.UP


def test_when_all_regions_fall_silent_at_once_there_is_one_page(land: Land) -> None:
    land.silent = set(PLACES)

    assert land.live(20) == ["trigger page pager region/*"]
    assert list(land.current()) == ["region/*"]
    assert {land.health(name) for name in NAMES} == {Health.UNKNOWN}
    land.silent = set()
    assert land.live(3) == ["resolve page pager region/*"]


def test_an_outage_that_goes_on_in_silence_is_told_once_and_ends_with_evidence_only(land: Land) -> None:
    land.broken = {("a", place) for place in PLACES}
    assert land.live(3) == ["trigger page pager down/a"]
    land.silent = set(PLACES)
    assert land.live(10) == ["trigger page pager region/*"]
    land.silent, land.broken = set(), set()

    assert sorted(land.live(3)) == ["resolve page pager down/a", "resolve page pager region/*"]


def test_a_centre_that_was_away_calls_nobody_silent_and_nothing_stuck(land: Land) -> None:
    land.now += 3600
    land.start()

    assert land.live(5) == []
    assert land.current() == {}


def test_a_centre_that_was_away_says_what_was_missed_once_regions_have_delivered_or_are_silent(land: Land) -> None:
    away, back = at(land.now), at(land.now + 600)
    due = {(name, place): slots(name, place, 60.0, away, back) for name in NAMES for place in PLACES}
    waiting = [
        run(slot, "P", place, name=name) for (name, place), some in due.items() for slot in some if place != "eu"
    ]
    lost = waiting.pop().key
    land.now, land.silent = land.now + 600, set(PLACES)  # nobody is heard yet
    land.start()
    land.live(0.5)
    for place in ("us", "ap"):
        oldest = due["a", place][0]
        land.store.hear(Heartbeat(place, f"{place}-1", at(land.now), "1", "hash", at(0), spool_oldest=oldest))
    land.silent = {"eu"}
    land.live(0.1)
    before = land.store.missed(away, back)
    land.store.keep(waiting)
    land.live(1.5)

    gone = {("eu", slot) for (_, place), some in due.items() for slot in some if place == "eu"}
    assert [] == before
    assert gone | {(lost.region, lost.slot)} == {(row.region, row.slot) for row in land.store.missed(away, back)}


def test_a_centre_that_was_suspended_for_an_hour_does_not_either(land: Land) -> None:
    land.now += 3600

    assert land.live(5) == []
    assert land.current() == {}


def test_a_centre_that_starts_again_all_the_time_finds_a_stuck_probe_all_the_same(land: Land) -> None:
    land.stuck = {("a", "eu")}
    said: list[str] = []
    for _ in range(20):
        said += land.live(0.25)
        land.start()

    assert said == ["trigger ticket pager synthmon/a"]


def test_a_probe_whose_slots_do_not_come_is_a_ticket_and_no_outage(land: Land) -> None:
    land.stuck = {("a", "eu"), ("a", "us"), ("a", "ap")}

    assert land.live(10) == ["trigger ticket pager synthmon/a"]
    assert land.current()["synthmon/a"].regions == PLACES
    assert land.health("a") is Health.UNKNOWN
    land.start()
    assert land.live(1) == []
    land.stuck = set()
    assert land.live(2) == ["resolve ticket pager synthmon/a"]


def test_what_fails_from_a_suspect_region_alone_is_held_for_ten_minutes_and_told_as_one(land: Land) -> None:
    land.failing = {(name, "eu") for name in NAMES}

    assert land.live(9.5) == ["trigger ticket pager region/eu"]
    assert list(land.current()) == ["region/eu"]
    assert land.health("a", "eu") is Health.UNKNOWN
    assert land.live(1.5) == ["trigger page pager region/eu"]
    told = land.store.deliveries()[0].notification.message
    assert told.title == (
        "region eu is cut off: 4 of 4 probes do not get through from there, and do from elsewhere: a, b, c, d"
    )
    held = {one.probe: one for one in land.current().values() if one.track is Track.DOWN}
    assert sorted(held) == list(NAMES)
    assert {one.parent for one in held.values()} == {"eu"}
    assert {one.told for one in held.values()} == {()}
    assert land.health("a", "eu") is Health.DOWN

    land.failing = set()
    assert land.live(3) == ["resolve page pager region/eu"]
    assert land.current() == {}


def test_channels_of_what_is_told_as_one_hear_of_it_and_of_its_end(land: Land) -> None:
    land.probes["a"] = replace(land.probes["a"], alerts=(CHAT,))
    land.failing = {(name, "eu") for name in NAMES}

    said = land.live(12)
    assert said[0] == "trigger ticket pager region/eu"
    assert sorted(said[1:]) == ["trigger page chat region/eu", "trigger page pager region/eu"]
    land.failing = set()
    assert sorted(land.live(3)) == ["resolve page chat region/eu", "resolve page pager region/eu"]


def test_a_restart_of_the_centre_holds_nothing_anew(land: Land) -> None:
    land.failing = {(name, "eu") for name in NAMES}
    said: list[str] = []
    for _ in range(24):
        said += land.live(0.5)
        land.start()

    assert said == ["trigger ticket pager region/eu", "trigger page pager region/eu"]


def test_one_that_fails_on_when_the_region_is_trusted_again_is_told_by_itself(land: Land) -> None:
    land.failing = {(name, "eu") for name in NAMES}
    land.live(12)
    land.failing = {("a", "eu")}

    assert sorted(land.live(3)) == ["resolve page pager region/eu", "trigger page pager down/a"]


def test_an_outage_that_other_regions_see_pages_at_once_while_one_is_suspect(land: Land) -> None:
    land.failing = {(name, "eu") for name in NAMES}
    land.live(3)
    land.broken = {("b", "us"), ("b", "ap")}

    assert land.live(2) == ["trigger page pager down/b"]


def test_a_suspect_region_that_falls_silent_is_not_cleared_by_it(land: Land) -> None:
    land.failing = {(name, "eu") for name in NAMES}
    land.live(3)
    land.silent = {"eu"}

    assert land.live(30) == ["trigger ticket pager region/eu"]
    assert land.current()["region/eu"].reason.startswith("silent: ")


@pytest.mark.parametrize("minutes", [3, 12])
def test_while_it_lasts_nothing_of_it_is_told_twice(land: Land, minutes: float) -> None:
    land.failing = {(name, "eu") for name in NAMES}
    first = land.live(minutes)

    assert len(first) == len(set(first))
    assert [line for line in land.live(12) if line in first] == []
