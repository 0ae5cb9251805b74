"""Results that agents delivered a moment ago, for the judge, who reads them next and need not parse them again.

What the judge goes by are the rows: a result from here is what the very bytes in the row say. Two agents with
the same share may have delivered different ones of the same run, of which the first is kept. Other processes judge what
this one took, so nothing is remembered for long. Where more comes than there is room for, the older ones stay: it is
they that the judge reads next, and a judge who is late would find none of them if they made room for the newest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from time import monotonic

from synthmon.model.run import RunResult
from synthmon.store.document import Packed

MOST = 2000  # results; of four steps that is some 60 MiB
MOST_BYTES = 8 << 20  # of their documents as text: those that failed carry the bodies of answers
LASTS = 10.0  # seconds


class Fresh:
    """Thread-safe."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES, now: Callable[[], float] = monotonic) -> None:
        self._most, self._most_bytes, self._now = most, most_bytes, now
        self._lock = threading.Lock()
        self._results: dict[str, tuple[Packed, float]] = {}  # with when they came, in that order
        self._bytes = 0

    def remember(self, packed: Iterable[Packed]) -> None:
        """As they are handed to the database, where they may still come too late or fail."""
        now = self._now()
        with self._lock:
            self._forget(now - LASTS)
            for one in packed:
                self._pop(one.result.id)
                if len(self._results) < self._most and self._bytes + one.size <= self._most_bytes:
                    self._results[one.result.id] = one, now
                    self._bytes += one.size

    def taken(self, run_id: str, document: bytes) -> RunResult | None:
        """The result that these bytes are of, once: who judges does so once."""
        with self._lock:
            known = self._pop(run_id)
        return known.result if known is not None and known.document == document else None

    def _forget(self, before: float) -> None:
        while self._results:
            oldest, (_, came) = next(iter(self._results.items()))
            if came >= before:
                return
            self._pop(oldest)

    def _pop(self, run_id: str) -> Packed | None:
        known, _ = self._results.pop(run_id, (None, 0.0))
        self._bytes -= 0 if known is None else known.size
        return known
