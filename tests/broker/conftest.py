"""A region with workers; skipped, with the reason, where Celery or a Redis is missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("celery", reason="synthmon[celery] is not installed")

from tests.app.installation import Target
from tests.broker.redis import Redis
from tests.broker.world import Region


@pytest.fixture(autouse=True)
def quiet_scheduler() -> Iterator[None]:
    """An overrun is a row, and the tests look at those."""
    logger = logging.getLogger("apscheduler")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Callable[..., Region]]:
    made: list[Region | Redis] = []
    target = Target()

    def make(*, persistent: bool = False) -> Region:
        redis = Redis(tmp_path, persistent=persistent)
        made.append(redis)  # whatever becomes of the rest, it ends with the test
        world = Region(tmp_path, redis, target)
        made.append(world)
        return world

    yield make
    target.let_go.set()
    for one in reversed(made):
        one.close()
    target.close()
