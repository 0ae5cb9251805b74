"""The faults that can be switched on, and which of them are."""

from __future__ import annotations

import threading
from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "payment-slow": "the payment takes 5 to 7 seconds",
    "payment-timeout": "the payment never answers",
    "login-500": "logging in answers 500",
    "token-refused": "the partner refuses to renew the access token",
    "phone-format": "the partner sends some phone numbers in another format",
    "shop-down": "nothing listens where the shop should be",
}


class Faults:
    """Which faults are on. Thread-safe."""

    def __init__(self) -> None:
        self._active: set[str] = set()
        self._lock = threading.Lock()

    def switch(self, name: str, *, on: bool) -> None:
        """Raises KeyError for a name that is not in `FAULTS`."""
        if name not in FAULTS:
            raise KeyError(name)
        with self._lock:
            (self._active.add if on else self._active.discard)(name)

    def __contains__(self, name: object) -> bool:
        with self._lock:
            return name in self._active

    @property
    def active(self) -> tuple[str, ...]:
        """In the order of `FAULTS`."""
        with self._lock:
            return tuple(name for name in FAULTS if name in self._active)
