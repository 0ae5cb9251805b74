"""A store of every kind, so that one set of tests holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synthmon.store import migrate
from synthmon.store.interface import Store
from synthmon.store.memory import MemoryStore
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database as the migrations make it: made once, copied for each test."""
    path = tmp_path_factory.mktemp("blank") / "synthmon.db"
    migrate.upgrade(path)
    return path.read_bytes()


@pytest.fixture
def database(blank: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "synthmon.db"
    path.write_bytes(blank)
    return path


@pytest.fixture
def open_sql(database: Path) -> Iterator[Callable[[], SqlStore]]:
    """Opens the same database as often as asked, and closes what was opened."""
    opened: list[SqlStore] = []

    def open_it() -> SqlStore:
        opened.append(open_store(database))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def sql(open_sql: Callable[[], SqlStore]) -> SqlStore:
    return open_sql()


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore()
    found: SqlStore = request.getfixturevalue("sql")
    return found
