"""Bringing a database's schema to what this version needs: `migrations/`, run by Alembic in one transaction.

The revisions travel in the wheel as `synthmon/_shipped/migrations`; in a checkout they stand at its top.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from synthmon.store import faults
from synthmon.store.database import Database
from synthmon.store.grounds import Where, database_at
from synthmon.store.opening import newer_schema, revision_of
from synthmon.store.partitions import is_partition, make_ahead
from synthmon.store.tables import metadata

_PACKAGE = Path(__file__).parent.parent
_SHIPPED, _CHECKOUT = _PACKAGE / "_shipped" / "migrations", _PACKAGE.parent / "migrations"


def _config() -> Config:
    config = Config()
    folder = _SHIPPED if _SHIPPED.is_dir() else _CHECKOUT
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def head() -> str:
    """The revision that `upgrade` leads to."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(where: Where) -> str | None:
    """The revision of a database; None when there is none yet. Raises `StoreError`."""
    database = database_at(where)
    if database.empty():
        return None
    engine = database.reading_engine()
    try:
        with faults.explaining(database), engine.connect() as connection, database.bounded(connection):
            return revision_of(connection)
    finally:
        engine.dispose()
        _let_go(where, database)


def prepare(where: Where, *, asked: bool) -> None:
    """What a daemon does at its start: upgrade a database of its own, and one that others share only when asked to."""
    database = database_at(where)
    if database.upgrades_itself or asked:
        upgrade(database)


def upgrade(where: Where) -> str | None:
    """Make the database, or bring its schema to `head()`; the revision that it had before.

    All in one transaction: a revision that fails leaves the database as it was. Several processes may do it at once;
    one does the work. Raises `SchemaOutdated` for a schema that a newer synthmon made, `StoreError` for the rest.
    """
    database = database_at(where)
    try:
        before = current(database)
        if before == head():
            return before
        with database.upgrading() as connection:
            before = revision_of(connection)
            if before != head():
                _run(connection, database, before)
        return before
    finally:
        _let_go(where, database)


def differences(where: Where) -> list[object]:
    """How a database differs from `tables.metadata`, as Alembic sees it; for the test that holds them together."""
    database = database_at(where)
    engine = database.reading_engine()
    try:
        with engine.begin() as connection:
            options = {"compare_type": True, "include_name": lambda name, kind, _: not is_partition(name, kind)}
            return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))
    finally:
        engine.dispose()
        _let_go(where, database)


def _run(connection: Connection, database: Database, before: str | None) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise newer_schema(database, before or "") from error
    make_ahead(connection)


def _let_go(where: Where, database: Database) -> None:
    """Close what was made here, and leave to its owner what was handed in."""
    if where is not database:
        database.close()
