"""A target, and a world of a centre and agents around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.installation import Target
from tests.regions.world import World


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path, target: Target) -> World:
    made = World(tmp_path, target.url)
    made.centre.add("shop", "/shop", more="regions: [eu, us]\n")
    return made
