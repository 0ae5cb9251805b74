"""A PostgreSQL server that is away, silent, full, read-only or in the way: a clear error, no loss, and on it goes."""

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
from sqlalchemy import make_url, text
from sqlalchemy.engine import Connection
from structlog.testing import capture_logs

from synthmon.errors import ConfigurationError, RefusedByStore, StoreError
from synthmon.model.incident import Decision, Health, IncidentEvent
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.postgres import address, connections
from synthmon.store.postgres.faults import fault_of
from synthmon.store.sql import SqlStore
from synthmon.store.writer import one_by_one
from tests.postgres import Shared, private_server
from tests.postgres_server import Server
from tests.store.between import Between
from tests.store.conftest import Opener
from tests.store.values import DAY, MIDNIGHT, at, change, incident, owed, run

T = TypeVar("T")


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.fixture
def beside(postgres_url: str) -> Iterator[psycopg.Connection]:
    """The superuser's own session in the same database."""
    with psycopg.connect(_plain(postgres_url), autocommit=True) as connection:
        yield connection


@pytest.fixture
def opener(postgres_url: str) -> Iterator[Opener]:
    opener = Opener(postgres_url)
    yield opener
    opener.close()


def _until_it_works(work: Callable[[], T], patience: float = 60) -> T:
    """What a keeper of results does: hand the same in again until it is taken."""
    until = time.monotonic() + patience
    while True:
        try:
            return work()
        except StoreError:
            assert time.monotonic() < until
            time.sleep(0.05)


def _throw_out(beside: psycopg.Connection) -> None:
    beside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


def _kept(store: SqlStore) -> list[float]:
    return [(result.key.slot - MIDNIGHT).total_seconds() for result in store.runs(MIDNIGHT, MIDNIGHT + DAY)]


# Away


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
    assert 1 == _until_it_works(lambda: store.keep([run(60)]))
    assert [0, 60] == _kept(store)


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
    assert _until_it_works(lambda: store.keep([run(60)])) in {0, 1}
    assert [0, 60] == _kept(store)


def test_an_idle_connection_that_was_cut_is_replaced_without_a_word(
    opener: Opener, beside: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opener()
    store.keep([run(0)])
    store.run_rows()
    monkeypatch.setattr(connections, "IDLE", 0.0)
    monkeypatch.setattr("synthmon.store.postgres.database.IDLE", 0.0)
    _throw_out(beside)
    assert 1 == len(store.run_rows())
    assert 1 == store.keep([run(60)])


# In doubt


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
    assert [0, 60, 120, 180] == _kept(store)
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
    new = [_until_it_works(lambda slot=slot: store.keep([run(slot)])) for slot in range(60)]  # type: ignore[misc]
    ended.set()
    cutter.join()
    assert list(range(60)) == _until_it_works(lambda: _kept(store))
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
    _throw_out(beside)
    assert 1 == _until_it_works(lambda: store.keep([run(60)]))
    assert 1 == _until_it_works(lambda: store.keep([run(120)]))
    afterwards = opener()  # remembers nothing
    assert [run(60), run(120)] == [afterwards.run(run(slot).id) for slot in (60, 120)]


# Refusing


def test_a_server_set_to_read_only_refuses_writes_and_answers_questions(
    opener: Opener, beside: psycopg.Connection
) -> None:
    store = opener()
    store.keep([run(0)])
    name = beside.info.dbname
    beside.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    _throw_out(beside)
    with pytest.raises(StoreError):  # whoever was in the middle of it
        store.keep([run(60)])
    with pytest.raises(StoreError, match="takes no writes: it is a standby, or set to read-only") as told:
        store.keep([run(60)])
    assert "25006" in str(told.value)
    assert [0] == _until_it_works(lambda: _kept(store))
    beside.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    _throw_out(beside)
    assert 1 == _until_it_works(lambda: store.keep([run(60)]))


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
        assert 1 == _until_it_works(lambda: len(store.run_rows()))
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


# Who, where, and how it is said


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"password": "hunter2-wrong"}, "the server refuses this user"),
        ({"database": "nowhere"}, "there is no such database"),
        ({"port": 1}, "the server does not answer"),
        ({"host": "no.such.host.invalid"}, "the server does not answer"),
        ({"query": {"sslmode": "require"}}, "the server does not speak TLS"),
        ({"query": {"no_such_option": "1"}}, "refused"),
    ],
)
def test_an_address_that_leads_nowhere_is_an_error_without_its_password(
    postgres_url: str, change: dict[str, str | int], match: str
) -> None:
    url = make_url(postgres_url).set(**change)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match=match) as told:
        open_store(url.render_as_string(hide_password=False))
    said = f"{told.value} {told.value.hint}"
    assert str(url.password) not in said
    assert said.startswith(address.shown(url))


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ('root certificate file "/x/ca.pem" does not exist', "certificate was not accepted"),
        ("SSL error: certificate verify failed", "certificate was not accepted"),
        ('database "x" does not exist', "no such database"),
        ("sorry, too many clients already", "takes no more connections"),
        ("the database system is starting up", "starting or shutting down"),
        ('password authentication failed for user "x"', "refuses this user"),
        ("connection to server at 10.0.0.1 failed: Connection timed out", "does not answer"),
    ],
)
def test_what_the_driver_says_without_a_code_is_told_apart(said: str, what: str) -> None:
    fault = fault_of(psycopg.OperationalError(said))
    assert fault is not None
    assert (True, True) == (what in fault.what, fault.away)


