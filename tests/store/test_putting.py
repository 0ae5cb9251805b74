"""Runs put into SQLite many to a statement: all of a transaction or nothing, though a statement alone is not undone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from synthmon.model.run import RunResult
from synthmon.store import keeping, migrate
from synthmon.store.document import Dictionaries
from synthmon.store.sqlite import connections, putting
from tests.store.values import run


def row(result: RunResult) -> dict[str, object]:
    return dict(keeping._row(keeping.Incoming(result), Dictionaries(lambda _: {}, lambda _: {}, lambda _: None)))


def test_of_a_batch_with_a_row_that_may_not_be_nothing_is_kept_and_no_number_is_taken(tmp_path: Path) -> None:
    migrate.upgrade(path := tmp_path / "kept.db")
    rows = [row(run(number)) for number in range(16)]
    rows[7]["probe"] = None
    with connections.writing_engine(path).connect() as connection:
        with pytest.raises(sqlite3.IntegrityError), connection.begin():
            putting.put(connection, rows)
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        assert [(0, 0)] == driver.execute("SELECT count(*), (SELECT sum(value) FROM counters) FROM runs").fetchall()


def test_those_that_are_there_already_are_told_from_those_that_are_new(tmp_path: Path) -> None:
    migrate.upgrade(path := tmp_path / "kept.db")
    first, second = ([row(run(number)) for number in some] for some in (range(0, 90, 3), range(90)))
    with connections.writing_engine(path).connect() as connection:
        with connection.begin():
            assert {one["id"] for one in first} == putting.put(connection, first)
        with connection.begin():
            assert {one["id"] for one in second} - {one["id"] for one in first} == putting.put(connection, second)
