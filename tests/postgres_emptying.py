"""A database that a test has used, emptied for the next one, unless the test changed more than rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import LiteralString, Protocol

import psycopg

# Whatever a test may have changed beside rows: tables, columns, rights, functions, triggers, settings, statistics.
_LOOK = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT concat_ws(' ', n.nspname, k.relname, k.relkind, k.relacl, k.relowner, k.reloptions, k.relrowsecurity) AS line
        FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace WHERE n.nspname !~ '^(pg_|information_schema)'
    UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull, attisdropped, attacl)
        FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', oid::regprocedure, md5(prosrc), proacl, proowner) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', 'rule', rulename) FROM pg_rewrite WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'event', evtname) FROM pg_event_trigger
    UNION ALL SELECT concat_ws(' ', 'set', setrole, setconfig) FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT concat_ws(' ', 'database', datallowconn, datconnlimit, datacl, datdba)
        FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT concat_ws(' ', nspname, nspacl, nspowner) FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT concat_ws(' ', 'statistics of', starelid::regclass) FROM pg_statistic WHERE starelid >= 16384
) AS everything
"""
_PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class k ON k.oid = inhrelid WHERE relkind = 'r'"
_TABLES = """
SELECT k.oid::regclass::text FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace
    WHERE n.nspname = 'public' AND k.relkind IN ('r', 'p') AND NOT k.relispartition ORDER BY 1
"""
_OTHERS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
_COUNT_ANEW = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


class Connects(Protocol):
    def connect(self, database: str = ...) -> psycopg.Connection: ...

    def __hash__(self) -> int: ...


def is_as_new(server: Connects, database: str, template: str) -> bool:
    """Whether it is now like a copy of the template; whoever is still connected to it is thrown out."""
    new = _pristine(server, template)
    try:
        with server.connect(database) as connection:
            connection.execute(_OTHERS, (database,))
            for month in _names(connection, _PARTITIONS) - new.partitions:
                connection.execute(f"DROP TABLE {month}")
            if connection.execute(_LOOK).fetchone() != new.look or _rows(connection, new.rows) != new.rows:
                return False
            connection.execute("SET session_replication_role = replica")  # in whatever order they refer to each other
            for table in new.empty:
                connection.execute(f"DELETE FROM {table}")
            connection.execute(_COUNT_ANEW)
    except psycopg.Error:  # the test left it so that nobody can work with it
        return False
    return True


@dataclass(frozen=True)
class New:
    """A copy as it is made: its look, its partitions, what is in tables that have rows, and those that have none."""

    look: object
    partitions: set[str]
    rows: dict[str, str]
    empty: set[str]


@cache
def _pristine(server: Connects, template: str) -> New:
    with server.connect(template) as connection:
        tables = _names(connection, _TABLES)
        rows = {name: found for name, found in _rows(connection, tables).items() if found}
        look = connection.execute(_LOOK).fetchone()
        return New(look, _names(connection, _PARTITIONS), rows, tables - rows.keys())


def _names(connection: psycopg.Connection, asked: LiteralString) -> set[str]:
    return {str(name) for (name,) in connection.execute(asked).fetchall()}


def _rows(connection: psycopg.Connection, tables: Iterable[str]) -> dict[str, str]:
    """All that is in each of them, as one text."""
    asked = "SELECT coalesce(string_agg(one::text, E'\\n' ORDER BY one::text), '') FROM {} AS one"
    return {name: str((connection.execute(asked.format(name)).fetchone() or ("",))[0]) for name in tables}
