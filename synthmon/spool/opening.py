"""Opening the file of a spool: made where there is none, checked where there is one, kept aside when asked for."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from synthmon.errors import StoreError
from synthmon.spool.faults import damaged

FORMAT = 1
"""What `PRAGMA user_version` says; records carry a format of their own."""

BUSY_SECONDS = 5.0
_CACHE = 512  # KiB

# AUTOINCREMENT: a number is never given twice, also when the rows before are gone.
_TABLES = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, slot INTEGER NOT NULL, outcome TEXT NOT NULL,
    body BLOB, size INTEGER NOT NULL, slim INTEGER NOT NULL DEFAULT 0, delivered_at INTEGER
);
CREATE TABLE refused (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, body BLOB
);
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL)
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there; commits return after the log was synced."""
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")
        # It is written at its end and read at its beginning: SQLite's usual two MiB would fill with pages that nobody
        # asks for again.
        connection.execute(f"PRAGMA cache_size=-{_CACHE}")
    except BaseException:
        connection.close()
        raise
    return connection


def make(path: Path, new_id: str) -> None:
    """Make the file if it is not there, for this user alone; or go on where a process died that was making it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        hint = f"check that {path.absolute().parent} exists and that this user may write there"
        raise StoreError(f"the spool {path}: it cannot be made: {error.strerror}", hint=hint) from error
    connection = connect(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone() != (0,) or _has_tables(connection):
            connection.execute("ROLLBACK")
            return
        for table in _TABLES.split(";"):
            connection.execute(table)
        connection.execute("INSERT INTO notes VALUES ('id', ?)", (new_id,))
        connection.execute(f"PRAGMA user_version={FORMAT}")
        connection.execute("COMMIT")
    finally:
        connection.close()


def _has_tables(connection: sqlite3.Connection) -> bool:
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(count)


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what cannot be trusted, or what a later version made."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise StoreError(
            f"the spool {path}: a newer synthmon made it (format {found}, this version knows {FORMAT})",
            hint="use that newer synthmon until everything is delivered",
        )
    (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if first != "ok":
        raise damaged(path, str(first))
    if found < FORMAT:
        raise damaged(path, "its tables are missing")


def settle(connection: sqlite3.Connection, path: Path) -> None:
    """After a fault of the disk: what the kernel calls clean may not be on it, so the log is written out and emptied.

    See https://lwn.net/Articles/752063/ ("PostgreSQL's fsync() surprise").
    """
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(f"the spool {path}: its log could not be settled after a fault of the disk", hint="try again")
    check(connection, path)


def set_aside(path: Path, now: datetime) -> Path:
    """Rename the file and its log, so that a new spool can begin and somebody can look at the old one."""
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}")
    for end in ("", "-wal", "-shm"):
        piece = path.with_name(path.name + end)
        if piece.exists():
            piece.rename(aside.with_name(aside.name + end))
    return aside
