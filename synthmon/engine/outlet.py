"""Where the requests of one run go out: each hop is marked, noted, and exchanges its cookies with the run's jar."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from synthmon.engine.built import Built, Received, Sender, dropped, put, value_of
from synthmon.engine.cookies import Jar
from synthmon.engine.traced import Trace

if TYPE_CHECKING:
    import httpx

    from synthmon.engine.command import Sent

Handle: TypeAlias = "Callable[[httpx.Request], Received]"
"""What a transport does: the answer to a request; raises httpx's errors and `TransportFault`."""

_COOKIE = b"cookie"


def handle_of(transport: httpx.BaseTransport) -> Handle:
    """What a transport does with requests as they are here, of which others than ours know nothing."""
    if isinstance(transport, Sender):
        return transport.handle_request
    handle: Handle = import_module("synthmon.engine.foreign").handled_by(transport)
    return handle


class Outlet:
    """Belongs to one run. `step` is the id of the step that is being taken; while `cleaning`, a stop that breaks off
    requests must not touch what is sent.
    """

    def __init__(self, handle: Handle, jar: Jar, trace: Trace | None, *, noting: bool) -> None:
        self._handle, self._jar = handle, jar
        self.trace = trace
        self.step = ""
        self.cleaning = False
        self.sent: list[Sent] | None = [] if noting else None  # everything, for somebody who wants to send it by hand
        self.last: dict[str, httpx.Request] = {}  # step id -> what it sent last

    def exchange(self, request: httpx.Request) -> Received:
        """The answer to a request with the jar's cookies; the jar takes those of the answer.

        Afterwards the request is as it was: whoever follows a redirect copies only what the probe itself wrote, and
        drops that where it must. `request.extensions["synthmon.cookies"]` then says whether any were sent.
        """
        fields = request.fields if type(request) is Built else None
        if fields is None or self._jar.held:
            written = value_of(request, _COOKIE)
            cookies = self._jar.header_for(request, written)
        else:
            said = fields.get(_COOKIE)
            cookies = written = None if said is None else said[1]
        request.extensions["synthmon.cookies"] = cookies is not None
        if cookies is None or cookies is written:
            response = self.bare(request)
        else:
            response = self._with(cookies, written, request)
        if b"set-cookie" in response.names:
            self._jar.take(response)
        return response

    def bare(self, request: httpx.Request) -> Received:
        """The answer to a request that gets no cookies of the journey, such as one for a token."""
        extensions, step = request.extensions, self.step
        extensions["synthmon.unstoppable"], extensions["synthmon.step"] = self.cleaning, step
        if self.trace is not None:
            self.trace.mark(request, step)
        self.last[step] = request
        if self.sent is not None:
            from synthmon.engine.command import Sent  # here, because few ask for it

            self.sent.append(Sent.of(step, request))
        return self._handle(request)

    def _with(self, cookies: bytes, written: bytes | None, request: httpx.Request) -> Received:
        put(request, b"Cookie", cookies)
        try:
            return self.bare(request)
        finally:
            if written is not None:
                put(request, b"Cookie", written)
            else:
                dropped(request, _COOKIE)
