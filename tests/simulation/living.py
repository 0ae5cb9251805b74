"""One world lived to its end and judged, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.checks import Broken, Watch
from tests.simulation.ending import at_the_end, detection
from tests.simulation.plan import draw
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Life:
    """`broken` is the first invariant that did not hold, or None."""

    seed: int
    digest: str
    broken: str | None
    runs: int
    turns: int
    deaths: int
    pages: int
    without_outage: int
    outages: int = 0
    not_held: int = 0
    crashed: bool = False  # it was not an invariant that broke, but the code that was tried


def live(seed: int) -> Life:
    """The life of that seed. What the code under test raises by itself is a finding as well."""
    world = World(draw(seed))
    watch = Watch(world)
    broken, outages, not_held, crashed = None, 0, 0, False
    try:
        world.run()
        at_the_end(watch)
        found = detection(watch)
        outages, not_held = found.checked, found.not_held
    except Broken as error:
        broken = str(error)
    except Exception as error:  # noqa: BLE001 - whatever a planted or a real defect raises
        broken, crashed = f"seed {seed}, {world.at / 1000:.3f} s: {type(error).__name__}: {error}", True
    return Life(
        seed,
        world.digest,
        broken,
        world.runs,
        world.turns,
        world.deaths,
        watch.pages,
        watch.false_pages,
        outages,
        not_held,
        crashed,
    )
