"""Results wait out a database that is away, and are acknowledged after they are durable."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from synthmon.agent.keeper import Keeper
from synthmon.errors import RefusedByStore, StoreError
from synthmon.model.run import RunResult
from tests.making import at, run


class Shelf:
    """Keeps results, and refuses for as long as it is told to."""

    def __init__(self) -> None:
        self.results: list[RunResult] = []
        self.refusals = 0
        self.poison: RunResult | None = None
        self.error: Exception = RefusedByStore("duration is null")
        self.changed = threading.Event()

    def keep(self, results: Sequence[RunResult]) -> int:
        if self.refusals:
            self.refusals -= 1
            raise StoreError("the disk is full")
        if self.poison in results:
            raise self.error
        self.results.extend(results)
        self.changed.set()
        return len(results)


def test_a_result_is_acknowledged_after_it_is_kept() -> None:
    shelf, told = Shelf(), threading.Event()
    keeper = Keeper(shelf.keep, told.set)
    with capture_logs() as logs:
        keeper.start()
        result = run()
        keeper.take(result)
        assert told.wait(5)
        assert keeper.close(5) == 0
    assert [result] == shelf.results
    assert [("run.kept", result.id)] == [(entry["event"], entry["run"]) for entry in logs]


def test_while_the_store_refuses_results_wait_and_their_order_stays() -> None:
    shelf = Shelf()
    shelf.refusals = 3
    keeper = Keeper(shelf.keep, lambda: None, retry_after=0.01)
    results = [run(at(60 * index)) for index in range(5)]
    with capture_logs() as logs:
        for result in results:
            keeper.take(result)
        keeper.start()
        assert shelf.changed.wait(5)
        assert keeper.close(5) == 0
    assert results == shelf.results
    assert keeper.last_error is None
    assert "run.not_kept" in [entry["event"] for entry in logs]


def test_what_does_not_fit_any_more_is_counted_and_said() -> None:
    keeper = Keeper(Shelf().keep, lambda: None, most_waiting=2)
    with capture_logs() as logs:
        for index in range(3):
            keeper.take(run(at(60 * index)))
    assert (2, 1) == (keeper.waiting, keeper.dropped)
    assert ["run.dropped"] == [entry["event"] for entry in logs]


def test_closing_keeps_what_still_waits_and_says_what_could_not_be_kept() -> None:
    shelf = Shelf()
    shelf.refusals = 10**9
    keeper = Keeper(shelf.keep, lambda: None, retry_after=0.01)
    with capture_logs():
        keeper.take(run())
        keeper.start()
        assert keeper.close(0.2) == 1
        shelf.refusals = 0
        assert shelf.changed.wait(5)


@pytest.mark.parametrize("error", [RefusedByStore("duration is null"), TypeError("a defect")])
def test_a_result_that_nobody_can_keep_holds_up_no_other(error: Exception) -> None:
    shelf = Shelf()
    shelf.error = error
    keeper = Keeper(shelf.keep, lambda: None, retry_after=0.01)
    results = [run(at(60 * index)) for index in range(3)]
    shelf.poison = results[1]
    with capture_logs() as logs:
        for result in results:
            keeper.take(result)
        keeper.start()
        assert keeper.close(5) == 0
    assert [results[0], results[2]] == shelf.results
    assert [results[1].id] == [entry["run"] for entry in logs if entry["event"] == "run.dropped"]
    assert (1, None) == (keeper.dropped, keeper.last_error)


def test_a_result_refused_alone_waits_until_another_shows_that_the_store_works() -> None:
    shelf, refused = Shelf(), threading.Event()
    keeper = Keeper(shelf.keep, lambda: None, retry_after=0.01)
    shelf.poison = run(at(0))
    shelf.error = Signalling(refused)
    with capture_logs():
        keeper.start()
        keeper.take(shelf.poison)
        assert refused.wait(5)
        assert (0, True) == (keeper.dropped, keeper.lives)
        keeper.take(run(at(60)))
        assert shelf.changed.wait(5)
        assert keeper.close(5) == 0
    assert 1 == keeper.dropped


class Signalling(RefusedByStore):
    """Says that it was raised."""

    def __init__(self, raised: threading.Event) -> None:
        super().__init__("refused")
        self._raised = raised

    def __str__(self) -> str:
        self._raised.set()
        return super().__str__()
