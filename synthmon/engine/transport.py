"""The only door to a target's network: httpx's transport interface, and who does an exchange behind it.

What is plain goes over sockets of our own, whose bytes the kernel stamps, and so does what is secure where the origin
speaks HTTP/1.1; HTTP/2 goes by libcurl. Which of them an origin speaks, a process that lasts asks over its sockets, and
any other by libcurl. What has to be said of proxies, client certificates and whatever else is seldom, goes by libcurl.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from synthmon.engine.built import Received, Sender
from synthmon.engine.fault import TransportFault
from synthmon.engine.hangup import Lines
from synthmon.engine.http1.line import Line, SpeaksHttp2
from synthmon.engine.http1.opening import MakingSecure, Opening
from synthmon.engine.http1.transport import SocketTransport
from synthmon.engine.limits import Limits
from synthmon.engine.ports import Stop
from synthmon.engine.route import DIRECT, ROUTE, Route, is_literal, origin_of
from synthmon.engine.spoken import Origin, Spoken
from synthmon.model.run import Failure

if TYPE_CHECKING:
    import httpx

    from synthmon.engine.curl.transport import CurlTransport

DEFAULT_TIMEOUT = 15.0


class _Thread(threading.local):
    """The run that a thread is in, and by which way it began with each origin: it stays with that."""

    def __init__(self) -> None:
        self.run: object = None
        self.by_sockets: dict[Origin, bool] = {}
        # Whether all that libcurl did in this run, our own sockets will do in the next one; None: it did nothing.
        self.curl_is_done: bool | None = None


class Transport(Sender):
    """Sends one request per call, once. Thread-safe: each thread has connections of its own.

    Request extensions: `synthmon.deadline`, an instant of `time.monotonic`; `synthmon.run`, what tells one run from
    another (connections are shared within it only); `synthmon.fresh`, to open a new connection; `synthmon.unstoppable`,
    to go on when others are hung up on; `synthmon.route`, the way there (see `route`). The response's extension
    `synthmon.wire` is a `Wire`. Raises `TransportFault` when there is no answer to judge.

    libcurl is loaded by the first exchange that needs it, and so is the library of TLS. `lasting` is a process that
    goes on for days: it asks by our own sockets first what an origin speaks, which costs those that speak HTTP/2 a
    connection more, once, and spares a process without any of them libcurl and all that each handle of it holds.
    """

    def __init__(
        self,
        stop: Stop | None = None,
        ca_file: str | None = None,
        limits: Limits | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        self._stop, self._ca_file, self._limits = stop, ca_file, limits or Limits()
        self._lines, self._thread = Lines(), _Thread()
        self._lock = threading.RLock()
        self._sockets = SocketTransport(stop, self._limits, self._lines, self._securing)
        self._curl: CurlTransport | None = None
        self._secured: MakingSecure | None = None
        self._speaks = Spoken(guess=lasting)

    def hang_up(self) -> bool:
        """Break off what is on the wire, once the stop is set; whether everything ended within some seconds."""
        return self._lines.hang_up()

    def handle_request(self, request: httpx.Request) -> Received:
        extensions = request.extensions
        if "synthmon.deadline" not in extensions:
            extensions["synthmon.deadline"] = time.monotonic() + DEFAULT_TIMEOUT
        run = extensions.get("synthmon.run")
        if run is None or run != self._thread.run:
            self._begin(run)
        if self._by_sockets(request):
            try:
                return self._sockets.handle_request(request)
            except SpeaksHttp2:  # after all, and nothing was asked of it: what libcurl does is all that is told
                self._spoke(request, "2")
        try:
            response = self._by_curl().handle_request(request)
        except TransportFault as fault:
            self._spoke(request, fault.wire.http_version)
            raise
        self._spoke(request, response.extensions["synthmon.wire"].http_version)
        return response

    def close(self) -> None:
        """What other threads have open is closed with those threads."""
        self._sockets.close()
        if self._curl is not None:
            self._curl.close()

    def end_run(self) -> None:
        """Close what this thread has open: it may wait for long, and TLS holds a tenth of a megabyte.

        A handle of libcurl holds a whole one, and goes as well where it only asked what an origin speaks: when a
        process starts, each of its threads may have one.
        """
        if self._curl is not None and self._thread.curl_is_done:
            self._curl.close()
        self._begin(None)

    def _begin(self, run: object) -> None:
        """A run begins with nothing that another has, whichever way that went."""
        self._thread.run, self._thread.by_sockets, self._thread.curl_is_done = run, {}, None
        self._sockets.begin()
        if self._curl is not None:
            self._curl.begin(run)

    def _by_sockets(self, request: httpx.Request) -> bool:
        """Whether it goes over our own sockets. Within a run an origin keeps to the way that it began with."""
        route: Route = request.extensions.get(ROUTE) or DIRECT
        origin = origin_of(request.url)
        if route.proxy is None and origin[0] == "http":
            return True
        if not _is_usual(route):
            return False
        return self._thread.by_sockets.setdefault(origin, self._speaks.http1(origin))

    def _spoke(self, request: httpx.Request, version: str | None) -> None:
        """For runs to come: what an origin chose, which was offered both."""
        route: Route = request.extensions.get(ROUTE) or DIRECT
        thread = self._thread
        if version is None or request.url.scheme != "https" or route.proxy is not None:  # whose version it may be
            thread.curl_is_done = False
            return
        origin, http1 = origin_of(request.url), version.startswith("1")
        self._speaks.put(origin, http1=http1)
        thread.curl_is_done = http1 and _is_usual(route) and thread.curl_is_done is not False
        if not http1:
            thread.by_sockets[origin] = False

    def _by_curl(self) -> CurlTransport:
        with self._lock:
            if self._curl is None:
                made: Callable[..., CurlTransport] = import_module("synthmon.engine.curl.transport").CurlTransport
                self._curl = made(self._stop, self._authorities(), self._limits, self._lines)
            return self._curl

    def _securing(self) -> MakingSecure:
        with self._lock:
            if self._secured is None:
                made = import_module("synthmon.engine.http1.securing").Securing
                self._secured = made(self._authorities(), self._described).secured
            return self._secured

    def _authorities(self) -> str:
        if self._ca_file is None:
            self._ca_file = str(import_module("synthmon.engine.trusted").trusted_certificates())
        return self._ca_file

    def _described(self, failure: Failure, opening: Opening, line: Line) -> Failure:
        """With what a certificate says that was refused, of whoever showed it."""
        way = opening.way
        addresses = () if is_literal(way.host) else (line.host,)
        return self._by_curl().described(failure, way, opening.url, addresses, opening.deadline)


def _is_usual(route: Route) -> bool:
    """Whether TLS is spoken as almost always, and no proxy in between."""
    tls = route.tls
    return route.proxy is None and not (tls.unverified or tls.certificate or tls.key or tls.server_name)
