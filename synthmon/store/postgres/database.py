"""A PostgreSQL database as the ground of a store, written by several replicas of the centre at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from synthmon.store import faults
from synthmon.store.database import Fault, Unanswered
from synthmon.store.postgres import address, putting
from synthmon.store.postgres.connections import IDLE, TRYING, Connections
from synthmon.store.postgres.faults import fault_of
from synthmon.store.postgres.roles import PROTECT_ACCOUNTS, PROTECT_REVISION

UPGRADE_LOCK = 0x73796E74680001  # "synth", and a number: advisory locks of a database are known by nothing but a number


class Postgres:
    """Implements `store.database.Database`."""

    upgrades_itself = False

    def __init__(self, where: str) -> None:
        self.url = address.read(where)
        self._connections = Connections(self.url)

    @property
    def shown(self) -> str:
        return address.shown(self.url)

    def require(self) -> None:
        """It is the server that knows."""

    def empty(self) -> bool:
        engine = self._connections.upgrading()
        try:
            with faults.explaining(self), engine.connect() as connection, self.bounded(connection):
                return not inspect(connection).has_table("alembic_version")
        finally:
            engine.dispose()

    def reading_engine(self) -> Engine:
        return self._connections.reading()

    def writing_engine(self) -> Engine:
        return self._connections.writing()

    @contextmanager
    def upgrading(self) -> Iterator[Connection]:
        engine = self._connections.upgrading()
        try:
            with faults.explaining(self), engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
                yield connection
                connection.execute(text(PROTECT_REVISION))
                connection.execute(text(PROTECT_ACCOUNTS))
        finally:
            engine.dispose()

    def bounded(self, connection: Connection) -> AbstractContextManager[None]:
        return self._connections.limit(connection.connection.driver_connection, connection.info["transaction"])

    def usable(self, connection: Connection, idle: float) -> bool:
        if idle < IDLE:
            return True
        driver = connection.connection.driver_connection
        try:
            with self._connections.limit(driver, TRYING), connection.begin():
                connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, Unanswered, OSError):
            return False
        return True

    def trust(self, connection: Connection) -> None:
        """The server looks after its own disk: it ends itself after a failed fsync, and recovers from its log."""

    def put(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        return putting.put(connection, rows)

    def fault(self, error: BaseException) -> Fault | None:
        return fault_of(error)

    def close(self) -> None:
        self._connections.close()
