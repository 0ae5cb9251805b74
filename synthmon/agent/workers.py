"""The threads that walk runs: what is given waits in one line, which each of them works off until it is empty."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from synthmon.errors import is_thread_refused
from synthmon.events import Events
from synthmon.nouns import dataclass

_log = Events()

Call = Callable[[], None]


@dataclass(slots=True)
class _Place:
    """Of one thread at work. One for which no thread could be started stays in the pool's queue, uncounted: were it
    counted, as many as there may be would keep all that comes later from being asked for."""

    begun: bool = False
    counted: bool = True


class Workers:
    """Thread-safe. A task of the pool is a thread at work, not a call: ten thousand at once need no futures."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._line: deque[Call] = deque()
        self._at_work = 0
        self._door = threading.Lock()  # of the line and of how many work it off
        self._pool_door = threading.Lock()  # so that nothing is handed to a pool that is being replaced
        self._pool = _pool(count)

    def grow(self, count: int) -> None:
        """Have at least so many; those at work go on."""
        if count <= self.count:
            return
        new = _pool(count)
        with self._pool_door:
            old, self._pool, self.count = self._pool, new, count
        old.shutdown(wait=False)

    def give(self, calls: Sequence[Call] = ()) -> None:
        """Have them called, in this order, and what waits for a thread that could not be started before."""
        with self._door:
            self._line.extend(calls)
            wanted = min(len(self._line), self.count - self._at_work)
            self._at_work += max(0, wanted)
        for number in range(wanted):
            place = _Place()
            if not self._set_to_work(place):
                with self._door:
                    place.counted = place.begun
                    self._at_work -= wanted - number - place.begun
                return

    def shutdown(self, wait: bool) -> None:
        with self._door:
            self._line.clear()
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _set_to_work(self, place: _Place) -> bool:
        try:
            with self._pool_door:
                self._pool.submit(self._work, place)
        except RuntimeError as error:
            if not is_thread_refused(error):
                raise
            # A thread that is at work, or can be started later, takes what waits; what is too late then is skipped.
            _log.error("run.not_started", waiting=len(self._line), error="no thread can be started")
            return False
        return True

    def _work(self, place: _Place) -> None:
        with self._door:
            place.begun = True
            self._at_work += not place.counted
        while (call := self._next()) is not None:
            try:
                call()
            except Exception:  # noqa: BLE001 - an isolation boundary: the others in the line are to be run
                _log.exception("run.broken")

    def _next(self) -> Call | None:
        with self._door:
            if self._line:
                return self._line.popleft()
            self._at_work -= 1
            return None


def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="run")
