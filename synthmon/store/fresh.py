"""Results that agents delivered a moment ago, for the judge, who reads them next and need not parse them again.

What the judge goes by are the rows: a result from here is what the very bytes in the row say. Two agents with
the same share may have delivered different ones of the same run, of which the first is kept. Other processes judge what
this one took, so few are remembered, the newest.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from synthmon.model.run import RunResult
from synthmon.store.document import Packed

MOST = 1000  # results; of four steps that is some 30 MiB
MOST_BYTES = 8 << 20  # of their documents as text: those that failed carry the bodies of answers


class Fresh:
    """Thread-safe."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._lock = threading.Lock()
        self._results: dict[str, Packed] = {}
        self._bytes = 0

    def remember(self, packed: Iterable[Packed]) -> None:
        """As they are handed to the database, where they may still come too late or fail."""
        with self._lock:
            for one in packed:
                self._pop(one.result.id)
                self._results[one.result.id] = one
                self._bytes += one.size
            while len(self._results) > self._most or self._bytes > self._most_bytes:
                self._pop(next(iter(self._results)))

    def taken(self, run_id: str, document: bytes) -> RunResult | None:
        """The result that these bytes are of, once: who judges does so once."""
        with self._lock:
            known = self._pop(run_id)
        return known.result if known is not None and known.document == document else None

    def _pop(self, run_id: str) -> Packed | None:
        known = self._results.pop(run_id, None)
        self._bytes -= 0 if known is None else known.size
        return known
