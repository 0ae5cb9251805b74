"""No file descriptor is left: what needs one is refused in words, what has one goes on, and nothing kept is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from synthmon.errors import StoreError
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.descriptors import none_left
from tests.store.values import DAY, MIDNIGHT, run


def _kept(store: SqlStore) -> list[str]:
    return [result.id for result in store.runs(MIDNIGHT, MIDNIGHT + DAY)]


def test_a_store_that_cannot_be_opened_for_want_of_a_descriptor_can_be_afterwards(database: Path) -> None:
    with none_left(), pytest.raises(StoreError, match="it cannot be opened"):
        open_store(database)
    store = open_store(database)
    store.keep([run()])
    store.close()


def test_an_open_store_keeps_and_answers_without_any_descriptor(in_file: SqlStore) -> None:
    in_file.keep([run(0)])
    assert [run(0).id] == _kept(in_file)
    with none_left():
        in_file.keep([run(1)])
        assert [run(0).id, run(1).id] == _kept(in_file)


def test_a_writer_that_needs_a_new_connection_and_gets_none_refuses_and_goes_on_afterwards(
    in_file: SqlStore, database: Path
) -> None:
    """A backup is put in the file's place, so that the connections which are open are of no use."""
    in_file.keep([run(0)])
    backup = database.with_name("backup.db")
    with closing(sqlite3.connect(database)) as beside:
        beside.execute("VACUUM INTO ?", (str(backup),))
    with none_left():
        for end in ("-wal", "-shm"):
            database.with_name(database.name + end).unlink()
        backup.replace(database)
        with pytest.raises(StoreError, match="it cannot be opened"):
            in_file.keep([run(1)])
    in_file.keep([run(2)])
    store = open_store(database, read_only=True)
    assert [run(0).id, run(2).id] == _kept(store)
    store.close()
