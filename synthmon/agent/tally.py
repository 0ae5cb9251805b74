"""Counts runs as they start and end, and remembers how late they were: what a heartbeat says of an agent's work."""

from __future__ import annotations

import threading
from collections import deque

from synthmon.model.run import Outcome, RunKind, RunResult

REMEMBERED = 1000  # scheduled runs


class Tally:
    """Thread-safe. `due` counts slots that were run or skipped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lateness: deque[float] = deque(maxlen=REMEMBERED)
        self.due = self.started = self.finished = 0

    def began(self, kind: RunKind) -> None:
        with self._lock:
            self.started += 1
            self.due += kind is RunKind.SCHEDULED

    def ended(self, result: RunResult) -> None:
        with self._lock:
            if result.outcome is Outcome.SKIPPED and not result.steps:
                self.due += 1
            else:
                self.finished += 1
            if result.key.kind is RunKind.SCHEDULED:
                self._lateness.append(result.quality.late)

    @property
    def lateness_p99(self) -> float | None:
        with self._lock:
            known = sorted(self._lateness)
        return known[min(len(known) - 1, int(len(known) * 0.99))] if known else None
