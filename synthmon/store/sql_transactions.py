"""What each method of the store on a SQL database is: one transaction, handed to the writer or asked of a reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from synthmon.errors import StoreError
from synthmon.store import (
    faults,
)
from synthmon.store.database import Database
from synthmon.store.writer import Work, Writer

P = TypeVar("P")
R = TypeVar("R")


class Transactions:
    """A database, its readers, and its writer if there is one: without it, it only answers."""

    def __init__(self, database: Database, readers: Engine, writer: Writer | None) -> None:
        self._database, self._engine, self._writer = database, readers, writer

    def close(self) -> None:
        """Finish what is being written, then let the database go; safe to call twice."""
        if self._writer is not None:
            self._engine.dispose()  # first: the last connection to go empties the log, and only the writer may
            self._writer.close()
        self._engine.dispose()
        self._database.close()

    def _write(self, work: Work[P, R], payload: P) -> R:
        if self._writer is None:
            raise StoreError(f"{self._database.shown}: opened for reading only")
        return self._writer.do(work, payload)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        database = self._database
        with (
            faults.explaining(database),
            self._engine.connect() as connection,
            database.bounded(connection),
            connection.begin(),
        ):
            yield connection
