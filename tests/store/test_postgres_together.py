"""Several replicas of the centre on one PostgreSQL: numbers in order, claims apart, nothing undone, nobody held up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import Connection

from synthmon.errors import StoreError
from synthmon.model.agent import Consigned, Consignment
from synthmon.model.incident import Decision, IncidentStatus
from synthmon.store import outbox
from synthmon.store.counting import Counter, take
from synthmon.store.keeping import Incoming
from synthmon.store.postgres import connections
from synthmon.store.sql import SqlStore
from synthmon.store.writer import one_by_one
from tests.store.conftest import Opener
from tests.store.values import DAY, MIDNIGHT, at, incident, missed, owed, run, version


@pytest.fixture
def open_replica(postgres_url: str) -> Iterator[Opener]:
    opener = Opener(postgres_url)
    yield opener
    opener.close()


@pytest.fixture
def other(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A transaction of somebody else's, held open for as long as a test likes."""
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        yield connection
        connection.rollback()


class Held:
    """Work of a replica that stays in the middle of its transaction until it is let go."""

    def __init__(self, store: SqlStore, first: Callable[[Connection], Any]) -> None:
        self._entered, self._let_go = threading.Event(), threading.Event()
        assert store._writer is not None
        writer = store._writer

        def work(connection: Connection, _payload: None) -> None:
            first(connection)
            self._entered.set()
            assert self._let_go.wait(30)

        def call() -> None:
            try:
                writer.do(one_by_one(work), None)
            except StoreError as refused:
                self.errors.append(refused)

        self.errors: list[StoreError] = []
        self._thread = threading.Thread(target=call)
        self._thread.start()
        assert self._entered.wait(30)

    def let_go(self) -> StoreError | None:
        """End it; what its caller was told."""
        self._let_go.set()
        self._thread.join(30)
        return self.errors[0] if self.errors else None


