"""Opening a store by its address, and refusing what this version cannot keep its word on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError

from synthmon.errors import ConfigurationError, SchemaOutdated, StoreError
from synthmon.store import faults
from synthmon.store.connections import reading_engine, writing_engine
from synthmon.store.sql import SqlStore
from synthmon.store.tables import SCHEMA
from synthmon.store.writer import Writer

_SCHEMES = ("sqlite:///", "sqlite+pysqlite:///")


def path_of(where: str | Path) -> Path:
    """The file of an address such as `sqlite:////data/synthmon.db`, or of a plain path."""
    if isinstance(where, Path):
        return where
    for scheme in _SCHEMES:
        if where.startswith(scheme) and where != scheme:
            return Path(where.removeprefix(scheme))
    if "://" in where or not where:
        kind = where.partition("://")[0]
        raise ConfigurationError(
            f"no store of kind {kind!r}: the address of a database begins with sqlite:///",
            hint="for example sqlite:////data/synthmon.db, or just the path of a file",
        )
    return Path(where)


def open_store(where: str | Path, *, read_only: bool = False) -> SqlStore:
    """The store at an address or path, which `migrate.upgrade` has made.

    With `read_only` it only answers, and can be opened beside a daemon that writes. Raises `StoreError` for a file that
    is missing, damaged or no database, `SchemaOutdated` for one of another version, each with how to mend it.
    """
    path = path_of(where)
    if not path.is_file():
        what = "is not a file" if path.exists() else "there is no database"
        raise StoreError(f"{path}: {what}", hint="`synthmon db upgrade` makes one; `synthmon up` does so by itself")
    readers = reading_engine(path)
    try:
        with faults.explaining(path), readers.begin() as connection:
            check_schema(connection, path)
        return SqlStore(path, readers, None if read_only else _writer(path))
    except StoreError:
        readers.dispose()
        raise


def _writer(path: Path) -> Writer:
    return Writer(writing_engine(path), path, lambda connection: check_schema(connection, path))


def check_schema(connection: Connection, path: Path) -> None:
    """Refuse a schema that is not exactly the one this version was written for."""
    found = revision_of(connection)
    if found == SCHEMA:
        return
    if found is None:
        raise SchemaOutdated(f"{path}: empty, or not a database of synthmon's", hint="run `synthmon db upgrade`")
    if found < SCHEMA:
        raise SchemaOutdated(
            f"{path}: its schema is {found}, this version needs {SCHEMA}", hint="run `synthmon db upgrade`"
        )
    raise newer_schema(path, found)


def newer_schema(path: Path, found: str) -> SchemaOutdated:
    """The refusal of what a later version wrote."""
    return SchemaOutdated(
        f"{path}: its schema is {found}, which a newer synthmon made; this version knows {SCHEMA}",
        hint="use that newer synthmon, or put the backup from before its upgrade in place",
    )


def revision_of(connection: Connection) -> str | None:
    """The revision of the schema; None for a database without any."""
    try:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # no such table
            return None
        raise
    return found
