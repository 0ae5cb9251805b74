"""Has deliveries wait while much is kept and not judged, for as long as the judge gets on.

What comes faster than it is judged costs most where it lies unjudged: nobody is told of it, and a judge who is late has
to read from the database what he would have known. With its agent it lies as safe, and is as far from being told of.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from synthmon.store.interface import Unjudged

MOST = 1000  # runs that are kept and not judged; `store.fresh` remembers them, and what is on its way beside them
PATIENCE = 10.0  # seconds that one delivery waits: half of what its agent waits for an answer
STANDS_STILL = 5.0  # seconds after which a judge who judged nothing is waited for by nobody
LOOK_EVERY = 0.05  # seconds; those who come in between go by what was seen last


class KeepingUp:
    """Thread-safe. `unjudged` is asked of the rows, as another process may judge; `now` is any clock that never goes
    back. `StoreError`s pass.
    """

    def __init__(
        self,
        unjudged: Callable[[int], Unjudged],
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._unjudged, self._now, self._sleep = unjudged, now, sleep
        self._lock = threading.Lock()
        self._behind = self._leaving = False
        self._watermark: int | None = None
        self._moved = self._look_at = float("-inf")

    def wait(self) -> None:
        """Until the judge is near to what is kept; or for so long as one delivery is held up at most."""
        until = self._now() + PATIENCE
        while not self._leaving and self._is_behind() and self._now() < until:
            self._sleep(LOOK_EVERY)

    def leave(self) -> None:
        """Nobody waits any more: this process ends."""
        self._leaving = True

    def _is_behind(self) -> bool:
        with self._lock:  # who comes meanwhile need not look himself
            now = self._now()
            if now >= self._look_at:
                self._behind, self._look_at = self._look(now), now + LOOK_EVERY
            return self._behind

    def _look(self, now: float) -> bool:
        found = self._unjudged(MOST + 1)
        if found.runs <= MOST or found.watermark != self._watermark:
            self._watermark, self._moved = found.watermark, now
        return found.runs > MOST and now - self._moved < STANDS_STILL
