"""One-time codes are used once: a run that needs another code of the same seed waits for the next time window."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any

from synthmon.engine.ports import Clock, Stop, UsedCodes
from synthmon.errors import TemplateError
from synthmon.language.onetime import Seed

CAPACITY = 4096  # seeds; the oldest are forgotten first


class MemoryCodes:
    """Remembers the last window of each seed in this process. Thread-safe; a seed is kept as its digest only."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._last: dict[str, int] = {}

    def claim(self, seed: str, counter: int) -> bool:
        with self._guard:
            last = self._last.pop(seed, None)
            # a clock that was put back by more than a window makes other codes than those that were used
            used = last is not None and last - 1 <= counter <= last
            self._last[seed] = last if last is not None and used else counter
            if len(self._last) > CAPACITY:
                del self._last[next(iter(self._last))]
            return not used


def single_use(codes: UsedCodes, clock: Clock, stop: Stop, waited: Callable[[float], None]) -> Callable[..., str]:
    """`totp` for one run; `waited` is told how many seconds a wait for the next window took."""

    def totp(*arguments: Any) -> str:
        seed = Seed(*arguments)
        name = hashlib.sha256(b"%d/%s/%s" % (seed.window, seed.algorithm.encode(), seed.key)).hexdigest()
        while not codes.claim(name, counter := seed.counter(clock.now().timestamp())):
            began = clock.monotonic()
            clock.sleep(max(0.01, (counter + 1) * seed.window - clock.now().timestamp()))
            waited(clock.monotonic() - began)
            if stop.is_set():
                raise TemplateError("synthmon stopped while it waited for the next one-time code")
        return seed.code(counter)

    return totp
