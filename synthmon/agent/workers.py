"""The threads that walk runs: what is given waits in one line, which each of them works off until it is empty.

Who rested last works first. A thread holds a handle of libcurl, with TLS the authorities it trusts, the connections of
its last run: a tenth of a MiB, or several. Were they taken in turn, as a pool takes them, all that were ever needed at
once would stay in use; so those at the bottom rest until they end.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count as numbers
from time import monotonic, sleep

from synthmon.errors import is_thread_refused
from synthmon.events import Events

_log = Events()

REST = 30.0  # seconds after which one that nobody needed ends
PACE = 0.001  # seconds between one that is set to work and the next; about what a run takes of the interpreter
FEW = 16  # threads; more of them are started only when something has waited for a millisecond
SHORT = 0.010  # seconds that a thread goes on late when the processor is short; the interpreter alone may take five
WATCHED, LONGEST = 4, 0.1  # times as long, and seconds at most, in which it is seen whether those at work go on

Call = Callable[[], None]


class Workers:
    """Thread-safe. At most `count` threads, each started when what waits finds none at rest."""

    def __init__(self, count: int, rest: float = REST) -> None:
        self.count, self._rest = count, rest
        self._line: deque[Call] = deque()
        self._resting: list[_Worker] = []  # the one that rested last at the end
        self._alive: set[_Worker] = set()
        self._door = threading.Lock()  # of all of these
        self._ended = False
        self._more = threading.Event()  # somebody may have to be set to work
        self._opener: threading.Thread | None = None
        self._numbers = numbers()
        self._gone_on = 0  # times that somebody took the next call when one was done

    def grow(self, count: int) -> None:
        """Have at least so many, where that is what is needed."""
        self.count = max(self.count, count)

    def give(self, calls: Sequence[Call] = ()) -> None:
        """Have them called, in this order, and what waits for a thread that could not be started before.

        One that rests is set to work at once, or a new one while there are few; as long as something waits, another
        each millisecond. Only one goes on at a time in this process: of hundreds set to work together, after it stood
        still, each would hinder the others, and most of what they were to do is done by the first ones meanwhile.
        """
        with self._door:
            self._line.extend(calls)
            another = self._another() if self._resting or len(self._alive) < FEW else None
            waiting = len(self._line) - (another is not None)
        if (another is None or self._set_to_work(another)) and waiting and not self._ended:
            self._have_more()

    def shutdown(self, wait: bool) -> None:
        """Nothing that waits is begun any more; `wait` for what was."""
        with self._door:
            self._line.clear()
            self._ended = True
            alive, resting = list(self._alive), list(self._resting)
            self._resting.clear()
        for worker in resting:
            worker.woken.release()
        self._more.set()
        for worker in alive if wait else ():
            if worker.ident is not None:  # else it is being started, and finds nothing to do
                worker.join()

    def _another(self) -> _Worker | None:
        """Whoever is to be set to work; for whoever holds the door."""
        if not self._line or self._ended:
            return None
        if self._resting:
            return self._resting.pop()
        if len(self._alive) >= self.count:
            return None  # those at work take what waits
        worker = _Worker(self._work, f"run-{next(self._numbers)}")
        self._alive.add(worker)
        return worker

    def _have_more(self) -> None:
        with self._door:
            opener = None if self._opener else threading.Thread(target=self._open, name="runs", daemon=True)
            self._opener = self._opener or opener
        if opener is not None and not self._started(opener):
            self._opener = None
        self._more.set()

    def _open(self) -> None:
        while not self._ended:
            self._more.wait()
            self._more.clear()
            self._pause()
            while self._set_to_work(self._look()):
                self._pause()

    def _pause(self) -> None:
        """A millisecond, and as long as those at work go on from one call to the next; longer where nobody goes on.

        Whoever sleeps and goes on late had to wait for the interpreter, or the machine for a processor. Another thread
        would wait for that too, and hold what a run needs meanwhile: while others had the machine, an agent came to
        hundreds of threads, got no more done than with fewer, and the memory that they took stayed in pieces.
        """
        while self._line:
            gone_on, late = self._gone_on, _late()
            if late > SHORT:
                sleep(min(WATCHED * late, LONGEST))
            if self._gone_on == gone_on:
                return  # they wait for their targets

    def _look(self) -> _Worker | None:
        with self._door:
            return self._another()

    def _set_to_work(self, worker: _Worker | None) -> bool:
        """Whether there was one, and it could be."""
        if worker is None:
            return False
        if worker.ident is not None:
            worker.woken.release()
        elif not self._started(worker):
            with self._door:
                self._alive.discard(worker)
            return False
        return True

    def _started(self, thread: threading.Thread) -> bool:
        try:
            thread.start()
        except RuntimeError as error:
            if not is_thread_refused(error):
                raise
            # A thread that is at work, or can be started later, takes what waits; what is too late then is skipped.
            _log.error("run.not_started", waiting=len(self._line), error="no thread can be started")
            return False
        return True

    def _work(self, worker: _Worker) -> None:
        call = self._next(worker, 0)
        while call is not None:
            try:
                call()
            except Exception:  # noqa: BLE001 - an isolation boundary: the others in the line are to be run
                _log.exception("run.broken")
            del call  # or what it holds would stay until the next one
            call = self._next(worker, 1)

    def _next(self, worker: _Worker, done: int) -> Call | None:
        """What waits longest; None once nothing came for so long that this one ends. `done` is how many calls it did
        since it was set to work.
        """
        while True:
            with self._door:
                if self._line:
                    self._gone_on += done
                    return self._line.popleft()
                if self._ended:
                    self._alive.discard(worker)
                    return None
                self._resting.append(worker)
            if not worker.woken.acquire(timeout=self._rest) and self._leaves(worker):
                return None
            done = 0

    def _leaves(self, worker: _Worker) -> bool:
        """Whether it may end: somebody may have woken it at the last moment."""
        with self._door:
            if worker in self._resting:
                self._resting.remove(worker)
                self._alive.discard(worker)
                return True
        worker.woken.acquire()
        return False


def _late() -> float:
    """Seconds by which a sleep of a millisecond took longer."""
    began = monotonic()
    sleep(PACE)
    return monotonic() - began - PACE


class _Worker(threading.Thread):
    """`woken` is let go of to wake it. The process does not wait for it: who ends it in order waits for the runs."""

    def __init__(self, work: Callable[[_Worker], None], name: str) -> None:
        super().__init__(target=work, args=(self,), name=name, daemon=True)
        self.woken = threading.Lock()
        self.woken.acquire()
