"""Closes connections on which the headers of a request do not come: whoever holds many of them keeps others out."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_WITHIN = 10.0  # seconds, from the connection or the first byte of a request on
STOPPING = "synthmon.stopping"  # where a request's scope has the function that says whether the server is to end


class Deadline(H11Protocol):
    """uvicorn's protocol with a deadline for headers, of which uvicorn has none.

    Between two requests of a connection its own holds: it closes one on which nothing comes for five seconds.
    """

    seconds = HEADERS_WITHIN
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if before is None or before.response_complete:
            self._expect()
        super().data_received(data)
        if self.cycle is not before:  # the headers are complete
            self._have()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.seconds, self._close)

    def _have(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self.transport.close()


def within(seconds: float) -> type[Deadline]:
    """The protocol with that deadline."""
    return type("Deadline", (Deadline,), {"seconds": seconds})
