"""Connections to a SQLite file: the one that writes and checkpoints, and those that can only read.

SQLite 3.7.0 to 3.51.2 can lose commits at the reset of the write-ahead log when two connections write or checkpoint
(https://www.sqlite.org/wal.html, "the WAL-reset bug"): exactly one connection of ours ever does either. A connection
opened with `mode=ro` cannot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool, QueuePool

BUSY_SECONDS = 5.0
_PAGES_BETWEEN_CHECKPOINTS = 1000  # 4 MiB: SQLite's own default, spelt out because only the writer may have it
_READERS, _MORE_READERS = 4, 12


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """`mode` is `ro` or `rw`; neither makes a file, so that one which vanished is never replaced by an empty one.

    Transactions are begun by ourselves: the driver's own idea of when is not to be relied on.
    """
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _open_writer(path: Path) -> sqlite3.Connection:
    connection = _open_for_writing(path)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA wal_autocheckpoint={_PAGES_BETWEEN_CHECKPOINTS}")
    return connection


def _open_migrator(path: Path) -> sqlite3.Connection:
    """Rebuilding a table would delete what refers to it, were foreign keys on; they are checked afterwards."""
    connection = _open_for_writing(path)
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def _open_for_writing(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "rw")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # the log is synced before a commit returns
    connection.execute("PRAGMA fullfsync=ON")  # on macOS an fsync alone leaves the data in the drive's cache
    return connection


def _open_reader(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "ro")
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def writing_engine(path: Path) -> Engine:
    """Each connection of it is new; the writer has one at a time. Its transactions take the write lock at once."""
    return _single(lambda: _open_writer(path))


def migrating_engine(path: Path) -> Engine:
    """For an upgrade of the schema, before the writer of this process is there."""
    return _single(lambda: _open_migrator(path))


def _single(opened: Callable[[], sqlite3.Connection]) -> Engine:
    engine = create_engine("sqlite+pysqlite://", creator=opened, poolclass=NullPool)
    event.listen(engine, "begin", _begin_writing)
    return engine


def reading_engine(path: Path) -> Engine:
    """A small pool for any thread. Each transaction sees one state of the database and waits for no write."""
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: _open_reader(path),
        poolclass=QueuePool,
        pool_size=_READERS,
        max_overflow=_MORE_READERS,
        pool_timeout=2 * BUSY_SECONDS,
    )
    event.listen(engine, "begin", _begin_reading)
    return engine


def _begin_writing(connection: Connection) -> None:
    """By the driver alone: each commit begins so, and SQLAlchemy's way to it takes as long as two runs."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
