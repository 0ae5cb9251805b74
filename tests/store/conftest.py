"""A store of every kind, so that one set of tests holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text

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
    """A SQLite file."""
    path = tmp_path / "synthmon.db"
    path.write_bytes(blank)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str:
    """Of a database of each kind that a store can stand on."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('database')}"
    return str(request.getfixturevalue("postgres_url"))


class Opener:
    """Opens the same database as often as asked, and closes what was opened."""

    def __init__(self, where: str | Path) -> None:
        self.where = where
        self.opened: list[SqlStore] = []

    def __call__(self) -> SqlStore:
        self.opened.append(open_store(self.where))
        return self.opened[-1]

    def close(self) -> None:
        for store in self.opened:
            store.close()


@pytest.fixture
def open_sql(address: str) -> Iterator[Opener]:
    """On each kind of database."""
    opener = Opener(address)
    yield opener
    opener.close()


@pytest.fixture
def sql(open_sql: Opener) -> SqlStore:
    """A store on each kind of database."""
    return open_sql()


@pytest.fixture
def open_file(database: Path) -> Iterator[Opener]:
    """On SQLite only."""
    opener = Opener(database)
    yield opener
    opener.close()


@pytest.fixture
def in_file(open_file: Opener) -> SqlStore:
    """A store on SQLite, for what is true of a file alone."""
    return open_file()


@pytest.fixture
def beside(postgres_url: str) -> Iterator[psycopg.Connection]:
    """The superuser's own session in the same database."""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


@pytest.fixture
def opener(postgres_url: str) -> Iterator[Opener]:
    opener = Opener(postgres_url)
    yield opener
    opener.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    opener = Opener(request.getfixturevalue("database" if request.param == "sqlite" else "postgres_url"))
    yield opener()
    opener.close()


Ask = Callable[..., list[Any]]


@pytest.fixture
def ask(address: str) -> Ask:
    """Runs a statement beside the store; the first column of what it answers."""

    def asking(statement: str) -> list[Any]:
        engine = create_engine(address, poolclass=NullPool)
        with engine.begin() as connection:
            answer = connection.execute(text(statement))
            return list(answer.scalars()) if answer.returns_rows else []

    return asking
