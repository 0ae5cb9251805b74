"""A probe whose slots do not come although its region is heard of."""

from __future__ import annotations

from synthmon.judge.silent import Hearing, Voice
from synthmon.judge.stuck import Slots, slots_of
from synthmon.model.probe import Probe
from tests.judge.world import World, regions, run
from tests.making import at, probe

LIMIT = 2 * 60 + 10 + 5  # two intervals, the timeout, five seconds
PROBE = probe(regions=regions("eu", "us"))


def seen(
    world: World,
    now: float,
    since: float = 0,
    declared: float = 0,
    stood_still: tuple[float, float] = (0, 0),
    started: float = 0,
    **reach: float,
) -> Slots:
    voices = {
        region: Voice(at(now), at(until), started=at(started))
        for region, until in {"eu": now, "us": now, **reach}.items()
    }
    since_ = dict.fromkeys(world.probes, at(declared))
    hearing = Hearing(at(since), voices, ((at(stood_still[0]), at(stood_still[1])),))
    return slots_of(world.probes.values(), world.states, hearing, since_, at(now))


def lived(letters: str, probe_: Probe = PROBE) -> World:
    """One letter a minute in `eu`; in `us` all is well."""
    world = World(probe_)
    for minute, letter in enumerate(letters):
        world.turn([run(at(60 * minute), letter, "eu"), run(at(60 * minute), "P", "us")])
    return world


def test_it_is_stuck_after_two_intervals_and_its_timeout_and_since_the_last_slot_that_came() -> None:
    world = lived("PPP")

    assert seen(world, 120 + LIMIT).stuck == {}
    world.turn([run(at(180), "P", "us")])
    assert seen(world, 120 + LIMIT + 1) == Slots({("checkout", "eu"): at(120)}, frozenset({("checkout", "us")}))


def test_a_slot_that_came_to_nothing_came_all_the_same() -> None:
    assert seen(lived("PPPESE"), 300 + LIMIT).stuck == {}


def test_a_confirmation_is_no_slot() -> None:
    world = lived("PP")
    world.turn([run(at(180), "p", "eu")])

    assert ("checkout", "eu") in seen(world, 60 + LIMIT + 1).stuck


def test_a_slot_that_came_late_came() -> None:
    world = lived("P")
    world.turn([run(at(130), "p", "eu")])  # a confirmation somebody asked for is newer
    world.turn([run(at(120), "P", "eu")])

    assert world.states["checkout", "eu"].heard_slot == at(120)


def test_whoever_was_killed_in_the_middle_of_a_run_has_time_for_the_next_one() -> None:
    killed = 120 + LIMIT - 5

    assert seen(lived("PPP"), killed + LIMIT, started=killed).stuck == {}
    assert seen(lived("PPP"), killed + LIMIT + 1, started=killed).stuck["checkout", "eu"] == at(120)


def test_of_a_process_that_starts_ever_again_it_is_said_all_the_same() -> None:
    later = 120 + 3 * LIMIT

    assert seen(lived("PPP"), later, started=later - 10).stuck == {}
    assert seen(lived("PPP"), later + 1, started=later - 9).stuck["checkout", "eu"] == at(120)


def test_what_has_not_been_delivered_yet_is_not_missed() -> None:
    assert seen(lived("PPP"), 2000, eu=200).stuck.keys() == {("checkout", "us")}


def test_of_a_region_that_was_never_heard_of_nothing_is_said() -> None:
    world = World(PROBE)
    hearing = Hearing(at(0), {})

    assert slots_of([PROBE], world.states, hearing, {}, at(9000)) == Slots({}, frozenset())


def test_a_probe_that_never_ran_is_stuck_since_it_was_declared() -> None:
    world = World(PROBE)

    assert seen(world, 500 + LIMIT, declared=500).stuck == {}
    assert seen(world, 501 + LIMIT, declared=500).stuck == {("checkout", "eu"): at(500), ("checkout", "us"): at(500)}


def test_a_shorter_interval_counts_from_when_it_was_declared() -> None:
    world = lived("P")

    assert ("checkout", "eu") not in seen(world, 1000 + LIMIT, declared=1000).stuck
    assert ("checkout", "eu") in seen(world, 1001 + LIMIT, declared=1000).stuck


def test_time_in_which_nobody_listened_does_not_count_and_is_no_sign_that_slots_come() -> None:
    found = seen(lived("PPP"), 9000, since=8900)

    assert found == Slots({}, frozenset())


def test_a_slot_of_a_clock_that_was_ahead_hides_nothing() -> None:
    world = lived("PPP")
    world.turn([run(at(90_000), "P", "eu")], at(89_990))

    assert ("checkout", "eu") in seen(world, 9000).stuck


def test_while_nobody_looked_no_slot_is_missed() -> None:
    assert seen(lived("PPP"), 120 + LIMIT + 20, stood_still=(100, 140)) == Slots({}, frozenset())
    assert ("checkout", "eu") in seen(lived("PPP"), 120 + LIMIT + 21, stood_still=(100, 140)).stuck
