"""What is told at once of a probe that is well everywhere is what judging it in full decides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from synthmon.judge.calm import calm
from synthmon.judge.policy import Policy
from synthmon.judge.situation import split
from synthmon.judge.suspect import Doubt
from synthmon.judge.turn import decide_in_full
from synthmon.model.condition import NoData
from synthmon.model.incident import RegionPhase
from synthmon.model.probe import AlertRule, Probe, Severity, Track
from synthmon.model.run import RunResult
from tests import making
from tests.judge.world import World, regions, run

PLACES = ("eu", "us", "ap")
RULES = {
    "two in a row": (AlertRule("down", Track.DOWN, 2, 2),),
    "three of five, and slow": (
        AlertRule("often down", Track.DOWN, 3, 5, severity=Severity.PAGE),
        AlertRule("slow", Track.SLOW, 2, 2),
    ),
    "none": (),
    "no data": (AlertRule("silent", Track.NO_DATA, 1, 1, condition=NoData(180.0)),),
}


def checkout(rules: str) -> Probe:
    return making.probe("checkout", regions=regions(*PLACES), alerts=RULES[rules])


def some_runs(world: World, chance: Random, trouble: float) -> list[RunResult]:
    """A few results: of the coming slots, of older ones, of one twice, mostly good."""
    found = []
    for region in chance.sample(PLACES, chance.randint(0, 3)):
        for _ in range(chance.choice((1, 1, 1, 2))):
            late = timedelta(minutes=chance.choice((0,) * 12 + (1, 3, -2)))
            letter = chance.choice("PPDFFESpf") if chance.random() < trouble else "P"
            found.append(run(world.now - late - timedelta(milliseconds=chance.randint(0, 5)), letter, region))
    return found


def surroundings(world: World, chance: Random) -> None:
    """Now and then a region is in doubt or silent, or an operator changes what is declared."""
    lot = chance.random()
    world.suspect = {chance.choice(PLACES): Doubt("it is odd", world.now)} if lot < 0.02 else {}
    world.silent = {chance.choice((*PLACES, "sa")): world.now} if 0.02 < lot < 0.05 else {}
    if 0.05 < lot < 0.06:
        there = PLACES[: chance.randint(1, 3)]
        world.probes = {"checkout": replace(world.probes["checkout"], regions=regions(*there))}
    elif lot > 0.9:
        world.probes = {"checkout": replace(world.probes["checkout"], regions=regions(*PLACES))}


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("trouble", [0.01, 0.1])
def test_what_is_told_at_once_is_what_judging_in_full_decides(rules: str, trouble: float) -> None:
    chance, seen = Random(f"{rules} {trouble}"), Counter[str]()
    world = World(checkout(rules), policy=Policy("test", default_channels=("pager",), min_known=1))
    for turn in range(160):
        world.now += timedelta(seconds=chance.choice((5, 20, 20, 60, 60, 400)) if turn % 40 == 39 else 20)
        surroundings(world, chance)
        runs, sweep = some_runs(world, chance, trouble), chance.random() < 0.3
        for part in split(world.situation(runs, sweep=sweep)):
            told = calm(part, world.policy, world.now)
            seen["in full" if told is None else "at once"] += 1
            if told is not None:
                assert decide_in_full(part, world.policy, world.now) == told
        world.turn(runs, world.now, sweep=sweep)
    assert seen["in full"] > 5
    assert seen["at once"] > 20 or rules == "no data"


def test_a_probe_that_is_well_everywhere_is_told_of_at_once() -> None:
    world = World(checkout("two in a row"))
    for region in PLACES:
        world.turn([run(world.now, "P", region)])
    world.now += timedelta(seconds=60)
    (part,) = split(world.situation([run(world.now, "P", "eu")]))
    told = calm(part, world.policy, world.now)
    assert told is not None
    assert [state.tracks[Track.DOWN].phase for state in told.states] == [RegionPhase.UP]


def test_the_first_good_run_in_one_region_more_is_told_of_at_once() -> None:
    world = World(checkout("two in a row"))
    world.turn([run(world.now, "P", "eu")])
    for seconds in (20, 40):
        (part,) = split(world.situation([run(world.now + timedelta(seconds=seconds), "P", "us")]))
        told = calm(part, world.policy, world.now + timedelta(seconds=seconds))
        assert told is not None
        assert ["us"] == [change.region for change in told.health]
        assert decide_in_full(part, world.policy, world.now + timedelta(seconds=seconds)) == told


@pytest.mark.parametrize("rules", RULES)
def test_of_a_probe_of_which_nothing_has_come_nothing_is_told(rules: str) -> None:
    world = World(checkout(rules))
    (part,) = split(world.situation([], sweep=True))
    assert calm(part, world.policy, world.now) in (None, decide_in_full(part, world.policy, world.now))


def test_an_outage_is_judged_in_full() -> None:
    world = World(checkout("two in a row"))
    for region in PLACES:
        world.turn([run(world.now, "P", region)])
    (part,) = split(world.situation([run(world.now + timedelta(seconds=60), "F", "eu")]))
    assert calm(part, world.policy, world.now) is None
