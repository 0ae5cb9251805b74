"""Opening a store by its address, and refusing what this version cannot keep its word on."""

from __future__ import annotations

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from synthmon.errors import SchemaOutdated, StoreError
from synthmon.store import faults
from synthmon.store.database import Database
from synthmon.store.grounds import Where, database_at
from synthmon.store.sql import SqlStore
from synthmon.store.tables import SCHEMA
from synthmon.store.writer import Writer

_HINT = "run `synthmon db upgrade`"


def open_store(where: Where, *, read_only: bool = False) -> SqlStore:
    """The store at an address or path, which `migrate.upgrade` has made.

    With `read_only` it only answers, and can be opened beside a daemon that writes. Raises `StoreError` for a database
    that is missing, damaged, away or none of ours, `SchemaOutdated` for one of another version, with how to mend it.
    """
    database = database_at(where)
    database.require()
    readers = database.reading_engine()
    try:
        with faults.explaining(database), readers.connect() as connection, database.bounded(connection):
            check_schema(connection, database)
        return SqlStore(database, readers, None if read_only else _writer(database))
    except StoreError:
        readers.dispose()
        database.close()
        raise


def _writer(database: Database) -> Writer:
    return Writer(database, lambda connection: check_schema(connection, database))


def check_schema(connection: Connection, database: Database) -> None:
    """Refuse a schema that is not exactly the one this version was written for."""
    found = revision_of(connection)
    if found == SCHEMA:
        return
    if found is None:
        raise SchemaOutdated(f"{database.shown}: empty, or not a database of synthmon's", hint=_hint(database))
    if found < SCHEMA:
        what = f"its schema is {found}, this version needs {SCHEMA}"
        raise SchemaOutdated(f"{database.shown}: {what}", hint=_hint(database))
    raise newer_schema(database, found)


def _hint(database: Database) -> str:
    return _HINT if database.upgrades_itself else f"{_HINT}, or start with SYNTHMON_DB_UPGRADE=1"


def newer_schema(database: Database, found: str) -> SchemaOutdated:
    """The refusal of what a later version wrote."""
    return SchemaOutdated(
        f"{database.shown}: its schema is {found}, which a newer synthmon made; this version knows {SCHEMA}",
        hint="use that newer synthmon, or put the backup from before its upgrade in place",
    )


def revision_of(connection: Connection) -> str | None:
    """The revision of the schema; None for a database without any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
