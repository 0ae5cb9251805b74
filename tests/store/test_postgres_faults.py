"""A PostgreSQL server that is full, read-only or in the way: a clear error, no loss, and on it goes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from synthmon.errors import RefusedByStore, StoreError
from synthmon.model.incident import Decision, IncidentEvent
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.postgres import connections
from synthmon.store.sql import SqlStore
from synthmon.store.writer import one_by_one
from tests.postgres import private_server
from tests.store.beside import kept_slots, throw_out, until_it_works
from tests.store.conftest import Opener
from tests.store.values import at, run

T = TypeVar("T")


def test_a_server_set_to_read_only_refuses_writes_and_answers_questions(
    opener: Opener, beside: psycopg.Connection
) -> None:
    store = opener()
    store.keep([run(0)])
    name = beside.info.dbname
    beside.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    throw_out(beside)
    with pytest.raises(StoreError):  # whoever was in the middle of it
        store.keep([run(60)])
    with pytest.raises(StoreError, match="takes no writes: it is a standby, or set to read-only") as told:
        store.keep([run(60)])
    assert "25006" in str(told.value)
    assert [0] == until_it_works(lambda: kept_slots(store))
    beside.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    throw_out(beside)
    assert 1 == until_it_works(lambda: store.keep([run(60)]))


def test_a_server_without_a_free_connection_is_tried_again_until_there_is_one() -> None:
    with private_server(max_connections="4", superuser_reserved_connections="0", reserved_connections="0") as server:
        migrate.upgrade(server.url())
        taken = [server.connect() for _ in range(4)]
        with pytest.raises(StoreError, match="takes no more connections") as told:
            open_store(server.url())
        assert "max_connections" in str(told.value.hint)
        for connection in taken:
            connection.close()
        store = _opened(server.url())
        taken = [server.connect() for _ in range(2)]
        assert 1 == store.keep([run(0)])
        with ThreadPoolExecutor(8) as pool:  # more readers than there are connections: some are refused, none hang
            told_or_found = list(pool.map(lambda _: _answer(store), range(8)))
        assert {1} <= set(told_or_found) <= {1, "takes no more connections"}
        for connection in taken:
            connection.close()
        assert 1 == until_it_works(lambda: len(store.run_rows()))
        store.close()


def _opened(url: str) -> SqlStore:
    until = time.monotonic() + 30
    while True:
        try:
            return open_store(url)
        except StoreError:
            assert time.monotonic() < until


def _answer(store: SqlStore) -> int | str:
    try:
        return len(store.run_rows())
    except StoreError as error:
        return "takes no more connections" if "takes no more connections" in str(error) else str(error)


@pytest.mark.parametrize(
    ("setting", "match"),
    [("statement_timeout", "took too long"), ("lock_timeout", "held a lock for too long")],
)
def test_a_statement_that_waits_too_long_is_refused_and_the_next_goes_through(
    opener: Opener, beside: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, setting: str, match: str
) -> None:
    monkeypatch.setitem(connections._WRITING, setting, "200ms")
    store = opener()
    store.keep([run(0)])
    with beside.transaction():
        beside.execute("SELECT FROM counters FOR UPDATE")
        with pytest.raises(StoreError, match=match) as told:
            store.keep([run(60)])
        assert not isinstance(told.value, RefusedByStore)
        assert 1 == len(store.run_rows())  # nobody who reads waits for it
    assert 1 == store.keep([run(60)])


def test_two_transactions_that_wait_for_each_other_both_end_well(opener: Opener, beside: psycopg.Connection) -> None:
    store = opener()
    store.note("first", "")
    store.note("second", "")
    attempts = []
    half = threading.Event()

    def both(connection: Connection, _payload: None) -> None:
        attempts.append(1)
        connection.execute(text("UPDATE notes SET value = 'ours' WHERE name = 'first'"))
        half.set()
        if len(attempts) == 1:
            assert crossed.wait(30)
        connection.execute(text("UPDATE notes SET value = value || ' ours' WHERE name = 'second'"))

    crossed = threading.Event()
    assert store._writer is not None
    writer = store._writer
    with ThreadPoolExecutor() as pool:
        beside.execute("SET deadlock_timeout = '60s'")  # so that it is the store whom the server undoes
        with beside.transaction():
            beside.execute("UPDATE notes SET value = 'theirs' WHERE name = 'second'")
            done = pool.submit(writer.do, one_by_one(both), None)
            assert half.wait(30)
            crossed.set()
            beside.execute("UPDATE notes SET value = 'theirs' WHERE name = 'first'")
        done.result(60)
    assert {"first": "ours", "second": "theirs ours"} == store.notes()
    assert 1 < len(attempts) < 5


@pytest.mark.parametrize(("failures", "ends_well"), [(3, True), (4, False)])
def test_a_conflict_is_tried_again_a_bounded_number_of_times(opener: Opener, failures: int, ends_well: bool) -> None:
    store = opener()
    attempts = []

    def conflicting(connection: Connection, _payload: None) -> str:
        attempts.append(1)
        connection.execute(text("INSERT INTO notes VALUES ('tried', '')"))
        if len(attempts) <= failures:
            connection.execute(text("DO $$ BEGIN RAISE 'a conflict' USING ERRCODE = '40001'; END $$"))
        return "done"

    assert store._writer is not None
    if ends_well:
        assert "done" == store._writer.do(one_by_one(conflicting), None)
    else:
        with pytest.raises(StoreError, match=r"another transaction was in the way.*\(40001\)"):
            store._writer.do(one_by_one(conflicting), None)
    assert (4, ends_well) == (len(attempts), "tried" in store.notes())
    assert 1 == store.keep([run(0)])


def test_poison_is_refused_alone(opener: Opener) -> None:
    store = opener()
    stray = IncidentEvent("an incident of another world", at(0), "opened", "")
    with ThreadPoolExecutor() as pool:
        kept = [pool.submit(store.keep, [run(slot)]) for slot in range(20)]
        poison = pool.submit(store.apply, Decision(1, events=(stray,)))
        assert [1] * 20 == [future.result() for future in kept]
        with pytest.raises(RefusedByStore):
            poison.result()
