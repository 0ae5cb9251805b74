"""Who looks after regions has stood still, and goes on."""

from __future__ import annotations

from synthmon.centre.caretaker import Caretaker
from synthmon.judge.silent import Voice
from synthmon.model.incident import RegionState
from synthmon.store.memory import MemoryStore
from tests.judge.world import World, regions, run
from tests.making import at, probe

PROBE = probe(interval=10.0, regions=regions("local"))
STALE = 2 * 10 + 10 + 5


def looks(*seconds: float) -> list[int]:
    """How many troubles there are at each look; the probe's only slot came at 0."""
    world = World(PROBE)
    world.turn([run(at(0), "P", "local")])
    states: dict[tuple[str, str], RegionState] = dict(world.states)
    caretaker = Caretaker(MemoryStore(), lambda *_: None, lambda _, now: {"local": Voice(now, now)})
    return [len(caretaker.look({"checkout": PROBE}, states, (), at(each)).troubles) for each in seconds]


def test_a_process_that_stood_still_gives_what_fell_due_meanwhile_as_long_to_come() -> None:
    steady = [float(second) for second in range(STALE + 3)]
    assert [0] * (STALE + 2) + [1] == looks(*steady)
    assert [0, 0, 0, 0, 0] == looks(0, 1, 12, STALE + 3, STALE + 4)
    assert [0, 0, 0, 0, 1] == looks(0, 1, 12, STALE + 3, STALE + 30)
