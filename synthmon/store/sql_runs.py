"""Runs, missed slots and rollups on a SQL database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Engine

from synthmon.errors import StoreError
from synthmon.model.history import MissedSlot, RunRow
from synthmon.model.rollup import Grain, Rolled, Rollup
from synthmon.model.run import RunResult, slot_in
from synthmon.store import (
    fencing,
    keeping,
    partitions,
    reading,
    retention,
    rolled,
)
from synthmon.store.database import Database
from synthmon.store.document import Dictionaries
from synthmon.store.fresh import Fresh
from synthmon.store.interface import EVERY, Gathered, Only, Unjudged
from synthmon.store.reading import Which
from synthmon.store.sql_transactions import Transactions
from synthmon.store.writer import Work, Writer, one_by_one

P = TypeVar("P")
R = TypeVar("R")


_make_ahead = one_by_one(partitions.make_ahead)
_note_missed, _withdraw_missed = fencing.fenced(keeping.note_missed), fencing.fenced(keeping.withdraw_missed)

_PIECE = 200  # runs read at a time: no reader keeps the log from being emptied for long


class SqlRuns(Transactions):
    """That part of `sql.SqlStore`."""

    def __init__(self, database: Database, readers: Engine, writer: Writer | None) -> None:
        super().__init__(database, readers, writer)
        self._documents = Dictionaries(self._find_dictionaries, self._make_dictionaries, self._dictionary)
        self._fresh = Fresh()
        self._keep_runs = keeping.keeper_of_runs(self._documents, database.put, self._fresh.remember)
        self._months: frozenset[date] = frozenset()  # those that are known to be there
        if writer is not None:
            writer.on_connect = self._documents.forget
        self._remove_evidence = retention.remover_of_evidence(self._documents)

    # Runs
    def keep(self, results: Sequence[RunResult]) -> int:
        if not results:
            return 0
        return self._write_runs(self._keep_runs, [keeping.Incoming(result) for result in results], results)

    def make_room(self, now: datetime) -> Sequence[str]:
        return [partitions.name_of(month) for month in self._write(_make_ahead, now)]

    def forget_evidence(self, before: datetime, limit: int) -> int:
        return self._write(self._remove_evidence, retention.Piece(before, limit))

    def forget_runs(self, before: datetime, limit: int) -> int:
        return self._write(retention.remove_runs, retention.Piece(before, limit))

    def arrived(self) -> int:
        with self._reading() as connection:
            return rolled.arrived(connection)

    def late_probes(self, after: int, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
        with self._reading() as connection:
            return rolled.late_probes(connection, after, start, end)

    def late_runs(self, after: int, limit: int) -> list[tuple[int, str, datetime]]:
        with self._reading() as connection:
            return rolled.late_runs(connection, after, limit)

    # Rollups
    def replace_rollups(self, probe: str, stretches: Sequence[Rolled]) -> None:
        self._write(rolled.replace, rolled.Replacement(probe, tuple(stretches)))

    def rollups(
        self, start: datetime, end: datetime, probe: str | None = None, grain: Grain = Grain.QUARTER
    ) -> list[Rollup]:
        with self._reading() as connection:
            return rolled.find(connection, rolled.WhichRollups(start, end, probe, grain))

    def forget_rollups(self, before: datetime, limit: int) -> int:
        return self._write(rolled.remove, retention.Piece(before, limit))

    def forget_days(self) -> None:
        self._write(rolled.remove_days, None)

    # Missed slots
    def note_missed(self, slots: Sequence[MissedSlot], epoch: int | None = None) -> int:
        return self._write(_note_missed, (epoch, slots)) if slots else 0

    def withdraw_missed(self, after: datetime, epoch: int | None = None) -> int:
        return self._write(_withdraw_missed, (epoch, after))

    def run(self, run_id: str) -> RunResult | None:
        slot = slot_in(run_id)
        if slot is None:
            return None
        with self._reading() as connection:
            return reading.run(connection, self._documents, run_id, slot)

    def runs(self, start: datetime, end: datetime, probe: str | None = None) -> Iterator[RunResult]:
        which, after = Which(probe=probe, start=start, end=end), None
        while True:
            with self._reading() as connection:
                rows = reading.whole_rows(connection, which, after, _PIECE)
                results = reading.readable(self._documents, rows)
            yield from results
            if len(rows) < _PIECE:
                return
            after = rows[-1]

    def run_rows(
        self,
        *,
        probe: str | None = None,
        region: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        newest_first: bool = True,
        only: Only = EVERY,
    ) -> list[RunRow]:
        with self._reading() as connection:
            which = Which(probe, region, start, end, only, newest_first)
            return reading.run_rows(connection, which, limit, newest_first=newest_first)

    def run_keys(self, probe: str, region: str, start: datetime, end: datetime) -> list[datetime]:
        with self._reading() as connection:
            return reading.run_keys(connection, Which(probe, region, start, end))

    def kept_slots(self, start: datetime, end: datetime) -> set[tuple[str, str, datetime]]:
        with self._reading() as connection:
            return reading.kept_slots(connection, Which(start=start, end=end))

    def last_good_run(self, probe: str, region: str | None = None, before: datetime | None = None) -> RunRow | None:
        with self._reading() as connection:
            return reading.last_good_run(connection, Which(probe, region, end=before))

    def missed(self, start: datetime, end: datetime, probe: str | None = None) -> list[MissedSlot]:
        with self._reading() as connection:
            return reading.missed_slots(connection, start, end, probe)

    def missed_by_reason(self, start: datetime, end: datetime) -> Mapping[str, int]:
        with self._reading() as connection:
            return reading.missed_by_reason(connection, start, end)

    # Judging
    def gather(self, limit: int = 500, *, states: bool = True) -> Gathered:
        with self._reading() as connection:
            return reading.gather(connection, self._unpacked, limit, states=states)

    def unjudged(self, most: int) -> Unjudged:
        with self._reading() as connection:
            return reading.unjudged(connection, most)

    def _write_runs(self, work: Work[P, R], payload: P, results: Sequence[RunResult]) -> R:
        """Write what has runs in it, after what they need is there: dictionaries, and the months of their slots."""
        self._documents.prepare(results)
        wanted = partitions.months_of([result.key.slot for result in results])
        try:
            if not wanted <= self._months:
                self._write(partitions.make_each, wanted)
                self._months |= wanted
            return self._write(work, payload)
        except StoreError:
            self._months = frozenset()  # one may have been dropped: look again before the next attempt
            raise

    def _unpacked(self, run_id: str, number: int, document: bytes) -> RunResult:
        return self._fresh.taken(run_id, document) or self._documents.unpack(number, document)

    def _find_dictionaries(self, hashes: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:
        with self._reading() as connection:
            return keeping.find_dictionaries(connection, hashes)

    def _make_dictionaries(self, samples: Mapping[str, bytes]) -> Mapping[str, tuple[int, bytes]]:
        return self._write(keeping.make_dictionaries, samples)

    def _dictionary(self, number: int) -> bytes | None:
        with self._reading() as connection:
            return keeping.dictionary(connection, number)
