"""Inserts that say what happens to what is already there, spelt as the connection's database spells them."""

from __future__ import annotations

from collections.abc import Callable
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
