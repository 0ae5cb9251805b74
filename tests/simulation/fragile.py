"""A store that can be away, and a process that can die just before or just after a commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from synthmon.errors import StoreError
from synthmon.judge.upkeep import Upkeep
from synthmon.model.incident import Decision, Delivery
from synthmon.model.run import RunResult
from synthmon.store.interface import Gathered
from synthmon.store.memory import MemoryStore


class Died(BaseException):
    """The process is gone. Nothing of ours may catch it, as nothing catches SIGKILL."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Runs whose judgement was committed at `now`; without runs it was a sweep that changed something.

    `doubts` is what was thought of the regions then.
    """

    now: datetime
    runs: tuple[RunResult, ...]
    doubts: Upkeep


class FragileStore(MemoryStore):
    """`away` says whether the database can be used; `crashes` is the chance of dying around one commit."""

    def __init__(self, chance: Random, away: Callable[[], bool], now: Callable[[], datetime]) -> None:
        super().__init__()
        self.chance, self.away, self.now = chance, away, now
        self.crashes = 0.0
        self.judged: list[Judged] = []
        self.doubts: Callable[[], Upkeep] = Upkeep
        self._batch: Gathered | None = None
        self._full_at: datetime | None = None

    def begin(self, results: Sequence[RunResult]) -> None:
        """What was kept and judged before."""
        super().keep(results)
        self._kept.watermark = len(self._kept.runs)

    @property
    def watermark(self) -> int:
        return self._kept.watermark

    def keep(self, results: Sequence[RunResult]) -> int:
        self._reach()
        new = super().keep(results)
        self._perhaps_die()  # kept, and the sender of the results does not know
        return new

    def gather(self, limit: int = 500, *, states: bool = True) -> Gathered:
        self._reach()
        self._batch = super().gather(limit, states=states)
        return self._batch

    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        self._reach()
        self._perhaps_die()
        if self.now() == self._full_at or self.chance.random() < self.crashes / 4:
            self._full_at = self.now()
            raise StoreError("the disk is full for an instant")
        try:
            self.commit(decision)
        finally:
            self._note_judged(decision)
        self._perhaps_die()

    def _note_judged(self, decision: Decision) -> None:
        batch = self._batch
        if batch is None or not batch.runs:
            self.judged.append(Judged(self.now(), (), self.doubts()))
        elif decision.watermark >= batch.watermark:
            self.judged.append(Judged(self.now(), batch.runs, self.doubts()))
            self._batch = None

    def commit(self, decision: Decision) -> None:
        super().apply(decision)

    def claim(self, now: datetime, lease: float, limit: int = 50) -> list[Delivery]:
        self._reach()
        return super().claim(now, lease, limit)

    def delivered(self, notification_id: str, at: datetime) -> None:
        self._perhaps_die()  # the receiver took it, and nobody here knows
        self._reach()
        super().delivered(notification_id, at)

    def postpone(self, notification_id: str, next_at: datetime, error: str) -> None:
        self._reach()
        super().postpone(notification_id, next_at, error)

    def bury(self, notification_id: str, at: datetime, error: str) -> None:
        self._reach()
        super().bury(notification_id, at, error)

    def _reach(self) -> None:
        if self.away():
            raise StoreError("the database is away")

    def _perhaps_die(self) -> None:
        if self.crashes and self.chance.random() < self.crashes:
            raise Died
