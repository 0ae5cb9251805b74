"""Opening a database: what is wrong is said with its place and how to mend it, never with a traceback."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from synthmon.errors import ConfigurationError, SchemaOutdated, StoreError
from synthmon.store.grounds import database_at
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from synthmon.store.sqlite.database import Sqlite
from synthmon.store.tables import SCHEMA
from tests.depth import times
from tests.store.conftest import Opener
from tests.store.values import DAY, MIDNIGHT, run


def _path(where: str | Path) -> Path:
    found = database_at(where)
    assert isinstance(found, Sqlite)
    return found.path


@pytest.mark.parametrize(
    "where", ["data/s.db", Path("data/s.db"), "sqlite:///data/s.db", "sqlite+pysqlite:///data/s.db"]
)
def test_an_address_or_a_path_names_the_file(where: str | Path) -> None:
    assert Path("data/s.db") == _path(where)


def test_four_slashes_name_an_absolute_path() -> None:
    assert Path("/data/s.db") == _path("sqlite:////data/s.db")


@pytest.mark.parametrize("where", ["", "postgresql+asyncpg://db/synthmon", "mysql://db", "sqlite:///"])
def test_an_address_of_another_kind_is_refused_with_an_example(where: str) -> None:
    with pytest.raises(ConfigurationError, match="begins with sqlite:///") as refusal:
        database_at(where)
    assert refusal.value.hint is not None


def test_a_database_that_is_not_there_is_not_made_by_chance(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database") as refusal:
        open_store(tmp_path / "none.db")
    assert "synthmon db upgrade" in str(refusal.value.hint)
    assert [] == list(tmp_path.iterdir())


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a file"):
        open_store(tmp_path)


def test_a_file_of_something_else_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "photo.db"
    path.write_bytes(b"\x89PNG" * 2000)
    with pytest.raises(StoreError, match="this is not a SQLite database") as refusal:
        open_store(path)
    assert str(path) in str(refusal.value)


def test_an_empty_file_has_no_schema_yet(tmp_path: Path) -> None:
    path = tmp_path / "synthmon.db"
    path.touch()
    with pytest.raises(SchemaOutdated, match="empty") as refusal:
        open_store(path)
    assert "synthmon db upgrade" in str(refusal.value.hint)


def test_an_older_schema_is_refused_until_it_is_upgraded(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.commit()
    connection.close()
    with pytest.raises(SchemaOutdated, match=f"its schema is 0000, this version needs {SCHEMA}"):
        open_store(database)


def test_a_store_beside_a_daemon_reads_what_it_keeps_and_writes_nothing(in_file: SqlStore, database: Path) -> None:
    beside = open_store(database, read_only=True)
    in_file.keep([run(0)])
    assert [run(0)] == list(beside.runs(MIDNIGHT, MIDNIGHT + DAY))
    for refused in (lambda: beside.keep([run(60)]), lambda: beside.note("name", "value")):
        with pytest.raises(StoreError, match="opened for reading only"):
            refused()
    beside.close()


def test_what_was_kept_is_there_when_the_store_is_opened_again(open_file: Opener) -> None:
    first = open_file()
    first.keep([run(0), run(60)])
    first.close()
    again = open_file()
    assert [run(0), run(60)] == list(again.runs(MIDNIGHT, MIDNIGHT + DAY))
    assert 1 == again.keep([run(60), run(120)])
    assert run(120) == again.run(run(120).id)


def test_closing_leaves_one_file_and_closing_twice_is_harmless(open_file: Opener, database: Path) -> None:
    store = open_file()
    store.keep([run(0)])
    store.close()
    store.close()
    assert [database.name] == [path.name for path in database.parent.iterdir()]
    with pytest.raises(StoreError, match="the store is closed"):
        store.keep([run(60)])


def test_a_path_with_odd_characters_is_a_path_like_any_other(blank: bytes, tmp_path: Path) -> None:
    path = tmp_path / "it's 100 %41 odd?mode=memory#é.db"
    path.write_bytes(blank)
    store = open_store(path)
    store.keep([run(0)])
    store.close()
    assert path.stat().st_size >= len(blank)


def _filled(open_file: Opener) -> None:
    store = open_file()
    store.keep([run(number) for number in range(300)])
    store.close()


def test_a_truncated_database_is_refused_as_damaged(open_file: Opener, database: Path) -> None:
    _filled(open_file)
    whole = database.read_bytes()
    database.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="the file is damaged") as refusal:
        open_store(database)
    assert ".recover" in str(refusal.value.hint)


@pytest.mark.deep
def test_flipped_bits_are_errors_of_the_store_or_harmless_but_never_anything_else(
    open_file: Opener, database: Path
) -> None:
    _filled(open_file)
    whole, chance = database.read_bytes(), random.Random(3)
    refused = 0
    for _ in range(times(10)):
        broken = bytearray(whole)
        for _ in range(20):
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        database.write_bytes(broken)
        try:
            store = open_store(database)
        except StoreError:
            refused += 1
            continue
        try:
            list(store.runs(MIDNIGHT, MIDNIGHT + DAY))
            store.run_rows()
            store.keep([run(1000)])
        except StoreError:
            refused += 1
        finally:
            store.close()
    assert refused > 0
