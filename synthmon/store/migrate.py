"""Bringing a database's schema to what this version needs: `migrations/`, run by Alembic in one transaction.

The revisions travel in the wheel as `synthmon/_shipped/migrations`; in a checkout they stand at its top.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from synthmon.errors import StoreError
from synthmon.store import faults
from synthmon.store.connections import migrating_engine, reading_engine
from synthmon.store.opening import newer_schema, path_of, revision_of
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


def current(where: str | Path) -> str | None:
    """The revision of a database; None when there is none yet. Raises `StoreError`."""
    path = path_of(where)
    if not path.exists() or path.stat().st_size == 0:
        return None
    engine = reading_engine(path)
    try:
        with faults.explaining(path), engine.begin() as connection:
            return revision_of(connection)
    finally:
        engine.dispose()


def upgrade(where: str | Path) -> str | None:
    """Make the database, or bring its schema to `head()`; the revision that it had before.

    All in one transaction: a revision that fails leaves the database as it was. Several processes may do it at once;
    one does the work. Raises `SchemaOutdated` for a schema that a newer synthmon made, `StoreError` for the rest.
    """
    path = path_of(where)
    _make_room(path)
    before = current(path)
    if before == head():
        return before
    with _exclusive(path) as connection:
        before = revision_of(connection)
        if before != head():
            _run(connection, path, before)
    return before


def differences(where: str | Path) -> list[object]:
    """How a database differs from `tables.metadata`, as Alembic sees it; for the test that holds them together."""
    engine = reading_engine(path_of(where))
    try:
        with engine.begin() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, metadata))
    finally:
        engine.dispose()


def _run(connection: Connection, path: Path, before: str | None) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise newer_schema(path, before or "") from error
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
def _exclusive(path: Path) -> Iterator[Connection]:
    """One transaction, on a connection of its own, while every other upgrade of this database waits."""
    with _locked(path), faults.explaining(path):
        engine = migrating_engine(path)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()


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
