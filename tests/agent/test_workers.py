"""Threads that walk runs: how many there are, who works first, and what if the system lets none be started."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from synthmon.agent.workers import Workers


def wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.002)


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


def test_who_rested_last_works_first_and_those_that_nobody_needs_end() -> None:
    workers, seen = Workers(8, rest=0.05), list[str]()
    together = threading.Barrier(4)

    def meet() -> None:
        together.wait(10)
        seen.append(threading.current_thread().name)

    workers.give([meet] * 4)
    wait_until(lambda: len(seen) == 4 and len(workers._resting) == 4)
    for _ in range(20):
        done = threading.Event()

        def alone(done: threading.Event = done) -> None:
            seen.append(threading.current_thread().name)
            done.set()

        workers.give([alone])
        assert done.wait(10)
        wait_until(lambda: bool(workers._resting))
    assert len(set(seen[:4])) == 4
    assert len(set(seen[4:])) == 1
    wait_until(lambda: not workers._alive)
    workers.shutdown(wait=True)


def test_there_are_never_more_threads_than_may_be_and_none_is_left_out() -> None:
    workers, done, most = Workers(3, rest=0.0), list[int](), list[int]()
    for start in range(0, 3000, 3):
        workers.give([lambda number=number: done.append(number) for number in range(start, start + 3)])  # type: ignore[misc]
        most.append(len(workers._alive))
    wait_until(lambda: len(done) == 3000)
    assert max(most) <= 3
    assert sorted(done) == list(range(3000))
    workers.shutdown(wait=True)


def test_what_waits_is_not_begun_after_the_end() -> None:
    workers, done, begun, go_on = Workers(1), list[str](), threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        go_on.wait(10)
        done.append("first")

    workers.give([first, lambda: done.append("second")])
    assert begun.wait(10)
    workers.shutdown(wait=False)
    go_on.set()
    workers.shutdown(wait=True)
    workers.give([lambda: done.append("third")])
    assert done == ["first"]
    assert not workers._alive


def test_one_call_that_breaks_takes_no_thread_from_the_others() -> None:
    workers, done = Workers(1), threading.Event()

    def broken() -> None:
        raise ValueError("a defect")

    workers.give([broken, done.set])
    assert done.wait(10)
    workers.shutdown(wait=True)


def test_what_waits_behind_one_that_takes_long_is_begun_by_another() -> None:
    workers, done, go_on = Workers(3), threading.Event(), threading.Event()
    workers.give([lambda: bool(go_on.wait(10)), lambda: bool(go_on.wait(10)), done.set])  # type: ignore[list-item]
    assert done.wait(10)
    go_on.set()
    workers.shutdown(wait=True)


def test_nobody_else_is_set_to_work_while_those_at_work_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    workers, looks = Workers(9), list[int]()

    def late() -> float:
        looks.append(workers._gone_on)
        workers._gone_on += len(looks) < 4
        return 0.0

    monkeypatch.setattr("synthmon.agent.workers._late", late)
    workers._line.append(lambda: None)
    workers._pause()
    assert looks == [0, 1, 2, 3]


def test_who_takes_the_next_call_when_one_is_done_goes_on_and_who_rested_does_not() -> None:
    workers, done = Workers(1), list[int]()
    workers.give([lambda: done.append(1)] * 10)
    wait_until(lambda: len(done) == 10 and bool(workers._resting))
    workers.give([lambda: done.append(1)])
    wait_until(lambda: len(done) == 11)
    assert workers._gone_on == 9
    workers.shutdown(wait=True)
