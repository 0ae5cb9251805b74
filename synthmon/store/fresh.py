"""Results that agents delivered a moment ago, for the judge, who reads them next and need not parse them again.

What the judge goes by are the rows: a result from here is what the very text in the row says. Two agents with
the same share may have delivered different ones of the same run, of which the first is kept. Other processes judge what
this one took, so few are remembered, the newest.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from synthmon.model.agent import Consigned
from synthmon.model.run import RunResult

MOST = 1000  # results; of four steps that is some 30 MiB
MOST_BYTES = 8 << 20  # of their texts: those that failed carry the bodies of answers


class Fresh:
    """Thread-safe."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._lock = threading.Lock()
        self._results: dict[str, tuple[bytes, RunResult]] = {}
        self._bytes = 0

    def remember(self, records: Iterable[Consigned]) -> None:
        """Those whose text is known."""
        new = {one.run.id: (one.text, one.run) for one in records if one.run is not None and one.text is not None}
        with self._lock:
            for run_id, (text, run) in new.items():
                self._pop(run_id)
                self._results[run_id] = text, run
                self._bytes += len(text)
            while len(self._results) > self._most or self._bytes > self._most_bytes:
                self._pop(next(iter(self._results)))

    def taken(self, run_id: str, text: bytes) -> RunResult | None:
        """The result that this text is of, once: who judges does so once."""
        with self._lock:
            known = self._pop(run_id)
        return known[1] if known is not None and known[0] == text else None

    def forget(self, run_id: str) -> None:
        """Its row has been read: it holds the result in so few bytes that nobody need remember it."""
        with self._lock:
            self._pop(run_id)

    def _pop(self, run_id: str) -> tuple[bytes, RunResult] | None:
        known = self._results.pop(run_id, None)
        self._bytes -= 0 if known is None else len(known[0])
        return known
