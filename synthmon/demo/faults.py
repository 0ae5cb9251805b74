"""The faults that can be switched on, and which of them are."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

FAULTS: Mapping[str, str] = {
    "payment-slow": "the payment takes 5 to 7 seconds",
    "payment-timeout": "the payment never answers",
    "login-500": "logging in answers 500",
    "token-refused": "the partner refuses to renew the access token",
    "phone-format": "the partner sends some phone numbers in another format",
    "shop-down": "nothing listens where the shop should be",
}
EVERY = ""  # the way of all
_came_by: ContextVar[str] = ContextVar("came_by", default=EVERY)


class Faults:
    """Which faults are on, for everybody or for those who come by one way. Thread-safe.

    A way is the address by which somebody reached the shop: behind it there could be another shop, as regions have.
    """

    def __init__(self) -> None:
        self._active: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def switch(self, name: str, *, on: bool, way: str = EVERY) -> None:
        """Raises KeyError for a name that is not in `FAULTS`."""
        if name not in FAULTS:
            raise KeyError(name)
        with self._lock:
            active = self._active.setdefault(way, set())
            (active.add if on else active.discard)(name)

    def __contains__(self, name: object) -> bool:
        """Whether it is on for whoever asks now."""
        with self._lock:
            return any(name in self._active.get(way, ()) for way in (EVERY, _came_by.get()))

    @property
    def active(self) -> tuple[str, ...]:
        """Those that are on for everybody, in the order of `FAULTS`."""
        with self._lock:
            return tuple(name for name in FAULTS if name in self._active.get(EVERY, ()))


class ByTheirWay:
    """An ASGI application that notes the address by which each request came: its Host header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope.get("headers", ())).get(b"host", b"")
        _came_by.set(host.decode("latin-1"))
        await self._app(scope, receive, send)
