"""A server to watch, receivers to tell, and an installation that does both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.alerting.receivers import Receiver, Reply
from tests.app.installation import Installation, Target


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def pager() -> Iterator[Receiver]:
    made = Receiver(Reply(202, "{}"))
    yield made
    made.close()


@pytest.fixture
def installation(tmp_path: Path, target: Target) -> Installation:
    return Installation(tmp_path, target.url)


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines
