"""On PostgreSQL the process leads that holds a lock with a session of its own.

The lock is the session's, and a session outlives a process that is stopped, or whose network is gone. So the leader
speaks up every two seconds, the server ends a session that has been silent for eight (`idle_session_timeout`), and by
its own clock the leader has stopped to be one before that. What it had under way by then is refused by `fencing`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from synthmon.errors import StoreError
from synthmon.events import Events
from synthmon.model.term import Term
from synthmon.nouns import dataclass
from synthmon.store.database import Unanswered
from synthmon.store.fencing import Candidate, elect, newest
from synthmon.store.postgres.address import read
from synthmon.store.postgres.deadline import Deadlines
from synthmon.store.postgres.faults import fault_of

_log = Events()

LOCK = 0x73796E74686D6F6E  # "synthmon": the number of the lock, within one database


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds. `sure` must be less than `silence`: a leader has to know that it is none before another one can be."""

    contend: float = 1.0  # between two attempts to get the lock
    confirm: float = 2.0  # between two signs of life of the leader
    patience: float = 4.0  # for an answer of the server
    sure: float = 7.0  # since the last confirmation was asked for
    silence: float = 8.0  # after which the server ends the session


@dataclass(frozen=True, slots=True)
class _Held:
    """A session with the lock. `backend` is the server's process of it; `sure_until` is on the clock of `_elapsed`."""

    term: Term
    backend: int
    sure_until: float


class Contest:
    """Contends for the lock of a PostgreSQL database, in a thread of its own, whenever `fit` says that it may."""

    alone = False

    def __init__(
        self,
        url: str,
        instance: str,
        now: Callable[[], datetime],
        fit: Callable[[], bool] = lambda: True,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._instance, self._now, self._fit, self._rhythm = instance, now, fit, rhythm or Rhythm()
        self._engine = create_engine(
            read(url),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "connect_timeout": max(2, ceil(self._rhythm.patience)),
                "keepalives_idle": 3,
                "keepalives_interval": 2,
                "keepalives_count": 2,
                "tcp_user_timeout": int(self._rhythm.silence * 1000),
                "application_name": f"synthmon leadership {instance}"[:63],
            },
        )
        self._deadlines = Deadlines()
        self._connection: Connection | None = None
        self._held: _Held | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="leadership", daemon=True)
        self.trouble: str | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Give the lead up: another one can have it within a second."""
        self._ending.set()
        self._thread.join(2 * self._rhythm.patience)

    def term(self) -> Term | None:
        held = self._held
        return held.term if held is not None and _elapsed() < held.sure_until else None

    # The thread

    def _loop(self) -> None:
        while not self._ending.is_set():
            self._attempt()
            self._ending.wait(self._rhythm.contend if self._held is None else self._rhythm.confirm)
        self._let_go("this process is ending")
        self._engine.dispose()
        self._deadlines.close()

    def _attempt(self) -> None:
        """Isolation boundary: whatever goes wrong, the lead is let go and contended for again."""
        try:
            if not self._fit():
                self._let_go("this process does not get on with judging")
            elif self._held is None:
                self._contend()
            else:
                self._confirm(self._held)
            self.trouble = None
        except (SQLAlchemyError, StoreError, Unanswered, OSError) as error:
            fault = fault_of(error)
            cause = fault.what if fault is not None else str(error)
            self.trouble = f"it cannot be settled who leads: {cause}"
            self._let_go(cause)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not leave a process leading for good
            self.trouble = f"it cannot be settled who leads: {type(error).__name__}: {error}"
            _log.exception("leadership.failed")
            self._let_go(str(error))

    def _contend(self) -> None:
        connection = self._usable()
        with self._answering(connection) as asked_at:
            won, backend = connection.execute(
                text("SELECT pg_try_advisory_lock(:lock), pg_backend_pid()"), {"lock": LOCK}
            ).one()
        if won:
            with self._answering(connection):
                term = elect(connection, Candidate(self._instance, self._now()))
            self._held = _Held(term, backend, asked_at + self._rhythm.sure)
            _log.info("leadership.won", epoch=term.epoch, instance=self._instance)

    def _confirm(self, held: _Held) -> None:
        """The lock is held as long as its session lives; the row says the same, or somebody wrote it by hand."""
        connection = self._usable()
        with self._answering(connection) as asked_at:
            backend = connection.scalar(text("SELECT pg_backend_pid()"))
            term = newest(connection)
        if backend != held.backend:
            raise StoreError(
                "the session changed beneath its lock",
                hint="SYNTHMON_DATABASE_URL must name the server itself, not a pooler that shares sessions out",
            )
        if term is None or term.epoch != held.term.epoch:
            raise StoreError(f"the term {held.term.epoch} is not the one in the database")
        self._held = _Held(held.term, held.backend, asked_at + self._rhythm.sure)

    def _usable(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect()
            try:
                with self._answering(connection):
                    for name, seconds in (
                        ("idle_session_timeout", self._rhythm.silence),
                        ("statement_timeout", self._rhythm.patience),
                        ("lock_timeout", self._rhythm.patience / 2),
                    ):
                        connection.exec_driver_sql(f"SET {name} = {int(seconds * 1000)}")
            except BaseException:
                _close(connection)
                raise
            self._connection = connection
        return self._connection

    @contextmanager
    def _answering(self, connection: Connection) -> Iterator[float]:
        """When it was asked; nothing waits for a silent server for longer than our patience."""
        driver: Any = connection.connection.driver_connection
        with self._deadlines.limit(driver.fileno(), self._rhythm.patience):
            yield _elapsed()

    def _let_go(self, why: str) -> None:
        held, self._held = self._held, None
        connection, self._connection = self._connection, None
        if connection is not None:
            _close(connection)
        if held is not None:
            _log.warning("leadership.lost", epoch=held.term.epoch, instance=self._instance, why=why)


def _close(connection: Connection) -> None:
    with suppress(SQLAlchemyError, OSError):  # what is thrown away may well be broken
        connection.invalidate()
        connection.close()


def _elapsed() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
