"""What SQLite's result codes mean, and how to mend it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from synthmon.store.database import Fault
from synthmon.store.faults import cause_of

_DAMAGED = (
    "stop synthmon, keep a copy of {path} and what stands beside it, then put a backup in its place, or save what can "
    "be read with: sqlite3 {path} .recover"
)

# By primary result code (https://www.sqlite.org/rescode.html); extended ones are folded onto it. Hints may name {path}
# and {folder}.
_FAULTS = {
    sqlite3.SQLITE_FULL: Fault(
        "no room is left on the disk", "free some space in {folder}; writing goes on by itself afterwards"
    ),
    sqlite3.SQLITE_READONLY: Fault(
        "the file or its folder cannot be written",
        "give this user the right to write {folder}, or mount it for writing",
    ),
    sqlite3.SQLITE_BUSY: Fault(
        "another process holds it locked", "end the sqlite3 shell, backup or second daemon that is writing to it"
    ),
    sqlite3.SQLITE_LOCKED: Fault("another connection holds it locked", "try again"),
    sqlite3.SQLITE_IOERR: Fault(
        "the disk failed to read or write it",
        "look into the system's log for faults of the disk under {folder}; synthmon checks the file and tries again",
        suspect=True,
    ),
    sqlite3.SQLITE_CORRUPT: Fault("the file is damaged", _DAMAGED, suspect=True),
    sqlite3.SQLITE_NOTADB: Fault(
        "this is not a SQLite database", "name another file, or put a backup in its place", suspect=True
    ),
    sqlite3.SQLITE_CANTOPEN: Fault(
        "it cannot be opened", "check that {folder} exists and that this user may read and write there"
    ),
    sqlite3.SQLITE_PERM: Fault("access was refused", "give this user the right to read and write {folder}"),
    sqlite3.SQLITE_AUTH: Fault("access was refused", "give this user the right to read and write {folder}"),
    sqlite3.SQLITE_NOMEM: Fault("memory ran out", "give the process more memory"),
    sqlite3.SQLITE_NOLFS: Fault("the file system takes no file of this size", "move {path} to another file system"),
}


def fault_of(error: BaseException, path: Path) -> Fault | None:
    """None for what is no fault of the file or the disk."""
    cause = cause_of(error)
    code = getattr(cause, "sqlite_errorcode", None)
    fault = None if code is None else _FAULTS.get(code & 0xFF)
    if fault is None:
        return None
    hint = (fault.hint or "").format(path=path, folder=path.absolute().parent)
    return replace(fault, hint=hint, code=getattr(cause, "sqlite_errorname", None))
