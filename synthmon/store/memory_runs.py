"""Runs, missed slots and rollups in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from synthmon import wire
from synthmon.model.history import MissedSlot, RunRow
from synthmon.model.rollup import Grain, Rolled, Rollup
from synthmon.model.run import RunKind, RunResult
from synthmon.store.interface import EVERY, Only
from synthmon.store.memory_contents import Held
from synthmon.store.memory_outbox import exact, through
from synthmon.store.retention import without_evidence
from synthmon.store.rows import row_of, run_order


class Runs(Held):
    """That part of `memory.MemoryStore`."""

    # Runs
    def keep(self, results: Sequence[RunResult]) -> int:
        with self._lock:
            new = 0
            for result in results:
                if result.id not in self._kept.runs:
                    new += 1
                    self._kept.runs[result.id] = through(result, wire.to_json, wire.from_json)
                    if result.key.kind is RunKind.SCHEDULED:
                        slot = (result.key.probe, result.key.region, exact(result.key.slot))
                        self._kept.missed.pop(slot, None)
            return new

    def make_room(self, now: datetime) -> Sequence[str]:  # noqa: ARG002 - there is always room
        return ()

    def forget_evidence(self, before: datetime, limit: int) -> int:
        with self._lock:
            old = [run for run in self._kept.runs.values() if run.key.slot < before and run != without_evidence(run)]
            for run in old[:limit]:
                self._kept.runs[run.id] = without_evidence(run)
            return len(old[:limit])

    def forget_runs(self, before: datetime, limit: int) -> int:
        with self._lock:
            judged = list(self._kept.runs.values())[: self._kept.watermark]
            old = sorted((run for run in judged if run.key.slot < before), key=lambda run: run.key.slot)[:limit]
            for run in old:
                del self._kept.runs[run.id]
            self._kept.watermark -= len(old)
            self._kept.removed += len(old)
            slots = sorted((key for key in self._kept.missed if key[2] < before), key=lambda key: key[2])[:limit]
            for key in slots:
                del self._kept.missed[key]
            return len(old) + len(slots)

    def arrived(self) -> int:
        with self._lock:
            return self._kept.removed + len(self._kept.runs)

    def late_probes(self, after: int, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
        slots: dict[str, list[datetime]] = {}
        for _, probe, slot in self.late_runs(after, len(self._kept.runs)):
            if start <= slot < end:
                slots.setdefault(probe, []).append(slot)
        return [(probe, min(found), max(found)) for probe, found in sorted(slots.items())]

    def late_runs(self, after: int, limit: int) -> list[tuple[int, str, datetime]]:
        with self._lock:
            found = list(enumerate(self._kept.runs.values(), 1 + self._kept.removed))
        return [(number, run.key.probe, run.key.slot) for number, run in found if number > after][:limit]

    # Rollups
    def replace_rollups(self, probe: str, stretches: Sequence[Rolled]) -> None:
        with self._lock:
            self._kept.rollups.replace(probe, stretches)

    def rollups(
        self, start: datetime, end: datetime, probe: str | None = None, grain: Grain = Grain.QUARTER
    ) -> list[Rollup]:
        with self._lock:
            return self._kept.rollups.find(start, end, probe, grain)

    def forget_rollups(self, before: datetime, limit: int) -> int:
        with self._lock:
            return self._kept.rollups.forget(before, limit)

    def forget_days(self) -> None:
        with self._lock:
            self._kept.rollups.forget_days()

    # Missed slots
    def note_missed(self, slots: Sequence[MissedSlot], epoch: int | None = None) -> int:
        with self._leading(epoch):
            known = {
                (run.key.probe, run.key.region, run.key.slot)
                for run in self._kept.runs.values()
                if run.key.kind is RunKind.SCHEDULED
            }
            before = len(self._kept.missed)
            for slot in slots:
                key = (slot.probe, slot.region, exact(slot.slot))
                if key not in known:
                    self._kept.missed.setdefault(key, replace(slot, slot=key[2]))
            return len(self._kept.missed) - before

    def withdraw_missed(self, after: datetime, epoch: int | None = None) -> int:
        with self._leading(epoch):
            wrong = [key for key in self._kept.missed if key[2] > after]
            for key in wrong:
                del self._kept.missed[key]
            return len(wrong)

    def run(self, run_id: str) -> RunResult | None:
        with self._lock:
            return self._kept.runs.get(run_id)

    def runs(self, start: datetime, end: datetime, probe: str | None = None) -> Iterator[RunResult]:
        rows = self.run_rows(probe=probe, start=start, end=end, newest_first=False)
        for row in rows:
            if result := self.run(row.id):
                yield result

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
        with self._lock:
            rows = [
                row_of(run)
                for run in self._kept.runs.values()
                if probe in {None, run.key.probe}
                and region in {None, run.key.region}
                and (start is None or run.key.slot >= start)
                and (end is None or run.key.slot < end)
                and (not only.outcomes or run.outcome in only.outcomes)
                and (not only.kinds or run.key.kind in only.kinds)
            ]
        if (behind := only.behind) is not None:
            rows = [row for row in rows if (run_order(row) < behind if newest_first else run_order(row) > behind)]
        return sorted(rows, key=run_order, reverse=newest_first)[:limit]

    def run_keys(self, probe: str, region: str, start: datetime, end: datetime) -> list[datetime]:
        rows = self.run_rows(probe=probe, region=region, start=start, end=end, newest_first=False)
        return [row.slot for row in rows if row.kind is RunKind.SCHEDULED]

    def kept_slots(self, start: datetime, end: datetime) -> set[tuple[str, str, datetime]]:
        rows = self.run_rows(start=start, end=end)
        return {(row.probe, row.region, row.slot) for row in rows if row.kind is RunKind.SCHEDULED}

    def last_good_run(self, probe: str, region: str | None = None, before: datetime | None = None) -> RunRow | None:
        rows = self.run_rows(probe=probe, region=region, end=before)
        return next((row for row in rows if row.outcome.good), None)

    def missed(self, start: datetime, end: datetime, probe: str | None = None) -> list[MissedSlot]:
        with self._lock:
            slots = [
                slot for slot in self._kept.missed.values() if start <= slot.slot < end and probe in {None, slot.probe}
            ]
        return sorted(slots, key=lambda slot: (slot.slot, slot.probe, slot.region))

    def missed_by_reason(self, start: datetime, end: datetime) -> Mapping[str, int]:
        return dict(Counter(slot.reason for slot in self.missed(start, end)))
