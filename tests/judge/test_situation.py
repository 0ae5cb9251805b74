"""What is believed is the same for the judge, however it is handed over: as it was read, or by probe."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from synthmon.judge.situation import Believed, Situation, split
from synthmon.model.incident import HealthChange, RegionState
from tests import making
from tests.judge.world import World, regions, run

PLACES = ("eu", "us")


def by_probe(situation: Situation) -> Situation:
    states: dict[str, dict[str, RegionState]] = {}
    health: dict[str, dict[str | None, HealthChange]] = {}
    for state in situation.states:
        states.setdefault(state.probe, {})[state.region] = state
    for (probe, region), change in situation.health.items():
        health.setdefault(probe, {})[region] = change
    return replace(situation, states=(), health={}, believed=Believed(states, health))


def test_what_is_believed_by_probe_is_split_as_what_was_read_is() -> None:
    chance = Random(5)
    shop = making.probe("shop", regions=regions(*PLACES))
    world = World(shop, making.probe("checkout", regions=regions(*PLACES), depends_on=("shop",)))
    kinds = set()
    for minute in range(60):
        world.now = making.at(60.0 * minute)
        runs = [
            run(world.now, chance.choice("PPPFF"), region, name=name)
            for name in ("shop", "checkout")
            for region in PLACES
            if chance.random() < 0.6
        ]
        for sweep in (False, True):
            situation = world.situation(runs, sweep=sweep)
            parts = split(situation)
            assert parts == split(by_probe(situation))
            kinds |= {(bool(part.doubted), bool(part.parents), bool(part.states)) for part in parts}
        world.turn(runs, world.now)
        if minute == 40:
            del world.probes["shop"]
    assert {(True, True, True), (False, False, True), (False, True, True)} <= kinds
