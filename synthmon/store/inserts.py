"""Inserts that say what happens to what is already there, spelt as the connection's database spells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.schema import Column
from sqlalchemy.sql import Executable

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
    to keep them. What that comes to follows from the table. Many rows are one statement: with each, Python's sqlite3
    lets other threads run, and beside two busy ones it then waits five milliseconds until it may go on.
    """
    columns = _by_column(table)
    new = start = 0
    for size in _TOGETHER:
        while start + size <= len(rows):
            some = rows[start : start + size]
            values = [row[name] if write is None else write(row[name]) for row in some for name, write in columns]
            new += connection.exec_driver_sql(_inserting(table, size), tuple(values)).rowcount
            start += size
    return new


_TOGETHER = (64, 16, 4, 1)  # rows; few sizes, as sqlite3 remembers a hundred statements that it has taken apart


@cache
def _by_column(table: Table) -> Sequence[tuple[str, Callable[[Any], Any] | None]]:
    """The columns in the order of the places, each with what makes a value the driver's, if anything."""
    dialect = sqlite.dialect()
    compiled = sqlite.insert(table).on_conflict_do_nothing().compile(dialect=dialect)
    writers = {column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.c}
    return [(name, writers[name]) for name in compiled.positiontup or ()]


@cache
def _inserting(table: Table, size: int) -> str:
    """The statement for so many rows."""
    head, values, tail = str(sqlite.insert(table).on_conflict_do_nothing()).partition(" VALUES ")
    places = f"({', '.join('?' * len(_by_column(table)))})"
    end = tail[tail.index(")") + 1 :]
    return f"{head}{values}{', '.join([places] * size)}{end}"


def executed(connection: Connection, statement: Executable, **values: Any) -> CursorResult[Any]:
    """For SQLite: a statement of a module, whose text and places are worked out once, with values for its places."""
    text, places = _in_order(statement)
    given = [values.get(name, constant) for name, _, constant in places]
    driven = [value if write is None else write(value) for value, (_, write, _) in zip(given, places, strict=True)]
    return connection.exec_driver_sql(text, tuple(driven))


@cache
def _in_order(statement: Executable) -> tuple[str, Sequence[tuple[str, Callable[[Any], Any] | None, Any]]]:
    """The text, and for each of its places a name, what makes a value the driver's, and the value of a constant."""
    dialect = sqlite.dialect()
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # everything that can be executed has it
    binds = {name: compiled.binds[name] for name in compiled.positiontup or ()}
    return str(compiled), [
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect), bind.value) for name, bind in binds.items()
    ]


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
