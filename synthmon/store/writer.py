"""The one thread that writes: it takes what callers hand it, commits many together, and answers after the commit.

A caller waits until the batch with its work is durable. Work that fails by itself (a constraint, a value that cannot be
kept) spoils no other's: the batch is undone and each is done alone. When the database fails, everybody in the batch
hears why, and the next batch begins with a new connection.

A commit whose answer was lost is in doubt: its callers hear of an error, and hand the same in again. Everything that is
written is known by an id that follows from what it is, so that nothing is there twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any, TypeVar, cast

from sqlalchemy.engine import Connection

from synthmon.errors import StoreError
from synthmon.store import faults
from synthmon.store.database import Database

P = TypeVar("P")
R = TypeVar("R")

Work = Callable[[Connection, Sequence[P]], Sequence[R]]
"""Does the payloads of several callers inside the open transaction, and gives each its answer. It may be done again."""


def one_by_one(function: Callable[[Connection, P], R]) -> Work[P, R]:
    """Work that gains nothing from being done together."""

    def work(connection: Connection, payloads: Sequence[P]) -> list[R]:
        return [function(connection, payload) for payload in payloads]

    return work


LARGEST_BATCH = 256
_STOP = None
_MOMENT = 0.0005  # seconds
_PAUSES = (0.02, 0.1, 0.5)  # seconds before what another transaction was in the way of is done again


class _Job:
    """Work, and a place for its answer that its caller waits at: a lock, held until the answer is there."""

    __slots__ = ("_answer", "_error", "_waiting", "payload", "work")

    def __init__(self, work: Work[Any, Any], payload: Any) -> None:
        self.work, self.payload = work, payload
        self._answer: Any = None
        self._error: Exception | None = None
        self._waiting = threading.Lock()
        self._waiting.acquire()

    def answer(self, answer: Any) -> None:
        self._answer = answer
        self._waiting.release()

    def refuse(self, error: Exception) -> None:
        self._error = error
        self._waiting.release()

    def wait(self) -> Any:
        self._waiting.acquire()
        if self._error is not None:
            raise self._error
        return self._answer


class Writer:
    """Owns the only connection of this process that writes. `check` is asked of every new one before it is used.

    `on_connect` is called in the writer's thread after each new connection, before any work is done on it.
    """

    def __init__(self, database: Database, check: Callable[[Connection], None]) -> None:
        self._engine, self._database, self._check = database.writing_engine(), database, check
        self.on_connect: Callable[[], None] = lambda: None
        self._connection: Connection | None = None
        self._used = 0.0
        self._suspect = False
        self._last_batch = 1
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()  # a caller waits for its answer: one job each
        self._door = threading.Lock()
        self._closed = False
        self._connect()
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._thread.start()

    def do(self, work: Work[P, R], payload: P) -> R:
        """Have the work done and wait until it is durable; raises what went wrong with it, or a `StoreError`."""
        job = _Job(work, payload)
        with self._door:
            if self._closed:
                raise StoreError(f"{self._database.shown}: the store is closed")
            self._queue.put(job)
        return cast("R", job.wait())

    def close(self) -> None:
        """Finish what was handed in, then let the connection go; SQLite then empties the log into the database."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(_STOP)
        self._thread.join()

    def _loop(self) -> None:
        going = True
        while going:
            batch, going = self._next_batch()
            if batch:
                self._commit(batch)
            batch.clear()  # or what was kept last would stay in memory until something else comes
        self._disconnect()

    def _next_batch(self) -> tuple[list[_Job], bool]:
        """Everything that waits, at least one job; and whether there is more to come.

        Those answered last are given a moment to come back: callers that work in step then share every commit, where
        they would otherwise fall into two halves that wait for each other.
        """
        batch: list[_Job] = []
        until = None
        try:
            while len(batch) < LARGEST_BATCH:
                job = self._queue.get(timeout=until and max(0.0, until - monotonic()))
                if job is _STOP:
                    return batch, False
                batch.append(job)
                if until is None:
                    until = monotonic() + (_MOMENT if self._last_batch > 1 else 0)
                if len(batch) >= self._last_batch:
                    until = 0.0
        except Empty:
            pass
        self._last_batch = len(batch)
        return batch, True

    def _commit(self, batch: Sequence[_Job]) -> None:
        try:
            answers = self._transaction(batch)
        except Exception as error:  # noqa: BLE001 - the isolation boundary: each job's error is its caller's
            self._failed(batch, error)
        else:
            for job, answer in zip(batch, answers, strict=True):
                job.answer(answer)

    def _transaction(self, batch: Sequence[_Job]) -> list[object]:
        for pause in (*_PAUSES, None):
            connection = self._usable()
            try:
                with self._database.bounded(connection), connection.begin():
                    return self._answers(connection, batch)
            except faults.drivers() as error:
                fault = self._database.fault(error)
                if pause is None or fault is None or not fault.again:
                    raise
            sleep(pause)  # the other one comes first now, or both would meet again
        raise AssertionError("the last attempt either answers or raises")

    def _answers(self, connection: Connection, batch: Sequence[_Job]) -> list[object]:
        answers: list[object] = []
        for work, jobs in groupby(batch, key=lambda job: job.work):
            answers += work(connection, [job.payload for job in jobs])
        return answers

    def _failed(self, batch: Sequence[_Job], error: Exception) -> None:
        if isinstance(error, _Away) or faults.of_the_database(error, self._database):
            fault = self._database.fault(error)
            self._suspect = self._suspect or (fault is not None and fault.suspect)
            self._disconnect()
        elif len(batch) > 1:
            for job in batch:
                self._commit([job])
            return
        for job in batch:
            job.refuse(self._told(error))

    def _told(self, error: Exception) -> Exception:
        """One error for one caller: an exception is changed by being raised, so callers do not share one."""
        reason = error.__cause__ if isinstance(error, _Away) else error
        if isinstance(reason, StoreError):
            told = type(reason)(str(reason), hint=reason.hint)
        else:
            told = faults.explained(reason or error, self._database)
        told.__cause__ = reason
        return told

    def _usable(self) -> Connection:
        """The connection, if it still leads to the same database; or a new one."""
        if self._connection is not None and self._leads_there(self._connection):
            return self._connection
        self._disconnect()
        try:
            return self._connect()
        except StoreError as error:
            raise _Away from error

    def _leads_there(self, connection: Connection) -> bool:
        before, self._used = self._used, monotonic()
        return not connection.invalidated and (self._database.usable(connection, idle=self._used - before))

    def _connect(self) -> Connection:
        with faults.explaining(self._database):
            connection = self._engine.connect()
            try:
                with self._database.bounded(connection), connection.begin():
                    self._check(connection)
                if self._suspect:
                    self._database.trust(connection)
            except BaseException:
                connection.close()
                raise
        self._suspect = False
        self._connection, self._used = connection, monotonic()
        self.on_connect()
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*faults.drivers()):  # what is thrown away may well be broken
                connection.invalidate()
                connection.close()


class _Away(Exception):
    """The database cannot be reached at all, so it makes no sense to do the jobs of a batch one by one."""
