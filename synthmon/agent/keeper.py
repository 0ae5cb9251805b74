"""Between a run's end and its being kept: results wait here, so that trouble with the database never touches a run.

A result is acknowledged by the event `run.kept`, logged after the store said that it is durable. While the store
refuses, results wait, the newest ten thousand of them, and are tried again; what had to be dropped is counted and said.
A result that is refused while others are taken (a defect of ours) is dropped alone: it must not hold up the others.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from synthmon.errors import RefusedByStore, StoreError
from synthmon.events import Events
from synthmon.model.run import RunResult

_log = Events()

MOST_WAITING = 10_000
LARGEST_BATCH = 200
RETRY_AFTER = 2.0  # seconds
PAUSE_WHILE_CLOSING = 0.2


class Keeper:
    """Takes results from any thread and keeps them from one of its own, in the order in which they came."""

    def __init__(
        self,
        keep: Callable[[Sequence[RunResult]], int],
        kept: Callable[[], None],
        *,
        most_waiting: int = MOST_WAITING,
        retry_after: float = RETRY_AFTER,
    ) -> None:
        self._keep, self._kept = keep, kept
        self._retry_after = retry_after
        self._waiting: deque[RunResult] = deque(maxlen=most_waiting)
        self._changed = threading.Condition()
        self._closing = False
        self._pause = threading.Event()  # never set: what is closing still tries again, without haste
        self._in_hand = 0
        self.dropped = 0
        self.last_error: str | None = None
        self._thread = threading.Thread(target=self._loop, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Results that are not kept yet."""
        return len(self._waiting) + self._in_hand

    def take(self, result: RunResult) -> None:
        """Accept a result without waiting for it to be kept."""
        with self._changed:
            if len(self._waiting) == self._waiting.maxlen:
                self.dropped += 1
                _log.error("run.dropped", run=self._waiting[0].id, dropped=self.dropped, why="the database is away")
            self._waiting.append(result)
            self._changed.notify()

    def close(self, timeout: float) -> int:
        """Keep what is waiting, for at most `timeout` seconds; how many could not be kept."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        return self.waiting

    def _loop(self) -> None:
        while batch := self._next_batch():
            self._keep_batch(batch)

    def _next_batch(self) -> list[RunResult]:
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            batch = [self._waiting.popleft() for _ in range(min(LARGEST_BATCH, len(self._waiting)))]
            self._in_hand = len(batch)
            return batch

    def _keep_batch(self, batch: list[RunResult]) -> None:
        refused: list[tuple[RunResult, StoreError]] = []
        try:
            kept = self._kept_of(batch, refused)
        except StoreError as error:
            self._put_back(batch, error)  # some may be kept: keeping them again does no harm
            return
        for result, reason in refused:
            self.dropped += 1
            _log.error("run.dropped", run=result.id, dropped=self.dropped, why=str(reason))
        self.last_error = None
        self._in_hand = 0
        for result in kept:
            acknowledge(result)
        self._kept()

    def _kept_of(self, batch: list[RunResult], refused: list[tuple[RunResult, StoreError]]) -> list[RunResult]:
        """Those that were kept; raises when it was none of them, as then the store is to blame."""
        try:
            self._attempt(batch)
        except RefusedByStore as error:
            last = error
        else:
            return batch
        for result in batch if len(batch) > 1 else ():
            try:
                self._attempt([result])
            except RefusedByStore as error:
                refused.append((result, error))
        if len(batch) == 1 or len(refused) == len(batch):
            raise last
        blamed = {id(result) for result, _ in refused}
        return [result for result in batch if id(result) not in blamed]

    def _attempt(self, batch: list[RunResult]) -> None:
        try:
            self._keep(batch)
        except StoreError:
            raise
        except Exception as error:  # an isolation boundary: this thread has to be there for the next result
            _log.exception("run.not_kept", runs=len(batch))
            raise RefusedByStore(f"an internal error: {type(error).__name__}") from error

    def _put_back(self, batch: list[RunResult], error: StoreError) -> None:
        _log.error("run.not_kept", runs=len(batch), waiting=self.waiting, error=str(error))
        with self._changed:
            self.last_error = str(error)
            room = (self._waiting.maxlen or 0) - len(self._waiting)
            self.dropped += max(0, len(batch) - room)
            self._waiting.extendleft(reversed(batch[-room:] if room else []))
            self._in_hand = 0
            if not self._changed.wait_for(lambda: self._closing, self._retry_after):
                return
        self._pause.wait(min(self._retry_after, PAUSE_WHILE_CLOSING))


def acknowledge(result: RunResult) -> None:
    """Say in the log that it is durable; the line that whoever counts results may rely on."""
    _log.info(
        "run.kept",
        run=result.id,
        probe=result.key.probe,
        region=result.key.region,
        kind=result.key.kind.value,
        outcome=result.outcome.value,
        seconds=round(result.duration, 3),
        step=result.failed_step,
    )
