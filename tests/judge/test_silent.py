"""Who is heard of, until when what happened there is known, and who is silent."""

from __future__ import annotations

from datetime import datetime

from synthmon.judge.silent import Hearing, Voice, voices_of
from synthmon.model.agent import Heartbeat
from synthmon.model.incident import Health
from tests.judge.world import World, regions, run
from tests.making import at, probe


def beat(region: str, seconds: float, instance: str = "a", **changes: object) -> Heartbeat:
    return Heartbeat(region, instance, at(seconds), "1", "hash", at(0), **changes)  # type: ignore[arg-type]


def heard(now: float, *beats: Heartbeat, ended: dict[str, datetime] | None = None) -> dict[str, Voice]:
    return voices_of(beats, ended or {}, (), at(now))


def listening(since: float, **voices: float) -> Hearing:
    return Hearing(at(since), {region: Voice(at(seconds), at(seconds)) for region, seconds in voices.items()})


def test_a_region_is_silent_after_ninety_seconds_and_since_its_last_word() -> None:
    hearing = listening(0, eu=1000, us=1090)

    assert hearing.silent(("eu", "us"), at(1090)) == {}
    assert hearing.silent(("eu", "us"), at(1091)) == {"eu": at(1000)}
    assert hearing.heard(("eu", "us"), at(1091)) == {"us"}


def test_who_began_to_listen_a_moment_ago_calls_nobody_silent_and_has_heard_nobody() -> None:
    hearing = listening(5000, eu=1000)

    assert hearing.silent(("eu", "us"), at(5090)) == {}
    assert hearing.heard(("eu", "us"), at(5090)) == frozenset()
    assert hearing.silent(("eu", "us"), at(5091)) == {"eu": at(1000), "us": at(5000)}


def test_a_region_speaks_through_any_of_its_agents() -> None:
    found = heard(300, beat("eu", 10, "old"), beat("eu", 295, "new"))

    assert found["eu"] == Voice(at(295), at(295), started=at(0))


def test_what_waits_in_a_spool_has_not_arrived() -> None:
    found = heard(300, beat("eu", 295, "a", spool_oldest=at(100), spool_depth=4), beat("eu", 290, "b"))

    assert found["eu"] == Voice(at(295), at(100), started=at(0))


def test_an_agent_whose_clock_is_behind_has_not_got_to_the_newest_slots_yet() -> None:
    assert heard(300, beat("eu", 295, offset=-100.0))["eu"].reach == at(195)
    assert heard(300, beat("eu", 295, offset=100.0))["eu"].reach == at(295)


def test_a_run_is_a_sign_of_life_too_and_none_of_the_future() -> None:
    assert heard(300, ended={"eu": at(280)})["eu"] == Voice(at(280), at(280))
    assert heard(300, beat("eu", 100), ended={"eu": at(900)})["eu"].heard == at(300)


def test_what_runs_in_our_own_process_is_heard_of() -> None:
    assert voices_of([], {}, ("local",), at(7), at(3)) == {"local": Voice(at(7), at(7), started=at(3))}


def test_in_a_silent_region_nothing_is_known_long_before_its_runs_are_stale() -> None:
    world = World(probe(interval=3600.0, regions=regions("eu", "us")))
    world.turn([run(at(0), "P", "eu"), run(at(0), "P", "us")])
    world.silent = {"eu": at(30)}
    world.sweep(at(121))

    assert world.health["checkout", "eu"].health is Health.UNKNOWN
    assert world.health["checkout", "eu"].reason == "nothing is heard of the region since 2026-03-02 12:00:30 UTC"
    assert world.health["checkout", None].health is Health.UP
    assert world.notifications == []


def test_an_incident_stays_open_while_its_region_is_silent_and_goes_on_where_it_was() -> None:
    world = World(probe(interval=3600.0))
    world.hear("PFf", every=3600.0)
    assert len(world.current) == 1
    world.silent = {"local": at(3700)}
    world.sweep(at(4000))
    assert len(world.current) == 1

    world.silent = {}
    world.turn([run(at(7200), "P")], at(7201))
    world.turn([run(at(10800), "P")], at(10801))
    assert world.said == ["trigger pager", "remind pager", "resolve pager"]


def test_a_run_from_a_region_that_was_taken_for_silent_counts_at_once() -> None:
    world = World(probe())
    world.hear("PF")
    world.silent = {"local": at(0)}
    world.turn([run(at(60), "f")], at(66))

    assert world.said == ["trigger pager"]


def test_a_region_stood_still_when_one_of_its_agents_says_so() -> None:
    stretch = (at(100), at(112))
    voice = heard(130, beat("eu", 120), beat("eu", 115, "b", standstills=(stretch,)))["eu"]

    assert (stretch,) == voice.standstills
    assert at(30) - at(0) == Hearing(at(0), {"eu": voice}).watched("eu", at(90), at(132))
