"""What goes wrong with a database, in words for people: where, what, how to mend it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from synthmon.errors import MalformedDocument, RefusedByStore, StoreError
from synthmon.store.database import Database, Unanswered

# What a damaged database makes of a document, and of the driver's own messages.
_UNREADABLE = (MalformedDocument, UnicodeDecodeError)


def drivers() -> tuple[type[Exception], ...]:
    """What a database's drivers raise. psycopg is loaded where PostgreSQL is used, and raises nothing elsewhere."""
    psycopg = sys.modules.get("psycopg")
    return (SQLAlchemyError, sqlite3.Error, Unanswered, *([psycopg.Error] if psycopg is not None else ()))


def cause_of(error: BaseException) -> BaseException:
    """The driver's error inside SQLAlchemy's."""
    return getattr(error, "orig", None) or error


def of_the_database(error: BaseException, database: Database) -> bool:
    """Whether the database is at fault, so that any other operation would have failed as well."""
    fault = database.fault(error)
    return fault is not None and fault.away


def explained(error: BaseException, database: Database) -> StoreError:
    """The error as a person can mend it."""
    where, fault = database.shown, database.fault(error)
    if isinstance(error, _UNREADABLE):
        hint = f"what is kept in {where} was damaged: keep a copy of it, and put a backup in its place"
        return StoreError(f"{where}: what is kept cannot be read: {error}", hint=hint)
    if fault is None or not fault.away:
        what = fault.what if fault else f"the database refused: {cause_of(error)}"
        return RefusedByStore(f"{where}: {what}", hint=fault.hint if fault else None)
    code = f" ({fault.code})" if fault.code else ""
    return StoreError(f"{where}: {fault.what}{code}", hint=fault.hint)


def _to_be_explained() -> tuple[type[Exception], ...]:
    return (*drivers(), *_UNREADABLE)


@contextmanager
def explaining(database: Database) -> Iterator[None]:
    """Let no error of a driver, of SQLAlchemy or of a damaged row out, only a `StoreError`."""
    try:
        yield
    except _to_be_explained() as error:
        raise explained(error, database) from error
