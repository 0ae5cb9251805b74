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
def quiet_scheduler() -> None:
    """An overrun is a row, and the tests look at those."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Callable[..., Region]]:
    made: list[Region] = []
    target = Target()

    def make(*, persistent: bool = False) -> Region:
        made.append(Region(tmp_path, Redis(tmp_path, persistent=persistent), target))
        return made[-1]

    yield make
    target.let_go.set()
    for one in made:
        one.close()
    target.close()
