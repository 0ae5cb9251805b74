"""Asks the centre what is declared, now and then and whenever a heartbeat says that it is something else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import Random  # noqa: TID251 - the type; what it draws from is handed in

from synthmon.agent.line import Line, Pulled
from synthmon.agent.patience import Patience
from synthmon.agent.reach import CONFIGURATION, Reach
from synthmon.errors import CentreError, SynthmonError
from synthmon.events import Events

_log = Events()

EVERY = 60.0  # seconds


class Puller:
    """Pulls from a thread of its own. `take_over` raises `SynthmonError` for what cannot be used; it is tried again.

    `start` once, `close` once.
    """

    def __init__(
        self, line: Line, reach: Reach, etag: str | None, take_over: Callable[[Pulled], None], chance: Random
    ) -> None:
        self._line, self._reach, self._etag, self._take_over = line, reach, etag, take_over
        self._patience = Patience(chance)
        self._wake, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._loop, name="puller", daemon=True)
        self.trouble: str | None = None

    def start(self) -> None:
        self._thread.start()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._ended.set()
        self._wake.set()

    def now(self) -> None:
        """Ask at once."""
        self._wake.set()

    def pull(self) -> bool:
        """Ask once; whether something else was declared and taken over. Raises `SynthmonError`."""
        found = self._line.declared(self._etag)
        self._reach.worked(CONFIGURATION)
        if found is None:
            return False
        self._take_over(found)
        self._etag = found.etag
        _log.info("config.pulled", bytes=len(found.content))
        return True

    def _loop(self) -> None:
        while not self._ended.is_set():
            self._wake.wait(self._attempt())
            self._wake.clear()

    def _attempt(self) -> float:
        """One question; seconds until the next. An isolation boundary."""
        try:
            self.pull()
        except CentreError as error:
            self._reach.failed(CONFIGURATION, error)
            return self._patience.next(error.retry_after)
        except SynthmonError as error:
            if self.trouble != str(error):
                _log.error("config.refused", why=str(error), hint=error.hint)
            self.trouble = str(error)
            return EVERY
        except Exception as error:  # noqa: BLE001
            _log.exception("config.refused")
            self.trouble = f"what the centre declares cannot be taken over: {type(error).__name__}; the log has it"
            return EVERY
        self.trouble = None
        self._patience.worked()
        return EVERY
