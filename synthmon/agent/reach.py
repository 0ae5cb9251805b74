"""Whether the centre can be reached, and since when not: what an agent says of itself, and when it tells others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from synthmon.errors import CentreError
from synthmon.events import Events

_log = Events()

RESULTS, HEARTBEATS, CONFIRMATIONS, CONFIGURATION = "results", "heartbeats", "confirmations", "configuration"


class Reach:
    """Thread-safe. What is asked of the centre is looked at apart: one may be taken while another is not.

    An agent that is refused (its token was revoked) is no better off than one whose network is cut, so that counts too.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failing: dict[str, tuple[datetime, str]] = {}
        self.heard_at: datetime | None = None

    def worked(self, what: str) -> None:
        with self._lock:
            since = self._failing.pop(what, None)
            self.heard_at = now = self._now()
        if since is not None:
            _log.info("centre.reached", what=what, after=round((now - since[0]).total_seconds()))

    def failed(self, what: str, error: CentreError) -> None:
        text = f"{error} ({error.hint})" if error.hint else str(error)
        with self._lock:
            before = self._failing.get(what)
            self._failing[what] = (before[0] if before else self._now(), text)
        if before is None or before[1] != text:
            _log.warning("centre.away", what=what, why=text)

    @property
    def away_since(self) -> datetime | None:
        """The instant from which on something was not taken or answered; None while all is well."""
        with self._lock:
            return min((since for since, _ in self._failing.values()), default=None)

    @property
    def why(self) -> str | None:
        """What the longest of these troubles is."""
        with self._lock:
            failing = sorted((since, f"{what}: {text}") for what, (since, text) in self._failing.items())
        return failing[0][1] if failing else None

    def __str__(self) -> str:
        since = self.away_since
        if since is None:
            return "reached" if self.heard_at else "not asked yet"
        return f"away since {since.isoformat(timespec='seconds')}: {self.why}"
