"""A SQLite file as the ground of a store: made for this user alone, upgraded under a lock, checked after a fault.

After a failed fsync the kernel may call pages clean that never reached the disk, and SQLite would read them back from
memory as though they were kept. So before anything is written again, all of the log is copied into the database, synced
there, and the log emptied; only then is what was in doubt done again by its callers.
See https://lwn.net/Articles/752063/ ("PostgreSQL's fsync() surprise").
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from synthmon.errors import StoreError
from synthmon.store import faults
from synthmon.store.database import Fault
from synthmon.store.sqlite import connections, putting
from synthmon.store.sqlite.faults import fault_of


class Sqlite:
    """Implements `store.database.Database`."""

    upgrades_itself = True

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def shown(self) -> str:
        return str(self.path)

    def require(self) -> None:
        if not self.path.is_file():
            what = "is not a file" if self.path.exists() else "there is no database"
            hint = (
                "`synthmon db upgrade` makes one, and `synthmon up` does so by itself; "
                "name the data directory of a daemon that runs elsewhere with --data"
            )
            raise StoreError(f"{self.path}: {what}", hint=hint)

    def empty(self) -> bool:
        return not self.path.exists() or self.path.stat().st_size == 0

    def reading_engine(self) -> Engine:
        return connections.reading_engine(self.path)

    def writing_engine(self) -> Engine:
        engine = connections.writing_engine(self.path)
        event.listen(engine, "connect", lambda _driver, record: record.info.update(file=_identity(self.path)))
        return engine

    @contextmanager
    def upgrading(self) -> Iterator[Connection]:
        _make_room(self.path)
        with _locked(self.path), faults.explaining(self):
            engine = connections.migrating_engine(self.path)
            try:
                with engine.begin() as connection:
                    yield connection
                    _refuse_orphans(connection, self.path)
            finally:
                engine.dispose()

    def bounded(self, connection: Connection) -> AbstractContextManager[None]:  # noqa: ARG002 - SQLite's own is enough
        return nullcontext()

    def usable(self, connection: Connection, idle: float) -> bool:  # noqa: ARG002 - a file may change at any time
        """Whether the path still leads to the file that the connection was opened on."""
        return bool(connection.info["file"] == _identity(self.path))

    def trust(self, connection: Connection) -> None:
        _settle(connection, self.path)

    def put(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        return putting.put(connection, rows)

    def fault(self, error: BaseException) -> Fault | None:
        return fault_of(error, self.path)

    def close(self) -> None:
        """There is nothing but connections."""


def _identity(path: Path) -> tuple[int, int] | None:
    """Asked for by every commit, so by the shortest way."""
    try:
        status = os.stat(path)  # noqa: PTH116 - see above
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _settle(connection: Connection, path: Path) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # outside a transaction, which SQLAlchemy would begin
    busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(f"{path}: readers kept the log from being settled after a fault of the disk", hint="try again")
    (first,) = driver.execute("PRAGMA quick_check(1)").fetchone()
    if first != "ok":
        raise StoreError(
            f"{path}: damaged after a fault of the disk: {first}",
            hint=f"stop synthmon, keep a copy of {path}, and put a backup in its place",
        )


def _refuse_orphans(connection: Connection, path: Path) -> None:
    """Foreign keys were off, or rebuilding a table would have deleted what refers to it."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise StoreError(f"{path}: after the upgrade {len(broken)} rows would refer to nothing; nothing was changed")


def _make_room(path: Path) -> None:
    """The folder and an empty file, for this user alone: evidence may hold what others should not read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not opened when it is there: closing any descriptor of a file drops the locks SQLite holds on it (POSIX).
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise _no_room(path, error) from error


def _no_room(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path}: cannot be made: {error.strerror}",
        hint=f"check that {path.absolute().parent} exists and that this user may write there",
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file beside the database: SQLite's own lock is not waited for while the log is switched on."""
    try:
        file = path.with_name(f"{path.name}-upgrade.lock").open("w")
    except OSError as error:
        raise _no_room(path, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
