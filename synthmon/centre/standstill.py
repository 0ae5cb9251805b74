"""Times in which nobody looked because this process stood still: suspended, starved, or held up by something else."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from synthmon.judge.silent import Stretch

MOST_SAID = 10  # of them by an agent to its centre
_MOST = 100  # of them, so that a process that starves for days remembers no more


class Standstills:
    """Whoever lives calls `look` every few seconds, from any thread. A clock that is set ahead looks like a standstill.

    Whoever looks later than is `usual` was kept from it, and only the first `counted` of that time passed as it seems.
    That some of it counts keeps one for whom everything takes long from never coming to an end.
    """

    def __init__(self, usual: timedelta, counted: timedelta) -> None:
        self._usual, self._counted = usual, counted
        self._lock = threading.Lock()
        self._looked_at: datetime | None = None
        self.stretches: tuple[Stretch, ...] = ()

    def look(self, now: datetime, before: datetime | None = None) -> None:
        """Somebody looks. `before`: when somebody did last, where this process does not know it."""
        with self._lock:
            last, self._looked_at = self._looked_at or before, now
            if last is not None and now - last > self._usual:
                self.stretches = (*self.stretches, (last + self._counted, now))[-_MOST:]
