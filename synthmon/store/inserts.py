"""Inserts that say what happens to what is already there, spelt as the connection's database spells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Column

Insert = sqlite.Insert | postgresql.Insert

Only = Callable[[Insert], ColumnElement[bool]]
"""The condition of an upsert, from the upsert itself; a function of a module, so that there is one of it."""


def insert(connection: Connection, table: Table) -> Insert:
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)


def insert_new(connection: Connection, table: Table) -> Insert:
    """Whatever is already there stays as it is."""
    return insert(connection, table).on_conflict_do_nothing()


def inserted(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """For SQLite: how many of these rows were new, each with all columns; what is already there stays as it is.

    SQLAlchemy makes what its driver is handed anew for every row, by the statement, which takes longer than SQLite does
    to keep them. What that comes to follows from the table.
    """
    statement, columns = _by_column(table)
    values = [[row[name] if write is None else write(row[name]) for name, write in columns] for row in rows]
    return connection.exec_driver_sql(statement, list(map(tuple, values))).rowcount


@cache
def _by_column(table: Table) -> tuple[str, Sequence[tuple[str, Callable[[Any], Any] | None]]]:
    """The statement, and in the order of its places each column with what makes a value the driver's, if anything."""
    dialect = sqlite.dialect()
    compiled = sqlite.insert(table).on_conflict_do_nothing().compile(dialect=dialect)
    writers = {column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.c}
    return str(compiled), [(name, writers[name]) for name in compiled.positiontup or ()]


def replace(connection: Connection, table: Table, *changed: Column[Any], only: Only | None = None) -> Insert:
    """What is there under the same primary key gets new values of the columns, if `only` holds.

    Made once for each database: to put such a statement together takes longer than to execute it.
    """
    return _replace(is_postgres(connection), table, changed, only)


@cache
def _replace(postgres: bool, table: Table, changed: tuple[Column[Any], ...], only: Only | None) -> Insert:
    upsert: Insert = postgresql.insert(table) if postgres else sqlite.insert(table)
    return upsert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: upsert.excluded[column.name] for column in changed},
        where=only(upsert) if only is not None else None,
    )


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
