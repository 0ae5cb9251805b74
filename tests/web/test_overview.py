"""What the pages say of each region of a probe: nothing is called up before a run was judged."""

from __future__ import annotations

from synthmon.model.incident import Decision, RegionPhase, RegionState
from synthmon.store.memory import MemoryStore
from synthmon.web.overview import overview
from tests.making import NOON, probe


def test_a_region_whose_data_is_only_waited_for_is_not_called_up() -> None:
    """An alert on missing data counts from when it was declared, and so has a state before the first run."""
    store = MemoryStore()
    store.apply(Decision(0, states=(RegionState("checkout", "local", watched_since=NOON),)))
    (line,) = overview(store, {"checkout": probe()}, NOON)
    assert [(RegionPhase.NEW, "no run yet")] == [(cell.phase, cell.words) for cell in line.cells]
