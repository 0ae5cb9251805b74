"""Threads that walk runs, where the system lets none be started for a while."""

from __future__ import annotations

import threading

import pytest

from synthmon.agent.workers import Workers


def test_what_waited_while_no_thread_could_be_started_is_done_when_one_can(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    workers, done, last = Workers(2), list[int](), threading.Event()
    with monkeypatch.context() as refusing:
        refusing.setattr(threading.Thread, "start", refuse)
        for number in range(5):  # more often than there may be threads
            workers.give([lambda number=number: done.append(number)])  # type: ignore[misc]
        workers.grow(3)
        workers.give([lambda: done.append(5)])
    workers.give([last.set])
    assert last.wait(10)
    workers.shutdown(wait=True)
    assert sorted(done) == [0, 1, 2, 3, 4, 5]
