"""Holds a long poll at the centre, and has run at once what the judge asks this region to confirm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from random import Random  # noqa: TID251 - the type; what it draws from is handed in

from synthmon.agent.line import Line
from synthmon.agent.patience import Patience
from synthmon.agent.reach import CONFIRMATIONS, Reach
from synthmon.errors import CentreError
from synthmon.events import Events
from synthmon.model.run import RunKey

_log = Events()

WAIT = 25.0  # seconds for which the centre may keep us waiting


class Questions:
    """Asks from a thread of its own. `start` once, `close` once; the poll that is under way ends by itself."""

    def __init__(
        self, line: Line, reach: Reach, confirm: Callable[[Sequence[RunKey]], None], chance: Random, wait: float = WAIT
    ) -> None:
        self._line, self._reach, self._confirm, self._wait = line, reach, confirm, wait
        self._patience = Patience(chance)
        self._ended = threading.Event()
        self._last = 0
        self._thread = threading.Thread(target=self._loop, name="questions", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._ended.set()

    def _loop(self) -> None:
        while not self._ended.wait(self._ask()):
            pass

    def _ask(self) -> float:
        """One poll; seconds until the next one. An isolation boundary."""
        try:
            asked = self._line.asked(self._last, self._wait)
            if self._ended.is_set():
                return 0.0
            self._reach.worked(CONFIRMATIONS)
            self._last = asked.last
            if asked.keys:
                _log.info("confirmation.asked", asked=[f"{key.probe}@{key.region}" for key in asked.keys])
                self._confirm(asked.keys)
        except CentreError as error:
            if not self._ended.is_set():
                self._reach.failed(CONFIRMATIONS, error)
            return self._patience.next(error.retry_after)
        except Exception:  # noqa: BLE001 - one question that cannot be understood ends no thread
            _log.exception("confirmation.failed")
            return self._patience.next()
        self._patience.worked()
        return 0.0
