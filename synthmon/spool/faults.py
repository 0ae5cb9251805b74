"""What goes wrong with the file of a spool, in words for people."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from synthmon.errors import StoreError

RECOVER = (
    "`synthmon agent --recover` keeps the damaged file aside and begins a new spool; what was not delivered is lost"
)

# By primary result code (https://www.sqlite.org/rescode.html).
_WORDS = {
    sqlite3.SQLITE_FULL: ("no room is left on the disk", "free some space in {folder}; spooling goes on by itself"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "give this user the right to write {folder}"),
    sqlite3.SQLITE_BUSY: ("another process holds it locked", "end whatever else has opened {path}"),
    sqlite3.SQLITE_IOERR: (
        "the disk failed to read or write it",
        "look into the system's log for faults of the disk under {folder}; the spool is checked and tried again",
    ),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", RECOVER),
    sqlite3.SQLITE_NOTADB: ("it is no SQLite database", RECOVER),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check that {folder} exists and that this user may write there"),
}
_SUSPECT = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SpoolDamaged(StoreError):
    """The file is there and cannot be trusted; nothing is written to it."""


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def is_suspect(error: sqlite3.Error) -> bool:
    """Whether the file must be checked before it is written again."""
    return _code(error) in _SUSPECT


def explained(error: sqlite3.Error, path: Path) -> StoreError:
    what, hint = _WORDS.get(_code(error), (str(error), "the log has more; the spool is tried again"))
    kind = SpoolDamaged if _code(error) in _DAMAGED else StoreError
    return kind(f"the spool {path}: {what}", hint=hint.format(path=path, folder=path.absolute().parent))


def damaged(path: Path, what: str) -> SpoolDamaged:
    return SpoolDamaged(f"the spool {path}: it is damaged: {what}", hint=RECOVER)
