"""What has to be looked at once a second: changed files, the morning's report, a clock that jumped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from synthmon.errors import SynthmonError
from synthmon.events import Events
from synthmon.nouns import dataclass

_log = Events()

EVERY = 1.0  # seconds
AGAIN = 5.0  # seconds until what failed is tried again
JUMP = 5.0  # seconds by which wall and monotonic clock may part before the slots are computed anew


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done every so many seconds; `name` is for the log."""

    name: str
    every: float
    do: Callable[[], None]


class Housekeeping:
    """Does chores from a thread of its own; one that fails is logged and tried again, and never stops the others."""

    def __init__(self, chores: Sequence[Chore], name: str = "housekeeping") -> None:
        self._chores = chores
        self._due = dict.fromkeys((chore.name for chore in chores), 0.0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self.failing: dict[str, str] = {}

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Begin no chore any more; the one under way goes on while others come to their end as well."""
        self._ended.set()

    def stop(self) -> None:
        self.leave()
        self._thread.join(EVERY * 5)

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def _loop(self) -> None:
        while not self._ended.wait(EVERY):
            for chore in self._chores:
                if self._ended.is_set():  # one that takes seconds may have been under way
                    return
                if time.monotonic() >= self._due[chore.name]:
                    self._do(chore)
                    pause = min(chore.every, AGAIN) if chore.name in self.failing else chore.every
                    self._due[chore.name] = time.monotonic() + pause

    def _do(self, chore: Chore) -> None:
        try:
            chore.do()
        except SynthmonError as error:
            self.failing[chore.name] = str(error)
            _log.error("chore.failed", chore=chore.name, error=str(error))
        except Exception:  # noqa: BLE001 - an isolation boundary: one bug must not end reload and reports for good
            self.failing[chore.name] = "an internal error; the log has it"
            _log.exception("chore.failed", chore=chore.name)
        else:
            self.failing.pop(chore.name, None)


class ClockWatch:
    """Says when the wall clock jumped against the monotonic one, or the process was suspended."""

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._offset = wall() - monotonic()

    def jumped(self) -> float:
        """Seconds of the jump since the last call; 0.0 when there was none worth the name."""
        offset = self._wall() - self._monotonic()
        moved, self._offset = offset - self._offset, offset
        return moved if abs(moved) >= JUMP else 0.0
