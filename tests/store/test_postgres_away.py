"""A PostgreSQL server that is away or silent, and commits whose answer was lost: an error, no loss, and on it goes."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy import make_url

from synthmon.errors import StoreError
from synthmon.model.incident import Decision, Health, IncidentEvent
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.postgres import connections
from synthmon.store.sql import SqlStore
from tests.postgres import Shared, private_server
from tests.postgres_server import Server
from tests.store.beside import kept_slots, throw_out, until_it_works
from tests.store.between import Between
from tests.store.conftest import Opener
from tests.store.values import at, change, incident, owed, run

T = TypeVar("T")


@pytest.fixture(scope="module")
def unsteady() -> Iterator[Server]:
    """A server that may be stopped and frozen; each test leaves it running."""
    with private_server() as server:
        migrate.upgrade(server.url())
        yield server


@pytest.fixture
def on_unsteady(unsteady: Server) -> Iterator[SqlStore]:
    with unsteady.connect() as connection:
        connection.execute("DELETE FROM runs")
    store = open_store(unsteady.url())
    yield store
    store.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_goes_and_comes_back_loses_nothing(
    unsteady: Server, on_unsteady: SqlStore, how: signal.Signals
) -> None:
    store = on_unsteady
    store.keep([run(0)])
    unsteady.stop(how)
    for refused in (lambda: store.keep([run(60)]), store.run_rows, store.gather):
        with pytest.raises(StoreError) as told:
            refused()
        assert f"127.0.0.1:{unsteady.port}/postgres: the server" in str(told.value)
        assert told.value.hint is not None
        assert unsteady.password not in f"{told.value} {told.value.hint}"
    unsteady.start()
    assert 1 == until_it_works(lambda: store.keep([run(60)]))
    assert [0, 60] == kept_slots(store)


def test_a_server_that_is_refused_at_the_start_is_named(unsteady: Server) -> None:
    unsteady.stop()
    with pytest.raises(StoreError, match=r"the server does not answer: .*refused") as told:
        open_store(unsteady.url())
    assert unsteady.password not in str(told.value)
    unsteady.start()


def test_a_frozen_server_is_given_up_within_seconds(unsteady: Server, on_unsteady: SqlStore) -> None:
    store = on_unsteady
    store.keep([run(0)])
    store.run_rows()
    unsteady.freeze()
    try:
        with ThreadPoolExecutor() as pool:
            began = time.monotonic()
            waiting = [pool.submit(ask) for ask in (lambda: store.keep([run(60)]), store.run_rows, store.notes)]
            for future in waiting:
                with pytest.raises(StoreError, match=r"the server (is silent|does not answer)"):
                    future.result(60)
            assert time.monotonic() - began < 45
    finally:
        unsteady.thaw()
    assert until_it_works(lambda: store.keep([run(60)])) in {0, 1}
    assert [0, 60] == kept_slots(store)


def test_an_idle_connection_that_was_cut_is_replaced_without_a_word(
    opener: Opener, beside: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opener()
    store.keep([run(0)])
    store.run_rows()
    monkeypatch.setattr(connections, "IDLE", 0.0)
    monkeypatch.setattr("synthmon.store.postgres.database.IDLE", 0.0)
    throw_out(beside)
    assert 1 == len(store.run_rows())
    assert 1 == store.keep([run(60)])


def test_a_commit_whose_answer_was_lost_is_handed_in_again_and_nothing_doubles(
    postgres_server: Shared, postgres_url: str
) -> None:
    between = Between(postgres_server.port)
    store = open_store(make_url(postgres_url).set(port=between.port).render_as_string(hide_password=False))
    store.keep([run(0)])
    opened = incident()
    event = IncidentEvent(opened.id, at(0), "opened", "two runs in a row failed")
    decision = Decision(1, (), (opened,), (event,), (owed(opened),), (change(0, Health.DOWN),))
    writes: tuple[Callable[[], object], ...] = (
        lambda: store.keep([run(60), run(120)]),
        lambda: store.apply(decision),
        lambda: store.keep([run(180)]),
    )
    for number, write in enumerate(writes, 1):
        store.keep([run(0)])
        store.keep([run(0)])  # connected, and asked for what it needs: the next commit is the one in doubt
        between.commits_to_swallow = 1
        with pytest.raises(StoreError):
            write()
        assert number == between.swallowed
    assert (0, 0) == (store.keep([run(60), run(120)]), store.keep([run(180)]))
    assert [0, 60, 120, 180] == kept_slots(store)
    gathered = store.gather()  # the judge's next turn starts from what was committed
    assert ((run(60), run(120), run(180)), [opened]) == (gathered.runs, store.incidents())
    store.apply(Decision(gathered.watermark, incidents=(opened,), notifications=(owed(opened),)))
    assert (1, 1) == (len(store.deliveries()), len(store.events(opened.id)))
    store.close()
    between.close()


def test_a_connection_that_is_reset_at_any_moment_loses_nothing(postgres_server: Shared, postgres_url: str) -> None:
    between = Between(postgres_server.port)
    store = open_store(make_url(postgres_url).set(port=between.port).render_as_string(hide_password=False))
    ended = threading.Event()

    def cut_now_and_then() -> None:
        # At odd times, and now and then late enough for a slow machine: what needs longer than it ever gets cannot end.
        for pause in cycle((0.005, 0.05, 0.02, 0.1, 0.05, 0.4)):
            if ended.wait(pause):
                return
            between.cut()

    cutter = threading.Thread(target=cut_now_and_then)
    cutter.start()
    new = [until_it_works(lambda slot=slot: store.keep([run(slot)])) for slot in range(60)]  # type: ignore[misc]
    ended.set()
    cutter.join()
    assert list(range(60)) == until_it_works(lambda: kept_slots(store))
    assert set(new) <= {0, 1}
    store.close()
    between.close()


def test_a_database_put_back_to_an_older_state_is_asked_anew_for_what_documents_need(
    opener: Opener, beside: psycopg.Connection
) -> None:
    store = opener()
    store.keep([run(0)])
    beside.execute("DELETE FROM runs")
    beside.execute("DELETE FROM dictionaries")  # restored from a backup, or failed over without its last commits
    throw_out(beside)
    assert 1 == until_it_works(lambda: store.keep([run(60)]))
    assert 1 == until_it_works(lambda: store.keep([run(120)]))
    afterwards = opener()  # remembers nothing
    assert [run(60), run(120)] == [afterwards.run(run(slot).id) for slot in (60, 120)]
