"""What runs have left behind at their targets, in a file of the process that makes the runs: it outlives the process.

A run must not wait for a database that may be away, or far, before it sends its first order; so this is no table of the
store, and no part of the spool, whose mark moves past what the centre has.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from synthmon import wire
from synthmon.errors import MalformedDocument, StoreError
from synthmon.events import Events
from synthmon.model.owed import Owed
from synthmon.model.run import to_millis

LEDGER_FILE = "cleanup.db"
MOST_KEPT = 50  # runs of one probe in one region; of more, the oldest are forgotten

_SCHEMA = """
CREATE TABLE IF NOT EXISTS owed (
    run TEXT PRIMARY KEY, probe TEXT NOT NULL, region TEXT NOT NULL, slot INTEGER NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS owed_by_probe ON owed (probe, region, slot);
"""
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

T = TypeVar("T")

_log = Events()


class FileLedger:
    """A SQLite file, opened when it is first needed; used by all threads of the process, one at a time.

    Each run asks what is owed, and hardly ever is anything: who may owe something is remembered, or all runs would wait
    for each other at the file. Nobody else writes into it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._door = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._owing: set[tuple[str, str]] | None = None  # probe and region; None: as the file says

    def owed(self, probe: str, region: str) -> Sequence[Owed]:
        """The oldest first; what cannot be read is left out, and logged."""
        if self._owing is not None and (probe, region) not in self._owing:
            return ()
        rows = self._done(lambda connection: self._looked_up(connection, probe, region))
        return [owed for run, document in rows if (owed := self._read(run, document)) is not None]

    def _looked_up(self, connection: sqlite3.Connection, probe: str, region: str) -> list[tuple[str, str]]:
        """For whoever holds the door, as is whatever changes who may owe something."""
        if self._owing is None:
            self._owing = set(connection.execute("SELECT DISTINCT probe, region FROM owed"))
        query = "SELECT run, document FROM owed WHERE probe = ? AND region = ? ORDER BY slot"
        rows = connection.execute(query, (probe, region)).fetchall()
        if not rows:
            self._owing.discard((probe, region))
        return rows

    def put(self, owed: Owed) -> None:
        """Durable when this returns."""
        key, document = owed.key, wire.dumps(wire.owed_to_json(owed)).decode("utf-8", "surrogatepass")
        row = (key.id, key.probe, key.region, to_millis(key.slot), document)
        too_old = (
            "DELETE FROM owed WHERE run IN "
            "(SELECT run FROM owed WHERE probe = ? AND region = ? ORDER BY slot DESC LIMIT -1 OFFSET ?)"
        )

        def write(connection: sqlite3.Connection) -> int:
            if self._owing is not None:
                self._owing.add((key.probe, key.region))
            connection.execute("INSERT OR REPLACE INTO owed VALUES (?, ?, ?, ?, ?)", row)
            return connection.execute(too_old, (key.probe, key.region, MOST_KEPT)).rowcount

        if forgotten := self._done(write):
            _log.error("cleanup.forgotten", probe=key.probe, region=key.region, runs=forgotten, most=MOST_KEPT)

    def drop(self, run_id: str) -> None:
        self._done(lambda connection: connection.execute("DELETE FROM owed WHERE run = ?", (run_id,)))

    def close(self) -> None:
        with self._door:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _read(self, run: str, document: str) -> Owed | None:
        try:
            return wire.owed_from_json(wire.loads(document.encode("utf-8", "surrogatepass")))
        except MalformedDocument as error:
            _log.error("cleanup.unreadable", run=run, error=str(error))
            return None

    def _done(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """One transaction; raises `StoreError`. A file that is damaged is kept aside, and a new one begun."""
        with self._door:
            try:
                with self._opened() as connection:
                    return work(connection)
            except sqlite3.Error as error:
                self._give_up(error)
                hint = f"look after the disk and the rights of {self._path.absolute().parent}"
                raise StoreError(f"the ledger {self._path}: {error}", hint=hint) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._make()
            connection = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(_SCHEMA)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _make(self) -> None:
        """For this user alone, as captures may be personal; what is wrong is said when it is opened."""
        with suppress(OSError):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))

    def _give_up(self, error: sqlite3.Error) -> None:
        self._owing = None
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN:
            aside = self._path.with_name(f"{self._path.name}.damaged")
            with suppress(OSError):
                self._path.replace(aside)
            _log.error("cleanup.ledger_damaged", path=str(self._path), kept_as=str(aside))
