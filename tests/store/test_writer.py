"""The one thread that writes: commits are shared, poison is alone, trouble with the file passes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from synthmon.errors import StoreError
from synthmon.store.sql import SqlStore
from synthmon.store.sqlite import connections
from synthmon.store.sqlite.database import Sqlite
from synthmon.store.writer import Work, Writer, one_by_one
from tests.store.conftest import Opener
from tests.store.values import run


@pytest.fixture
def writer(database: Path) -> Iterator[Writer]:
    writer = Writer(Sqlite(database), lambda connection: None)
    yield writer
    writer.close()


class Gate:
    """Work that keeps the writer busy until it is let go, so that what comes meanwhile becomes one batch."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._entered, self._let_go = writer, threading.Event(), threading.Event()
        self._callers: list[threading.Thread] = []
        self.answers: dict[int, Any] = {}
        self._start(-1, one_by_one(self._hold), None)
        assert self._entered.wait(10)

    def _hold(self, _connection: Connection, _payload: None) -> None:
        self._entered.set()
        self._let_go.wait(10)

    def _start(self, place: int, work: Work[Any, Any], payload: Any) -> None:
        def call() -> None:
            try:
                self.answers[place] = self._writer.do(work, payload)
            except Exception as error:  # noqa: BLE001 - what the caller was told is what the test looks at
                self.answers[place] = error

        self._callers.append(threading.Thread(target=call))
        self._callers[-1].start()

    def ask(self, place: int, work: Work[Any, Any], payload: Any) -> None:
        """Hand in work, behind all that was handed in before."""
        waiting = self._writer._queue.qsize()
        self._start(place, work, payload)
        while self._writer._queue.qsize() == waiting:
            threading.Event().wait(0.001)

    def open(self) -> dict[int, Any]:
        self._let_go.set()
        for caller in self._callers:
            caller.join(10)
        return self.answers


def _note(connection: Connection, payload: tuple[str, str]) -> str:
    connection.execute(
        text("INSERT INTO notes VALUES (:name, :value)"), dict(zip(("name", "value"), payload, strict=True))
    )
    return payload[0]


note = one_by_one(_note)


def _names(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM notes ORDER BY name")]
    connection.close()
    return names


def test_callers_who_wait_together_share_one_piece_of_work_and_each_gets_its_own_answer(writer: Writer) -> None:
    sizes: list[int] = []

    def double(_connection: Connection, payloads: Sequence[int]) -> list[int]:
        sizes.append(len(payloads))
        return [2 * payload for payload in payloads]

    gate = Gate(writer)
    for number in range(5):
        gate.ask(number, double, number)
    answers = gate.open()
    assert ([5], [0, 2, 4, 6, 8]) == (sizes, [answers[number] for number in range(5)])


def test_work_that_fails_by_itself_spoils_no_other_work_of_its_batch(writer: Writer, database: Path) -> None:
    gate = Gate(writer)
    for place, name in enumerate(["a", "b", "a", "c"]):
        gate.ask(place, note, (name, ""))
    answers = gate.open()
    assert ["a", "b", "c"] == [answers[place] for place in (0, 1, 3)]
    assert isinstance(answers[2], StoreError)
    assert "UNIQUE" in str(answers[2])
    assert ["a", "b", "c"] == _names(database)


def test_an_error_of_the_work_itself_is_told_as_a_store_error_with_its_cause(writer: Writer) -> None:
    def broken(_connection: Connection, _payload: None) -> None:
        raise ZeroDivisionError("a bug")

    with pytest.raises(StoreError, match="a bug") as told:
        writer.do(one_by_one(broken), None)
    assert isinstance(told.value.__cause__, ZeroDivisionError)
    assert "x" == writer.do(note, ("x", ""))


def test_what_was_handed_in_before_closing_is_done_and_later_work_is_refused(writer: Writer, database: Path) -> None:
    gate = Gate(writer)
    gate.ask(0, note, ("last", ""))
    closing = threading.Thread(target=writer.close)
    closing.start()
    gate.open()
    closing.join(10)
    assert ["last"] == _names(database)
    with pytest.raises(StoreError, match="closed"):
        writer.do(note, ("too late", ""))


def test_reads_do_not_wait_while_a_write_is_going_on(in_file: SqlStore) -> None:
    in_file.keep([run(0)])
    assert in_file._writer is not None
    gate = Gate(in_file._writer)
    assert 1 == len(in_file.run_rows())
    gate.open()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, open_file: Opener) -> SqlStore:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    return open_file()


def test_a_database_locked_by_another_process_is_an_error_until_it_is_let_go(
    impatient: SqlStore, database: Path
) -> None:
    backup = sqlite3.connect(database, isolation_level=None)
    backup.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process holds it locked") as refusal:
        impatient.keep([run(0)])
    assert (str(database) in str(refusal.value), [], None) == (True, impatient.run_rows(), impatient.run(run(0).id))
    backup.execute("ROLLBACK")
    backup.close()
    assert 1 == impatient.keep([run(0)])


def test_a_full_disk_is_an_error_until_there_is_room(in_file: SqlStore) -> None:
    in_file.keep([run(0)])
    assert in_file._writer is not None
    # SQLite reports its own limit of pages exactly as it reports the disk's end.
    in_file._writer.do(one_by_one(lambda connection, _: _limit(connection)), None)
    with pytest.raises(StoreError, match="no room is left on the disk") as refusal:
        in_file.keep([run(number, region=f"region-{number}") for number in range(1, 400)])
    assert "free some space" in str(refusal.value.hint)
    assert [run(0)] == [in_file.run(row.id) for row in in_file.run_rows()]
    assert 399 == in_file.keep([run(number, region=f"region-{number}") for number in range(1, 400)])


def _limit(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")


def test_a_file_that_was_deleted_is_not_written_to_as_though_it_were_there(in_file: SqlStore, database: Path) -> None:
    in_file.keep([run(0)])
    aside = database.with_name("aside.db")
    database.rename(aside)
    with pytest.raises(StoreError, match="it cannot be opened"):
        in_file.keep([run(60)])
    aside.rename(database)
    assert 1 == in_file.keep([run(60)])


def test_a_file_that_was_replaced_by_something_else_is_refused(in_file: SqlStore, database: Path) -> None:
    in_file.keep([run(0)])
    database.unlink()
    database.write_bytes(b"\x89PNG" * 2000)
    with pytest.raises(StoreError, match="this is not a SQLite database"):
        in_file.keep([run(60)])
