"""Connections to a PostgreSQL server: those that read, the one that writes, each with bounds on every wait.

Bounds of the server end what is slow or stands still while it holds locks, so that a frozen replica of the centre keeps
no other from writing. Bounds of ours (`deadline`) end what a silent server would never answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool, QueuePool

from synthmon.events import Events
from synthmon.store.database import Unanswered
from synthmon.store.postgres.deadline import Deadlines

_log = Events()

CONNECTING, TRYING, WRITING, READING = 5.0, 3.0, 10.0, 15.0  # seconds
IDLE = 1.0  # seconds after which a connection is tried before it is used
_READERS, _MORE_READERS = 4, 6

# Overridden by what the address says after its question mark.
_LIBPQ = {
    "application_name": "synthmon",
    "connect_timeout": f"{CONNECTING:g}",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_WRITING = {
    "statement_timeout": "8s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
}
_READING = {
    "statement_timeout": "12s",
    "idle_in_transaction_session_timeout": "60s",
    "default_transaction_isolation": "repeatable read",  # a transaction sees one state
    "default_transaction_read_only": "on",
}
_UPGRADING = {"statement_timeout": "0", "lock_timeout": "60s", "idle_in_transaction_session_timeout": "0"}


class Connections:
    """The engines of one database, and the deadlines of everything that is asked on them."""

    def __init__(self, url: URL) -> None:
        query = dict(url.query)
        # A port of "" in the query is libpq's own business; only what is not said is filled in.
        self._url = url.set(query={**{name: value for name, value in _LIBPQ.items() if name not in query}, **query})
        self._deadlines = Deadlines()

    def reading(self) -> Engine:
        engine = create_engine(
            self._url,
            poolclass=QueuePool,
            pool_size=_READERS,
            max_overflow=_MORE_READERS,
            pool_timeout=READING,
        )
        self._prepare(engine, _READING)
        event.listen(engine, "checkin", _remember)
        event.listen(engine, "checkout", self._try)
        return engine

    def writing(self) -> Engine:
        engine = create_engine(self._url, poolclass=NullPool)
        self._prepare(engine, _WRITING)
        return engine

    def upgrading(self) -> Engine:
        engine = create_engine(self._url, poolclass=NullPool)
        self._prepare(engine, _UPGRADING)
        return engine

    def limit(self, driver: Any, seconds: float) -> AbstractContextManager[None]:
        return self._deadlines.limit(driver.fileno(), seconds)

    def close(self) -> None:
        self._deadlines.close()

    def _prepare(self, engine: Engine, session: Mapping[str, str]) -> None:
        def connected(driver: psycopg.Connection, record: Any) -> None:
            record.info["transaction"] = READING if session is _READING else WRITING
            with self.limit(driver, CONNECTING):
                driver.autocommit = True
                for name, value in session.items():
                    driver.execute("SELECT set_config(%s, %s, false)", (name, value))
                if session is _WRITING:
                    _acknowledge_only_what_is_durable(driver)
                driver.autocommit = False

        event.listen(engine, "connect", connected)

    def _try(self, driver: psycopg.Connection, record: Any, _proxy: object) -> None:
        """A connection that lay idle may lead to a server that was restarted since; the pool then makes another."""
        if monotonic() - record.info.get("used", monotonic()) < IDLE:
            return
        try:
            self.ping(driver)
        except (psycopg.Error, Unanswered, OSError) as error:
            raise DisconnectionError from error

    def ping(self, driver: psycopg.Connection) -> None:
        """Raises if the server does not answer on it."""
        with self.limit(driver, TRYING):
            driver.execute("SELECT 1")
            driver.rollback()


def _remember(_driver: object, record: Any) -> None:
    record.info["used"] = monotonic()


def _acknowledge_only_what_is_durable(driver: psycopg.Connection) -> None:
    """A commit must not return before it is on the disk; a server that syncs nothing at all is at least named."""
    if driver.execute("SHOW synchronous_commit").fetchone() == ("off",):
        driver.execute("SET synchronous_commit = on")
    if driver.execute("SHOW fsync").fetchone() == ("off",):
        _log.warning(
            "store.not_durable", why="the server's fsync is off: a power failure can lose what was acknowledged"
        )
