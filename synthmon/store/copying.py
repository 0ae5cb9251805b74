"""Moving an installation from its SQLite file to PostgreSQL: everything, or nothing.

All rows go over in one transaction of the target, so that a copy which is interrupted leaves an empty target behind
and is simply made again. The source is only read; one that was written to meanwhile is told of, and nothing is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Table, func, select, text
from sqlalchemy.engine import Connection

from synthmon.errors import ConfigurationError, StoreError
from synthmon.store import faults, migrate, partitions
from synthmon.store.database import Database
from synthmon.store.grounds import database_at
from synthmon.store.opening import check_schema
from synthmon.store.postgres.database import Postgres
from synthmon.store.sqlite.database import Sqlite
from synthmon.store.tables import metadata, runs
from synthmon.store.types import Identity

_BATCH = 500  # rows read at a time

Tell = Callable[[str, int], None]
"""Called for each table with the number of rows that went over."""


def copy(source: str, target: str, tell: Tell) -> int:
    """Copy every row; how many. Makes the tables of the target, which must not hold anything yet."""
    file, server = _sqlite(source), _postgres(target)
    try:
        file.require()
        with _reading(file) as old:
            check_schema(old, file)
            migrate.upgrade(server)
            with server.upgrading() as new:
                total = _copy_all(old, new, server, tell)
                _refuse_changes(old, file)
        return total
    finally:
        server.close()


def _sqlite(where: str) -> Sqlite:
    found = database_at(where)
    if not isinstance(found, Sqlite):
        raise ConfigurationError(f"{found.shown}: only a SQLite file can be copied from")
    return found


def _postgres(where: str) -> Postgres:
    found = database_at(where)
    if not isinstance(found, Postgres):
        raise ConfigurationError(
            f"{found.shown}: only PostgreSQL can be copied to",
            hint="a SQLite file is copied with: sqlite3 -readonly FILE \".backup 'COPY'\"",
        )
    return found


@contextmanager
def _reading(file: Sqlite) -> Iterator[Connection]:
    """One transaction, so that all tables are of one instant."""
    engine = file.reading_engine()
    try:
        with faults.explaining(file), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _copy_all(old: Connection, new: Connection, server: Postgres, tell: Tell) -> int:
    tables = metadata.sorted_tables
    new.execute(text(f"LOCK TABLE {', '.join(table.name for table in tables)} IN EXCLUSIVE MODE"))
    _refuse_rows(new, server)
    partitions.make(new, _months(old))
    total = 0
    for table in tables:
        new.execute(table.delete())  # what an upgrade puts there by itself
        _copy_table(old, new, table)
        total += _verified(old, new, table, server)
        tell(table.name, _count(new, table))
    _go_on_counting(new)
    return total


def _refuse_rows(new: Connection, server: Database) -> None:
    full = [table.name for table in metadata.sorted_tables if not _seeded(table) and _count(new, table)]
    if full:
        raise StoreError(
            f"{server.shown}: it holds rows already ({', '.join(full)}), so nothing was copied",
            hint="name an empty database; to begin anew, drop this one and make it again",
        )


def _seeded(table: Table) -> bool:
    """Whether the migrations themselves put rows into it."""
    return bool(table.info.get("seeded"))


def _months(old: Connection) -> list[Any]:
    first, last = old.execute(select(func.min(runs.c.slot), func.max(runs.c.slot))).one()
    if first is None:
        return []
    months, month = [], partitions.month_of(first)
    while month <= partitions.month_of(last):
        begin, end = (datetime(day.year, day.month, 1, tzinfo=UTC) for day in (month, partitions.next_month(month)))
        if old.scalar(select(runs.c.slot).where(runs.c.slot >= begin, runs.c.slot < end).limit(1)):
            months.append(month)
        month = partitions.next_month(month)
    return months


def _copy_table(old: Connection, new: Connection, table: Table) -> None:
    """As they lie there: both databases keep the same numbers, texts and bytes, but for booleans and ids of runs."""
    reading, writing = old.connection.driver_connection, new.connection.driver_connection
    assert isinstance(reading, sqlite3.Connection)
    assert isinstance(writing, psycopg.Connection)
    names = [column.name for column in table.columns]
    kinds = [(place, _OTHERS.get(type(column.type))) for place, column in enumerate(table.columns)]
    others = [(place, made) for place, made in kinds if made is not None]
    rows = reading.execute(f"SELECT {', '.join(_quoted(name) for name in names)} FROM {table.name}")  # noqa: S608 - ours
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with writing.cursor() as cursor, cursor.copy(into) as taking:
        while batch := rows.fetchmany(_BATCH):
            for row in batch:
                taking.write_row(_made_over(row, others))


def _quoted(name: str) -> str:
    return f'"{name}"'


_OTHERS: Mapping[type[Any], Callable[[Any], Any]] = {Boolean: bool, Identity: bytes.hex}


def _made_over(row: Sequence[Any], others: Sequence[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    values = list(row)
    for place, made in others:
        values[place] = None if values[place] is None else made(values[place])
    return values


def _verified(old: Connection, new: Connection, table: Table, server: Database) -> int:
    wanted, found = _count(old, table), _count(new, table)
    if wanted != found:
        raise StoreError(f"{server.shown}: of {table.name} {found} rows of {wanted} arrived; nothing was copied")
    return found


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _go_on_counting(new: Connection) -> None:
    """What the database numbers by itself goes on behind the highest number that was copied."""
    query = text("""
        SELECT table_name, column_name, pg_get_serial_sequence(table_name, column_name) FROM information_schema.columns
        WHERE table_schema = current_schema() AND pg_get_serial_sequence(table_name, column_name) IS NOT NULL
    """)
    for table, column, sequence in new.execute(query).all():
        last = f"SELECT setval(:sequence, greatest(coalesce(max({_quoted(column)}), 0), 1)) FROM {table}"  # noqa: S608
        new.execute(text(last), {"sequence": sequence})


def _refuse_changes(old: Connection, file: Sqlite) -> None:
    """`data_version` of a new transaction differs if anybody else has committed since this connection's last look."""
    before = old.exec_driver_sql("PRAGMA data_version").scalar_one()
    old.rollback()
    old.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar_one()
    after = old.exec_driver_sql("PRAGMA data_version").scalar_one()
    if before != after:
        raise StoreError(
            f"{file.shown}: it was written to while it was copied, so nothing was copied",
            hint="stop the daemon that writes to it, and copy again",
        )
