"""Receivers that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme

from synthmon.alerting import bounded
from tests.alerting.receivers import Receiver, Reply


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    opened: list[Receiver] = []

    def open_it(*replies: Reply, **options: Any) -> Receiver:
        opened.append(Receiver(*replies, **options))
        return opened[-1]

    yield open_it
    for one in opened:
        one.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt is given up after half a second instead of ten."""
    monkeypatch.setattr(bounded, "WITHIN", 0.5)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()
