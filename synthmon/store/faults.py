"""What goes wrong with a database file, in words for people: where, what, how to mend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from synthmon.errors import MalformedDocument, RefusedByStore, StoreError


@dataclass(frozen=True, slots=True)
class _Fault:
    """`hint` may name {path} and {folder}. `suspect`: the file must be checked before it is written again."""

    what: str
    hint: str
    suspect: bool = False


_DAMAGED = (
    "stop synthmon, keep a copy of {path} and what stands beside it, then put a backup in its place, or save what can "
    "be read with: sqlite3 {path} .recover"
)

# What a damaged file makes of a document, and of the driver's own messages.
_UNREADABLE = (MalformedDocument, UnicodeDecodeError)

# By primary result code (https://www.sqlite.org/rescode.html); extended ones are folded onto it.
_FAULTS = {
    sqlite3.SQLITE_FULL: _Fault(
        "no room is left on the disk", "free some space in {folder}; writing goes on by itself afterwards"
    ),
    sqlite3.SQLITE_READONLY: _Fault(
        "the file or its folder cannot be written",
        "give this user the right to write {folder}, or mount it for writing",
    ),
    sqlite3.SQLITE_BUSY: _Fault(
        "another process holds it locked", "end the sqlite3 shell, backup or second daemon that is writing to it"
    ),
    sqlite3.SQLITE_LOCKED: _Fault("another connection holds it locked", "try again"),
    sqlite3.SQLITE_IOERR: _Fault(
        "the disk failed to read or write it",
        "look into the system's log for faults of the disk under {folder}; synthmon checks the file and tries again",
        suspect=True,
    ),
    sqlite3.SQLITE_CORRUPT: _Fault(
        "the file is damaged",
        _DAMAGED,
        suspect=True,
    ),
    sqlite3.SQLITE_NOTADB: _Fault(
        "this is not a SQLite database", "name another file, or put a backup in its place", suspect=True
    ),
    sqlite3.SQLITE_CANTOPEN: _Fault(
        "it cannot be opened", "check that {folder} exists and that this user may read and write there"
    ),
    sqlite3.SQLITE_PERM: _Fault("access was refused", "give this user the right to read and write {folder}"),
    sqlite3.SQLITE_AUTH: _Fault("access was refused", "give this user the right to read and write {folder}"),
    sqlite3.SQLITE_NOMEM: _Fault("memory ran out", "give the process more memory"),
    sqlite3.SQLITE_NOLFS: _Fault("the file system takes no file of this size", "move {path} to another file system"),
}


def _cause(error: BaseException) -> BaseException:
    """The driver's error inside SQLAlchemy's."""
    return getattr(error, "orig", None) or error


def _fault(error: BaseException) -> _Fault | None:
    code = getattr(_cause(error), "sqlite_errorcode", None)
    return None if code is None else _FAULTS.get(code & 0xFF)


def of_the_database(error: BaseException) -> bool:
    """Whether the file or disk is at fault, so that any other operation would have failed as well."""
    return _fault(error) is not None


def is_suspect(error: BaseException) -> bool:
    """Whether the file must be checked before it is written again."""
    fault = _fault(error)
    return fault is not None and fault.suspect


def explained(error: BaseException, path: Path) -> StoreError:
    """The error as a person can mend it."""
    fault, cause = _fault(error), _cause(error)
    if isinstance(error, _UNREADABLE):
        return StoreError(f"{path}: what is kept cannot be read: {error}", hint=_DAMAGED.format(path=path))
    if fault is None:
        return RefusedByStore(f"{path}: the database refused: {cause}")
    code = getattr(cause, "sqlite_errorname", type(cause).__name__)
    return StoreError(
        f"{path}: {fault.what} ({code})", hint=fault.hint.format(path=path, folder=path.absolute().parent)
    )


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Let no error of the driver, of SQLAlchemy or of a damaged row out, only a `StoreError`."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, *_UNREADABLE) as error:
        raise explained(error, path) from error
