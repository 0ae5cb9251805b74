"""The simulation is worth what it finds: each planted defect is found by some world, and by an invariant's name."""

from __future__ import annotations

import pytest

from tests.simulation.defects import DEFECTS
from tests.simulation.living import live

BUDGET = 60  # worlds
FOUND_BY: dict[str, int] = {}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`FOUND_BY` only saves time: the worlds after it are tried if it finds nothing any more."""
    DEFECTS[name](monkeypatch)

    seeds = [FOUND_BY.get(name, 0), *range(BUDGET)]
    assert any(live(seed).broken for seed in seeds)
