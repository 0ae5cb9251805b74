"""Which database an address names."""

from __future__ import annotations

from pathlib import Path

from synthmon.errors import ConfigurationError
from synthmon.store.database import Database
from synthmon.store.postgres import address
from synthmon.store.sqlite.database import Sqlite

_FILES = ("sqlite:///", "sqlite+pysqlite:///")

Where = str | Path | Database


def database_at(where: Where) -> Database:
    """The database of an address such as `sqlite:////data/synthmon.db`, of a plain path, or the one handed in."""
    if isinstance(where, Path):
        return Sqlite(where)
    if not isinstance(where, str):
        return where
    if where.startswith(address.SCHEMES):
        return _postgres(where)
    for scheme in _FILES:
        if where.startswith(scheme) and where != scheme:
            return Sqlite(Path(where.removeprefix(scheme)))
    if "://" in where or not where:
        kind = where.partition("://")[0]
        raise ConfigurationError(
            f"no store of kind {kind!r}: the address of a database begins with sqlite:/// or postgresql+psycopg://",
            hint=f"for example sqlite:////data/synthmon.db, or {address.EXAMPLE}",
        )
    return Sqlite(Path(where))


def _postgres(where: str) -> Database:
    # Here, because it loads psycopg, which an installation on SQLite has no use for.
    from synthmon.store.postgres.database import Postgres

    return Postgres(where)
