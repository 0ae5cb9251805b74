"""A stop that waits for something which does not come is given up."""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from signal import SIGTERM
from typing import Any

import pytest
from structlog.typing import EventDict

from synthmon.cli import serving


class Asked:
    """Signals that have come."""

    endings = (SIGTERM,)

    def __init__(self) -> None:
        self._come: SimpleQueue[int] = SimpleQueue()
        self._come.put(SIGTERM)

    def next(self, seconds: float) -> int | None:
        return self._come.get(timeout=seconds)


class Hanging:
    """A role whose stop waits until somebody ends the process."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.codes: list[int] = []

    def stop(self) -> None:
        assert self.ended.wait(30)

    def end(self, code: int) -> None:
        self.codes.append(code)
        self.ended.set()


def test_a_stop_as_a_whole_has_its_time(monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]) -> None:
    role: Any = Hanging()
    asked: Any = Asked()
    monkeypatch.setattr(serving, "STOP_WITHIN", 0.05)
    monkeypatch.setattr(os, "_exit", role.end)
    serving.wait_for_the_end(role, asked, heap=None)  # type: ignore[arg-type]
    assert [serving.GIVEN_UP] == role.codes
    assert "stop.given_up" in [line["event"] for line in logs]
