"""Counts runs as they start and end, and remembers how late they were: what a heartbeat says of an agent's work."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from synthmon.model.run import Outcome, RunKind, RunResult

REMEMBERED = 1000  # scheduled runs
STRAIN = 600.0  # seconds that strain is looked for in
LATE = 1.0  # seconds; a scheduler that has workers left starts runs within milliseconds
STRAINED, FEWEST = 0.05, 20  # share of late ones, and runs that there must be to tell


class Tally:
    """Thread-safe. `due` counts slots that were run or skipped."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock, self._monotonic = threading.Lock(), monotonic
        self._lateness: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)  # when it was known, and how much
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
                self._lateness.append((self._monotonic(), result.quality.late))

    @property
    def lateness_p99(self) -> float | None:
        with self._lock:
            known = sorted(late for _, late in self._lateness)
        return known[min(len(known) - 1, int(len(known) * 0.99))] if known else None

    @property
    def strain(self) -> str | None:
        """That there is more to do than can be done, with what helps; None where runs begin when they are due."""
        with self._lock:
            since = self._monotonic() - STRAIN
            recent = [late for at, late in self._lateness if at >= since]
        behind = sum(late > LATE for late in recent)
        if len(recent) < FEWEST or behind < STRAINED * len(recent):
            return None
        return (
            f"under-provisioned, or this process stood still: {behind} of the last {len(recent)} runs began more than "
            "a second late, or not at all; `synthmon capacity` says what would be enough"
        )