@pytest.mark.parametrize(
    "where",
    ["postgresql+psycopg://u:hunter2@host:port/db", "postgresql://u:hunter2@[::1/db", "postgresql://u:hunter2@h"],
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(where: str) -> None:
    with pytest.raises(ConfigurationError, match="the address of the PostgreSQL database") as told:
        open_store(where)
    assert "hunter2" not in f"{told.value} {told.value.hint}"


@pytest.mark.parametrize(
    ("where", "mode"),
    [
        ("postgresql://u@db.example.com/x", "verify-full"),
        ("postgresql://u@10.0.0.7/x", "verify-full"),
        ("postgresql://u@/x?host=10.0.0.7", "verify-full"),
        ("postgresql://u@db.example.com/x?sslmode=disable", "disable"),
        ("postgresql://u@localhost/x", None),
        ("postgresql://u@127.0.0.3/x", None),
        ("postgresql://u@[::1]/x", None),
        ("postgresql://u@/x?host=/run/postgresql", None),
    ],
)
def test_a_server_elsewhere_must_prove_who_it_is(where: str, mode: str | None) -> None:
    assert mode == address.read(where).query.get("sslmode")


def test_a_commit_waits_for_the_disk_whatever_the_server_is_set_to(opener: Opener, beside: psycopg.Connection) -> None:
    beside.execute(f"ALTER DATABASE {beside.info.dbname} SET synchronous_commit = off")
    store = opener()
    assert store._writer is not None
    shown = one_by_one(lambda connection, _: connection.scalar(text("SHOW synchronous_commit")))
    assert "on" == store._writer.do(shown, None)


def test_a_server_that_syncs_nothing_is_named_in_the_log(opener: Opener) -> None:
    with capture_logs() as lines:
        opener()
    # other threads of this process may have something to say meanwhile
    assert 1 == [line["event"] for line in lines].count("store.not_durable")


def test_readers_cannot_write_and_see_one_state_throughout(opener: Opener, beside: psycopg.Connection) -> None:
    store = opener()
    with store._reading() as connection:
        assert 0 == connection.scalar(text("SELECT count(*) FROM notes"))
        beside.execute("INSERT INTO notes VALUES ('new', '')")
        assert 0 == connection.scalar(text("SELECT count(*) FROM notes"))
    with pytest.raises(StoreError, match="read-only"), store._reading() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('mine', '')"))
    assert {"new": ""} == store.notes()
