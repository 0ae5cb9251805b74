"""The spool: a SQLite file that one process writes through one connection, and a mark up to which all is delivered.

A result counts as taken once `put` returns. The mark moves in memory first: a disk that takes nothing does not keep
what was delivered from being so; at worst it is sent again after a restart, and kept once.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from synthmon.errors import MalformedDocument, StoreError
from synthmon.events import Events
from synthmon.model.agent import Delivered
from synthmon.model.run import RunResult, from_millis, to_millis
from synthmon.nouns import dataclass
from synthmon.spool import faults, opening, room
from synthmon.spool.records import Record, row_of, unpack

_log = Events()

KEPT_FOR = timedelta(hours=24)  # after delivery, for a centre whose database goes back in time
_MARK = "durable"
_FORGET_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SpoolState:
    """`depth` results are not delivered, the oldest of them of the slot `oldest`; what was lost is counted.

    `size` are the bytes in use in the file.
    """

    depth: int
    oldest: datetime | None
    size: int
    dropped: int
    slimmed: int
    refused: int


class Spool:
    """Thread-safe. What it takes on the disk, with its log, is at most `limit` bytes. Made, it is open, or `trouble`
    says why not and it is tried again with each use.

    Raises `SpoolDamaged` for a file that cannot be trusted, unless `recover` says to keep it aside.
    """

    def __init__(
        self,
        path: Path,
        limit: int,
        new_id: Callable[[], str],
        now: Callable[[], datetime],
        *,
        recover: bool = False,
    ) -> None:
        self._path, self._limit, self._new_id, self._now = path, limit, new_id, now
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._suspect = False
        self._forgot_at = now()
        self._last_state = SpoolState(0, None, 0, 0, 0, 0)
        self.id: str | None = None
        self.mark = self._written_mark = 0
        self.trouble: str | None = None
        try:
            self._begin()
        except faults.SpoolDamaged as error:
            if not recover:
                raise
            aside = opening.set_aside(path, now())
            _log.error("spool.set_aside", file=str(aside), why=str(error))
            self._begin()
        except StoreError as error:
            self._note_trouble(error)

    # Taking

    def put(self, results: Sequence[RunResult]) -> int:
        """Keep them; how many were new. Raises `StoreError` when they are not kept."""
        rows = [row_of(result) for result in results]
        with self._lock:
            self._make_room(room.growth(row["size"] for row in rows))
            return self._insert(rows)

    def _insert(self, rows: Sequence[Mapping[str, Any]]) -> int:
        with self._writing() as connection:
            new = 0
            for row in rows:  # one that is there was written before a fault, and settled since
                done = connection.execute(
                    "INSERT INTO records (run, slot, outcome, body, size) VALUES (:run, :slot, :outcome, :body, :size)"
                    " ON CONFLICT (run) DO NOTHING",
                    row,
                )
                new += done.rowcount
        return new

    def _make_room(self, arriving: int) -> None:
        """In pieces, each a transaction of its own: one that frees much would fill the log."""
        with self._reading() as connection:
            if room.over(connection, self._limit, arriving) <= 0:
                return
        arriving += room.slack(self._limit)
        more = True
        while more:
            with self._writing() as connection:
                needed = room.over(connection, self._limit, arriving)
                more = needed > 0 and room.make_room(connection, self._limit, needed, self.mark)

    # Delivering

    def pending(self, most: int, most_bytes: int) -> list[Record]:
        """The first records after the mark, at least one if there is any."""
        with self._reading() as connection:
            wanted = "SELECT seq, body FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
            rows = connection.execute(wanted, (self.mark, most)).fetchall()
        records: list[Record] = []
        total = 0
        for seq, body in rows:
            document = self._document(seq, body)
            total += len(document or b"")
            if records and total > most_bytes:
                break
            records.append(Record(seq, document))
        return records

    def _document(self, seq: int, body: bytes | None) -> bytes | None:
        try:
            return unpack(body)
        except MalformedDocument as error:
            with suppress(StoreError):
                self.set_aside(seq, str(error))
            return None

    def delivered(self, answer: Delivered, last_sent: int) -> None:
        """What the centre said of records up to `last_sent`: move the mark there, keep aside what it refused."""
        with self._lock:
            self.mark = min(answer.durable, last_sent)
            with suppress(StoreError), self._writing() as connection:  # in memory it holds; `trouble` says it
                for refusal in answer.refused:
                    _set_aside(connection, refusal.seq, refusal.reason, self._now())
                self._write_mark(connection)
                connection.execute(  # from where the file was left, so that a day of rows is not read for each batch
                    "UPDATE records SET delivered_at = ? WHERE seq > ? AND seq <= ? AND delivered_at IS NULL",
                    (to_millis(self._now()), self._written_mark, self.mark),
                )
                self._forget(connection)
            if self.trouble is None:
                self._written_mark = self.mark

    def rewind(self, durable: int) -> bool:
        """Begin again after this mark, if it is behind ours; whether it was."""
        with self._lock:
            if durable >= self.mark:
                return False
            _log.warning("spool.rewound", to=durable, was=self.mark, why="the centre's database knows no more")
            self.mark = durable
            with suppress(StoreError), self._writing() as connection:
                self._write_mark(connection)
                connection.execute("UPDATE records SET delivered_at = NULL WHERE seq > ?", (durable,))
            self._written_mark = min(self._written_mark, durable)
            return True

    def set_aside(self, seq: int, reason: str) -> None:
        """What cannot be sent: it is kept among the refused ones, and only its number is sent."""
        with self._writing() as connection:
            _set_aside(connection, seq, reason, self._now())
            connection.execute("UPDATE records SET body = NULL WHERE seq = ?", (seq,))

    # Asking

    def state(self) -> SpoolState:
        """How full it is; as last known while it cannot be read."""
        with suppress(StoreError), self._reading() as connection:
            wanted = "SELECT count(*), min(slot) FROM records WHERE seq > ?"
            depth, oldest = connection.execute(wanted, (self.mark,)).fetchone()
            (refused,) = connection.execute("SELECT count(*) FROM refused").fetchone()
            notes = dict(connection.execute("SELECT name, value FROM notes"))
            self._last_state = SpoolState(
                depth=depth,
                oldest=None if oldest is None else from_millis(oldest),
                size=room.used(connection),
                dropped=int(notes.get(room.DROPPED, 0)),
                slimmed=int(notes.get(room.SLIMMED, 0)),
                refused=refused,
            )
        return self._last_state

    def note(self, name: str, value: str | None) -> None:
        """A small fact that outlives the process; None takes it away. Raises `StoreError`."""
        with self._writing() as connection:
            connection.execute("DELETE FROM notes WHERE name = ?", (name,))
            if value is not None:
                connection.execute("INSERT INTO notes VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str | None:
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
            return row[0] if row else None

    def close(self) -> None:
        with self._lock:
            self._let_go()

    # The file

    def _begin(self) -> None:
        """Open it, and learn what it knows."""
        with self._lock:
            try:
                opening.make(self._path, self._new_id())
                connection = self._opened()
                notes = dict(connection.execute("SELECT name, value FROM notes"))
            except sqlite3.Error as error:
                self._let_go()
                raise faults.explained(error, self._path) from error
            self.id = notes["id"]
            self.mark = self._written_mark = int(notes.get(_MARK, 0))
            self.trouble = None

    def _opened(self) -> sqlite3.Connection:
        connection = opening.connect(self._path)
        try:
            room.bound_log(connection, self._limit)
            (opening.settle if self._suspect else opening.check)(connection, self._path)
        except BaseException:
            connection.close()
            raise
        self._suspect = False
        self._connection, self._file = connection, _identity(self._path)
        return connection

    def _usable(self) -> sqlite3.Connection:
        if self.id is None:
            self._begin()
        if self._connection is not None and self._file == _identity(self._path):
            return self._connection
        self._let_go()
        return self._opened()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explaining():
            yield self._usable()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; durable when it ends."""
        with self._lock, self._explaining():
            connection = self._usable()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            self.trouble = None

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._suspect = self._suspect or faults.is_suspect(error)
            self._let_go()
            told = faults.explained(error, self._path)
            self._note_trouble(told)
            raise told from error
        except StoreError as error:
            self._note_trouble(error)
            raise

    def _note_trouble(self, error: StoreError) -> None:
        if self.trouble is None:
            _log.error("spool.failed", error=str(error), hint=error.hint)
        self.trouble = str(error)

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _write_mark(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (_MARK, str(self.mark)),
        )

    def _forget(self, connection: sqlite3.Connection) -> None:
        """What was delivered long ago goes for good."""
        now = self._now()
        if timedelta(0) <= now - self._forgot_at < _FORGET_EVERY:
            return
        self._forgot_at = now
        old = to_millis(now - KEPT_FOR)
        connection.execute("DELETE FROM records WHERE delivered_at < ? AND seq <= ?", (old, self.mark))
        connection.execute("DELETE FROM refused WHERE at < ?", (to_millis(now - 30 * KEPT_FOR),))


def _set_aside(connection: sqlite3.Connection, seq: int, reason: str, now: datetime) -> None:
    _log.error("run.refused", seq=seq, why=reason)
    connection.execute(
        "INSERT INTO refused (seq, run, at, reason, body) SELECT seq, run, ?, ?, body FROM records WHERE seq = ?"
        " ON CONFLICT (seq) DO NOTHING",
        (to_millis(now), reason[:500], seq),
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
