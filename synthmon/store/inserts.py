"""Inserts that say what happens to what is already there, spelt as the connection's database spells them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Column

Insert = sqlite.Insert | postgresql.Insert


def insert(connection: Connection, table: Table) -> Insert:
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)


def insert_new(connection: Connection, table: Table) -> Insert:
    """Whatever is already there stays as it is."""
    return insert(connection, table).on_conflict_do_nothing()


def replace(connection: Connection, table: Table, *changed: Column[Any], where: Any = None) -> Insert:
    """What is there under the same primary key gets new values of the columns, if `where` holds."""
    upsert = insert(connection, table)
    return upsert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: upsert.excluded[column.name] for column in changed},
        where=where,
    )


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
