"""The only door to a target's network: httpx's transport interface, and who does an exchange behind it."""

from __future__ import annotations

import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING

from synthmon.engine.built import Sender
from synthmon.engine.hangup import Lines
from synthmon.engine.http1.transport import SocketTransport
from synthmon.engine.limits import Limits
from synthmon.engine.ports import Stop
from synthmon.engine.route import DIRECT, ROUTE, Route

if TYPE_CHECKING:
    import httpx

DEFAULT_TIMEOUT = 15.0


class Transport(Sender):
    """Sends one request per call, once. Thread-safe: each thread has connections of its own.

    Request extensions: `synthmon.deadline`, an instant of `time.monotonic`; `synthmon.run`, what tells one run from
    another (connections are shared within it only); `synthmon.fresh`, to open a new connection; `synthmon.unstoppable`,
    to go on when others are hung up on; `synthmon.route`, the way there (see `route`). The response's extension
    `synthmon.wire` is a `Wire`. Raises `TransportFault` when there is no answer to judge.

    libcurl is loaded by the first exchange that needs it.
    """

    def __init__(self, stop: Stop | None = None, ca_file: str | None = None, limits: Limits | None = None) -> None:
        self._stop, self._ca_file, self._limits = stop, ca_file, limits or Limits()
        self._lines = Lines()
        self._lock = threading.Lock()
        self._sockets = SocketTransport(stop, self._limits, self._lines)
        self._curl: httpx.BaseTransport | None = None

    def hang_up(self) -> bool:
        """Break off what is on the wire, once the stop is set; whether everything ended within some seconds."""
        return self._lines.hang_up()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        extensions = request.extensions
        if "synthmon.deadline" not in extensions:
            extensions["synthmon.deadline"] = time.monotonic() + DEFAULT_TIMEOUT
        if self._is_plain(request):
            return self._sockets.handle_request(request)
        return (self._curl or self._by_curl()).handle_request(request)

    def close(self) -> None:
        """What other threads have open is closed with those threads."""
        self._sockets.close()
        if self._curl is not None:
            self._curl.close()

    def _is_plain(self, request: httpx.Request) -> bool:
        """Whether it goes without TLS and without a proxy: then sockets do, and what is measured is the kernel's."""
        route: Route = request.extensions.get(ROUTE) or DIRECT
        return request.url.scheme == "http" and route.proxy is None

    def _by_curl(self) -> httpx.BaseTransport:
        with self._lock:
            if self._curl is None:
                ca_file = self._ca_file or import_module("synthmon.engine.trusted").trusted_certificates()
                made = import_module("synthmon.engine.curl.transport").CurlTransport
                self._curl = made(self._stop, ca_file, self._limits, self._lines)
            return self._curl
