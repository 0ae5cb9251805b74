"""The stall guard: a thread that measures how late the interpreter wakes it, so that lag is not booked as latency."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

PERIOD = 0.05  # seconds between two samples
MEMORY = 600.0  # seconds for which samples are kept: longer than any run
NOTEWORTHY = 0.005  # seconds; smaller lags change no judgement and are not kept


class StallSampler:
    """Implements `ports.StallGuard`. Between `start` and `stop` (or inside `with`) it samples every 50 ms."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self._monotonic = monotonic
        self._wait = wait
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._lags: deque[tuple[float, float]] = deque()  # (instant of waking, lag), oldest first
        self._expected = 0.0  # when the sampler should wake next; 0 while it does not run

    def start(self) -> None:
        self._ended.clear()
        self._thread = threading.Thread(target=self._sample, name="synthmon-stall", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._expected = 0.0

    def __enter__(self) -> StallSampler:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def worst_since(self, start: float) -> float:
        """The worst lag in seconds seen since that instant; one that still lasts counts as far as it has come.

        The run that asks may wake before the sampler does, so the sampler's own lateness is looked at too.
        """
        now = self._monotonic()
        worst = max(0.0, min(now - self._expected, now - start)) if self._expected else 0.0
        with self._guard:
            for woken, lag in reversed(self._lags):  # of which there may be thousands, and few since then
                if woken < start:
                    break
                worst = max(worst, min(lag, woken - start))
        return worst

    def _sample(self) -> None:
        while not self._ended.is_set():
            self._expected = self._monotonic() + PERIOD
            self._wait(self._ended, PERIOD)
            woken = self._monotonic()
            self._remember(woken, woken - self._expected)

    def _remember(self, woken: float, lag: float) -> None:
        with self._guard:
            if lag >= NOTEWORTHY:
                self._lags.append((woken, lag))
            while self._lags and self._lags[0][0] < woken - MEMORY:
                self._lags.popleft()