def _waits(address: str, pool: ThreadPoolExecutor, work: Callable[[], Any]) -> Future[Any]:
    """Start it, and return once a session of the server waits for a lock on its behalf."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as look:
        before = look.execute(waiting).fetchone()
        future = pool.submit(work)
        while look.execute(waiting).fetchone() == before:
            assert not future.done(), future.result()
    return future


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as executor:
        yield executor


def test_a_higher_number_is_never_seen_before_a_lower_one(
    open_replica: Opener, pool: ThreadPoolExecutor, postgres_url: str
) -> None:
    slow, quick, judge = open_replica(), open_replica(), open_replica()
    quick.keep([run(0)])
    slow.keep([run(1)])  # both know what they need to know
    mark = judge.gather().watermark
    held = Held(slow, lambda connection: slow._keep_runs(connection, [[Incoming(run(60))]]))
    kept = _waits(postgres_url, pool, lambda: quick.keep([run(120)]))
    assert mark == judge.gather().watermark  # neither can be seen, so nobody moves on behind the lower number
    assert held.let_go() is None
    assert 1 == kept.result(30)
    judge.apply(Decision(mark))
    gathered = judge.gather()
    assert ((run(60), run(120)), mark + 2) == (gathered.runs, gathered.watermark)


def test_a_number_that_was_taken_back_is_given_to_the_next(open_replica: Opener) -> None:
    first, second = open_replica(), open_replica()

    def fails(connection: Connection, _payload: None) -> None:
        take(connection, Counter.ARRIVAL, 5)
        raise ZeroDivisionError("after it had taken numbers")

    assert first._writer is not None
    with pytest.raises(StoreError, match="after it had taken"):
        first._writer.do(one_by_one(fails), None)
    second.keep([run(0)])
    assert 1 == second.gather().watermark


def test_a_judge_who_reads_on_while_replicas_write_at_once_misses_nothing(
    open_replica: Opener, pool: ThreadPoolExecutor
) -> None:
    writers, judge = [open_replica() for _ in range(3)], open_replica()
    judged: list[str] = []
    ended = threading.Event()

    def write(place: int) -> int:
        """Every run is delivered to two of the three replicas."""
        slots = [slot for slot in range(180) if slot % 3 != place]
        return sum(writers[place].keep([run(slot)]) for slot in slots)

    def turn() -> int:
        gathered = judge.gather(limit=7)
        judged.extend(result.id for result in gathered.runs)
        judge.apply(Decision(gathered.watermark))
        return len(gathered.runs)

    def read_on() -> None:
        while not ended.is_set():
            turn()
        while turn():
            pass

    reading = pool.submit(read_on)
    new = [pool.submit(write, place) for place in range(3)]
    assert 180 == sum(future.result(120) for future in new)
    ended.set()
    reading.result(60)
    assert sorted(judged) == sorted(run(slot).id for slot in range(180))
    assert 180 == len(judge.run_rows())


def test_where_nothing_counts_any_more_nothing_is_acknowledged(open_replica: Opener, other: psycopg.Connection) -> None:
    store = open_replica()
    store.keep([run(0)])
    other.execute("DELETE FROM counters")
    other.commit()
    with pytest.raises(StoreError):
        store.keep([run(60)])
    assert [run(0).id] == [row.id for row in store.run_rows()]


def test_a_slot_is_not_noted_as_missed_while_its_run_is_being_kept(
    open_replica: Opener, pool: ThreadPoolExecutor, postgres_url: str
) -> None:
    keeping, noting = open_replica(), open_replica()
    keeping.keep([run(0)])
    held = Held(keeping, lambda connection: keeping._keep_runs(connection, [[Incoming(run(60))]]))
    noted = _waits(postgres_url, pool, lambda: noting.note_missed([missed(60), missed(120)]))
    assert held.let_go() is None
    assert 1 == noted.result(30)
    assert [missed(120)] == noting.missed(MIDNIGHT, MIDNIGHT + DAY)


def test_a_notification_that_is_being_claimed_is_passed_over_by_others(open_replica: Opener) -> None:
    first, second = open_replica(), open_replica()
    about = [incident(seconds, probe=f"probe-{seconds}") for seconds in range(4)]
    first.apply(Decision(0, incidents=tuple(about), notifications=tuple(owed(one) for one in about)))
    claimed: list[Any] = []
    held = Held(first, lambda connection: claimed.extend(_claim(connection, 2)))
    others = second.claim(at(10), 60)
    assert held.let_go() is None
    names = [[delivery.notification.message.probe for delivery in found] for found in (claimed, others)]
    assert [["probe-0", "probe-1"], ["probe-2", "probe-3"]] == names
    assert [] == first.claim(at(11), 60)


def _claim(connection: Connection, limit: int) -> list[Any]:
    (found,) = outbox.claim(connection, [outbox.Claim(at(10), 60, limit)])
    return found


def test_senders_that_claim_at_once_never_get_the_same(open_replica: Opener, pool: ThreadPoolExecutor) -> None:
    stores = [open_replica() for _ in range(3)]
    about = [incident(number, probe=f"probe-{number}") for number in range(60)]
    stores[0].apply(Decision(0, incidents=tuple(about), notifications=tuple(owed(one) for one in about)))

    def send(store: SqlStore) -> list[str]:
        sent = []
        while claimed := store.claim(at(100), 60, limit=3):
            for delivery in claimed:
                sent.append(delivery.notification.id)
                store.delivered(delivery.notification.id, at(101))
        return sent

    sent = [one for found in pool.map(send, stores) for one in found]
    assert sorted(sent) == sorted(owed(one).id for one in about)
    assert 0 == stores[0].owed()


def test_an_acknowledgement_in_the_middle_of_a_turn_is_not_undone(
    open_replica: Opener, pool: ThreadPoolExecutor, postgres_url: str, other: psycopg.Connection
) -> None:
    judge, page = open_replica(), open_replica()
    opened = incident()
    judge.apply(Decision(0, incidents=(opened,)))
    other.execute("SELECT FROM incidents FOR UPDATE")
    acknowledged = _waits(postgres_url, pool, lambda: page.acknowledge(opened.id, "ana", at(30)))
    applied = _waits(postgres_url, pool, lambda: judge.apply(Decision(0, incidents=(opened,))))
    other.rollback()
    assert acknowledged.result(30)
    applied.result(30)
    (kept,) = judge.incidents()
    assert (IncidentStatus.ACKNOWLEDGED, "ana") == (kept.status, kept.acknowledged_by)


def test_replicas_that_load_the_same_files_record_them_once(open_replica: Opener, pool: ThreadPoolExecutor) -> None:
    stores = [open_replica() for _ in range(4)]
    loaded = [version("checkout"), version("login")]
    list(pool.map(lambda store: store.record_versions(loaded, MIDNIGHT), stores))
    assert ["checkout", "login"] == [kept.probe for kept in stores[0].versions()]


def test_a_replica_that_stands_still_in_the_middle_of_a_transaction_keeps_no_other_from_writing(
    open_replica: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections._WRITING, "idle_in_transaction_session_timeout", "300ms")
    frozen, other = open_replica(), open_replica()
    frozen.keep([run(0)])
    other.keep([run(1)])
    held = Held(frozen, lambda connection: frozen._keep_runs(connection, [[Incoming(run(60))]]))
    assert 1 == other.keep([run(120)])
    assert "ended a transaction that stood still" in str(held.let_go())
    assert [run(0), run(1), run(120)] == list(other.runs(MIDNIGHT, MIDNIGHT + DAY))
    assert 1 == frozen.keep([run(60)])


def test_a_spools_mark_does_not_go_back_when_an_older_delivery_ends_later(open_replica: Opener) -> None:
    first, second = open_replica(), open_replica()
    records = tuple(Consigned(seq, run(seq)) for seq in (1, 2, 3))
    assert 3 == first.take(Consignment("spool", "local", 0, records)).durable
    assert 3 == second.take(Consignment("spool", "local", 0, records[:1])).durable
    assert 3 == first.durable("spool", "local")
