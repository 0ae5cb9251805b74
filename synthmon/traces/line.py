"""The line to a collector: runs wait in memory, go out in batches, and nobody waits for them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from synthmon.events import Events
from synthmon.model.run import RunResult
from synthmon.traces.spans import Span, spans_of

_log = Events()

MOST_WAITING = 2000  # runs; of more the oldest are let go: they are kept as runs all the same
MOST_AT_ONCE = 512  # spans of a batch, but always a whole run
EVERY = 5.0  # seconds
AGAIN = 30.0  # seconds until a collector that took nothing is asked again


class NotTaken(Exception):
    """The collector did not take a batch. Trying again may help."""


Send = Callable[[Sequence[Span]], None]


class TraceLine:
    """Thread-safe. `trouble` says why nothing goes out, or is None; `dropped` counts runs that were let go."""

    def __init__(self, connect: Callable[[], Send], every: float = EVERY, again: float = AGAIN) -> None:
        self._connect, self._every, self._again = connect, every, again
        self._waiting: deque[RunResult] = deque()
        self._changed = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._loop, name="traces", daemon=True)
        self.trouble: str | None = None
        self.dropped = self.sent = 0

    @property
    def waiting(self) -> int:
        """Runs that are not sent yet."""
        return len(self._waiting)

    def start(self) -> None:
        self._thread.start()

    def take(self, result: RunResult) -> None:
        """Have the run exported at some time; returns at once."""
        if result.trace_id is None:
            return
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(result)

    def stop(self, within: float) -> None:
        """Send what waits, once, for so long at most."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(within)

    def _loop(self) -> None:
        send: Send | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ending, self._every if self.trouble is None else self._again)
                ending = self._ending
            try:
                send = send or self._connect()
                self._drain(send)
            except NotTaken as error:
                send = None  # connected anew: what shows who sends may have been replaced
                self._fails(str(error))
            except Exception as error:  # noqa: BLE001 - an isolation boundary: no run may be lost over its trace
                self._fails(f"an internal error ({type(error).__name__})")
                _log.exception("traces.broke")
            else:
                self._works()
            if ending:
                return

    def _drain(self, send: Send) -> None:
        until = time.monotonic() + self._again
        while time.monotonic() < until:
            with self._changed:
                batch, spans = self._batch()
            if not batch:
                return
            if spans:
                send(spans)
            with self._changed:
                for run in batch:
                    if self._waiting and self._waiting[0] is run:  # else it was let go meanwhile
                        self._waiting.popleft()
                self.sent += len(batch)

    def _batch(self) -> tuple[list[RunResult], list[Span]]:
        """The oldest runs, and their spans; they wait on until they are taken."""
        runs: list[RunResult] = []
        spans: list[Span] = []
        for run in self._waiting:
            made = spans_of(run)
            if spans and len(spans) + len(made) > MOST_AT_ONCE:
                break
            runs.append(run)
            spans.extend(made)
        return runs, spans

    def _fails(self, why: str) -> None:
        if self.trouble is None:
            _log.warning(
                "traces.not_taken", error=why, hint="runs are kept all the same; is `traces: {otlp: …}` right?"
            )
        self.trouble = why

    def _works(self) -> None:
        if self.trouble is not None:
            _log.info("traces.taken_again", dropped=self.dropped)
        self.trouble = None
