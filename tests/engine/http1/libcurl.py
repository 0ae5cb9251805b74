"""What libcurl sends and understands, as the yardstick for what does without it: one exchange after the other."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from types import TracebackType

import httpx
import pycurl

from synthmon.engine.curl.transport import CurlTransport
from synthmon.engine.fault import TransportFault, Wire
from synthmon.engine.hangup import Lines
from synthmon.engine.limits import Limits
from synthmon.engine.trusted import trusted_certificates
from synthmon.model.run import Failure
from tests.engine.transport.raw import Connection, RawServer

NOTHING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Understood:
    """What an answer was taken for. `keeps` says nothing where the end of the connection ended the answer."""

    answer: tuple[int, list[tuple[bytes, bytes]], bytes] | None
    failure: Failure | None
    version: str | None
    received: int
    keeps: bool | None = None


class Libcurl:
    """A server that says what it is told to and closes, and a transport by libcurl that asks it."""

    def __init__(self) -> None:
        self._server = RawServer(self._talk)
        self._heard, self._say = b"", NOTHING
        self._runs = count(1)

    def __enter__(self) -> Libcurl:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        return self._server.url

    def sent(self, request: httpx.Request) -> bytes:
        """The bytes that went out for a request."""
        self._say = NOTHING
        with self._transport() as transport:
            self._ask(transport, request)
        return self._heard

    def understands(self, said: bytes, method: str = "GET") -> Understood:
        """What becomes of an answer behind which the connection ends.

        Each time by a handle of its own: libcurl 8.23 carries over that a folded line was cut short.
        """
        self._say = said
        request = httpx.Request(method, self.url, headers={"User-Agent": "synthmon"})
        with self._transport() as transport:
            try:
                response = self._ask(transport, request)
            except TransportFault as fault:
                return _understood(None, fault.failure, fault.wire)
            keeps = transport._seat().handle.getinfo(pycurl.ACTIVESOCKET) >= 0
            answer = (response.status_code, list(response.headers.raw), response.content)
            return _understood(answer, None, response.extensions["synthmon.wire"], keeps=keeps)

    def _transport(self) -> CurlTransport:
        return CurlTransport(None, trusted_certificates(), Limits(), Lines())

    def _ask(self, transport: CurlTransport, request: httpx.Request) -> httpx.Response:
        request.extensions |= {"synthmon.deadline": time.monotonic() + 5.0, "synthmon.run": next(self._runs)}
        return transport.handle_request(request)

    def _talk(self, connection: Connection) -> None:
        self._heard = connection.request()
        connection.send(self._say)
        connection.finish()
        connection.hold()


def _understood(
    answer: tuple[int, list[tuple[bytes, bytes]], bytes] | None,
    failure: Failure | None,
    wire: Wire,
    keeps: bool | None = None,
) -> Understood:
    return Understood(answer, failure, wire.http_version, wire.received, keeps)
