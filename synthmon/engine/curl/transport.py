"""httpx's transport interface on libcurl, which measures phases outside the interpreter and bounds the whole exchange.

A thread keeps one easy handle and with it the parsed CA bundle, but nothing that would let one run profit from another:
connections live in a pool that is replaced when a run begins, names are looked up anew, TLS sessions are not resumed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pycurl

from synthmon.engine.built import Received, Sender
from synthmon.engine.curl.certificate import about_ours, describe_certificate
from synthmon.engine.curl.codes import explain
from synthmon.engine.curl.dial import dial, pin
from synthmon.engine.curl.doorkeeper import Doorkeeper
from synthmon.engine.curl.measured import wire_of
from synthmon.engine.curl.seat import Seat
from synthmon.engine.fault import TransportFault, Wire, closed_instead
from synthmon.engine.hangup import Lines, stopped
from synthmon.engine.limits import Limits
from synthmon.engine.looking import looked_up_for
from synthmon.engine.names import attribute
from synthmon.engine.outgoing import header_lines, written_url
from synthmon.engine.ports import Stop
from synthmon.engine.proxying import blamed
from synthmon.engine.resolver import Looked
from synthmon.engine.route import DIRECT, ROUTE, Route, denied, origin_of
from synthmon.engine.sockets import hung_up
from synthmon.engine.trusted import as_it_is
from synthmon.engine.way import Way
from synthmon.model.run import Failure, FailureKind, Phases

if TYPE_CHECKING:
    import httpx


UNUSED = 30.0  # seconds after which a handle goes


class CurlTransport(Sender):
    """Sends one request per call, once. Thread-safe: each thread has its own handle. What it is asked by, and what it
    answers, is said of `engine.transport.Transport`; `lines` are those that may be hung up on.
    """

    def __init__(self, stop: Stop | None, ca_file: str, limits: Limits, lines: Lines) -> None:
        self._stop, self._ca_file, self._limits, self._lines = stop, ca_file, limits, lines
        self._connect, self._secure = int(limits.connect * 1000), int(limits.secure * 1000)
        self._local = threading.local()

    def handle_request(self, request: httpx.Request) -> Received:
        extensions = request.extensions
        route: Route = extensions.get(ROUTE) or DIRECT
        deadline: float = extensions["synthmon.deadline"]
        seat = self._seat(extensions.get("synthmon.run"))
        way = _way(seat, route, request, extensions.get("synthmon.run"))
        if way.refused is not None:
            raise TransportFault(way.refused, Wire(Phases()))
        stop = None if extensions.get("synthmon.unstoppable") else self._stop
        looked = way.looked or looked_up_for(way, seat.names, deadline, self._limits.lookup, stop)
        reader, door = seat.reader, seat.door
        reader.begin()
        door.begin(route, request.url, stop)
        try:
            seat.set_up(way, request, self._ca_file)
            pin(seat.handle, way.place, looked.addresses, seat.pinned)
            longest = self._secure if way.secure else self._connect
            url, lines = written_url(route, request.url), header_lines(request)
            seat.began = time.monotonic()
            seat.ask(request, url, lines, left=deadline - seat.began, connect=longest)
            broken_off = self._performed(seat, stop)
        except pycurl.error as error:
            seat.forget()
            if (hung_up := stopped(stop)) is not None:  # what libcurl says of it would be told as the target's doing
                raise TransportFault(hung_up, Wire(Phases())) from error
            raise self._fault(seat, way, request, error, looked) from error
        if broken_off is not None:
            raise TransportFault(broken_off, Wire(Phases()))
        seat.sockets[way.origin] = seat.handle.getinfo(pycurl.ACTIVESOCKET)
        wire = wire_of(seat, way, looked)
        reader.finish()
        if reader.refused is not None:
            raise TransportFault(reader.refused, wire)
        if route.proxy is not None and reader.status == 407:  # which no target says
            raise TransportFault(blamed(Failure(FailureKind.AUTH, ""), wire, 407), wire)
        bodiless = request.method == "HEAD" or reader.status in {204, 304}
        body = b"" if bodiless else bytes(reader.body)
        return Received(reader.status, reader.headers, body, request, {"synthmon.wire": wire})

    def _performed(self, seat: Seat, stop: Stop | None) -> Failure | None:
        """Why there is no answer although libcurl has nothing to say about it."""
        if stop is None:
            seat.handle.perform()
            return None
        self._lines.begin(seat.inodes)
        try:
            if (broken_off := stopped(stop)) is None:
                seat.handle.perform()
                broken_off = stopped(stop)  # a body that ends with its connection would be taken for whole
            return broken_off
        finally:
            self._lines.end()

    def begin(self, run: object) -> None:
        """Close what this thread has open, unless it is of this run; and its handle, which was long not needed.

        With TLS that holds a megabyte of authorities, and most origins are asked by libcurl once: until it is known
        that they do not speak HTTP/2.
        """
        seat: Seat | None = getattr(self._local, "seat", None)
        if seat is None or seat.serves(run):
            return
        if time.monotonic() - seat.began > UNUSED:
            self.close()
        elif seat.sockets:
            seat.renew(None)  # who needs it looks first whether its authorities are still those of the file

    def close(self) -> None:
        """Handles of other threads close with those threads."""
        seat: Seat | None = getattr(self._local, "seat", None)
        if seat is not None:
            seat.close()
            self._local.seat = None

    def _seat(self, run: object = None) -> Seat:
        """This thread's. A handle would trust for a day the authorities that it has read: where the file has others by
        now, the next run gets another handle.
        """
        seat: Seat | None = getattr(self._local, "seat", None)
        if seat is not None and not seat.serves(run) and seat.bundle != as_it_is(self._ca_file):
            self.close()
            seat = None
        if seat is None:
            seat = self._local.seat = Seat(self._limits, as_it_is(self._ca_file))
        return seat

    def _fault(
        self, seat: Seat, way: Way, request: httpx.Request, error: pycurl.error, looked: Looked
    ) -> TransportFault:
        code, text = error.args[0], str(error.args[1]) if len(error.args) > 1 else ""
        handle, reader, door, route = seat.handle, seat.reader, seat.door, way.route
        reader.read_on()
        wire = wire_of(seat, way, looked)
        if reader.refused is not None or door.denied is not None:
            return TransportFault(reader.refused or door.denied or denied("nobody said why"), wire)
        connected = handle.getinfo(pycurl.HTTP_CONNECTCODE)
        if code in {pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY}:
            return TransportFault(blamed(attribute(way.host, request.extensions["synthmon.deadline"]), wire, 0), wire)
        failure = explain(code, text, door.error or handle.getinfo(pycurl.OS_ERRNO), wire)
        failure = blamed(failure, wire, connected) if not reader.began else failure
        if code == pycurl.E_PEER_FAILED_VERIFICATION and failure.kind is FailureKind.TLS:
            failure = self.described(
                failure, way, request.url, looked.addresses, request.extensions["synthmon.deadline"]
            )
        elif wire.phase == "tls" or failure.kind is FailureKind.TLS:
            failure = about_ours(failure, code, route.tls)
        if door.refused:
            failure = _not_again(wire, failure.detail)
        stale = wire.reused and not reader.began and failure.kind in {FailureKind.CONNECT, FailureKind.PROTOCOL}
        return TransportFault(failure, wire, resendable=stale)

    def described(
        self, failure: Failure, way: Way, url: httpx.URL, addresses: Sequence[str], deadline: float
    ) -> Failure:
        """The failure with what the certificate says, asked for in the same way as the first time."""
        route = way.route.without_certificate()
        door = Doorkeeper(set())
        door.begin(route, url, None)

        def prepared(handle: pycurl.Curl) -> None:
            dial(handle, route, url, self._ca_file)
            pin(handle, way.place, addresses, set())
            door.watch(handle)

        return describe_certificate(failure, written_url(route, url), prepared, deadline)


def _way(seat: Seat, route: Route, request: httpx.Request, run: object) -> Way:
    """With no connection open but those of the run, and none to where we want to go that the server has closed."""
    origin = origin_of(request.url)
    if not seat.serves(run) or hung_up(seat.sockets.get(origin)):
        seat.renew(run)
    way = seat.ways.get(origin)
    if way is None or way.route is not route:
        way = seat.ways[origin] = Way(route, request.url)
    return way


def _not_again(wire: Wire, detail: str | None) -> Failure:
    """What it means that libcurl wanted to send a request again."""
    if wire.reused:
        return closed_instead(detail)
    return Failure(FailureKind.PROTOCOL, "the server turned the request away unanswered", detail=detail)
