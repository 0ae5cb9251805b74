"""Says every few seconds how the agent is, and learns the centre's time, the spool's mark, and what is declared."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from synthmon.agent.line import Echo, Line
from synthmon.agent.reach import HEARTBEATS, Reach
from synthmon.errors import CentreError, SynthmonError
from synthmon.events import Events
from synthmon.model.agent import Heartbeat
from synthmon.model.run import from_millis
from synthmon.nouns import dataclass

_log = Events()

EVERY = 15.0  # seconds
REMEMBERED = 20  # samples of the clock: five minutes


@dataclass(frozen=True, slots=True)
class HeartPorts:
    """`vital` says how the agent is; `echoed` hears what the centre said, and the spool's mark before it was asked."""

    line: Line
    reach: Reach
    vital: Callable[[], Heartbeat]
    mark: Callable[[], int]
    echoed: Callable[[Echo, int], None]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]


class Heart:
    """Beats from a thread of its own. `start` once, `close` once."""

    def __init__(self, ports: HeartPorts, every: float = EVERY) -> None:
        self._ports, self._every = ports, every
        self._ended = threading.Event()
        self._samples: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)  # round trip, offset
        self._thread = threading.Thread(target=self._loop, name="heart", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._ended.set()

    @property
    def offset(self) -> tuple[float, float] | None:
        """By how many seconds our clock is ahead of the centre's, and the round trip that says so: the shortest one.

        The answer was written somewhere within the round trip, so half of it is what this can be wrong by.
        """
        samples = list(self._samples)
        if not samples:
            return None
        round_trip, offset = min(samples)
        return offset, round_trip

    def _loop(self) -> None:
        while True:
            try:
                self.beat()
            except CentreError as error:
                self._ports.reach.failed(HEARTBEATS, error)
            except SynthmonError as error:
                _log.error("heartbeat.failed", error=str(error))
            except Exception:  # noqa: BLE001 - an isolation boundary: an agent that falls silent seems dead
                _log.exception("heartbeat.failed")
            if self._ended.wait(self._every):
                return

    def beat(self) -> None:
        known = self.offset
        vital = self._ports.vital()
        if known is not None:
            vital = replace(vital, offset=known[0], round_trip=known[1])
        mark = self._ports.mark()
        sent_at, sent = self._ports.now(), self._ports.monotonic()
        echo = self._ports.line.beat(vital)
        round_trip = self._ports.monotonic() - sent
        self._ports.reach.worked(HEARTBEATS)
        ahead = (sent_at - from_millis(echo.now)).total_seconds() + round_trip / 2
        self._samples.append((round_trip, ahead))
        self._ports.echoed(echo, mark)

    def forget_offset(self) -> None:
        """The clock was set: what was measured before is over."""
        self._samples.clear()
