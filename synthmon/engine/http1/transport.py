"""httpx's transport interface on sockets of our own, for HTTP/1.1 without a proxy in between.

A thread keeps the connections of one run and nothing that would let another profit from it: names are looked up anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from synthmon.engine.built import Received, Sender
from synthmon.engine.fault import TransportFault, Wire, closed_instead, timed_out
from synthmon.engine.hangup import Lines, stopped
from synthmon.engine.http1.exchange import KEPT, Exchange, Opened
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.opening import MakingSecure, Opening
from synthmon.engine.http1.seat import Seat
from synthmon.engine.http1.stamps import Stamping
from synthmon.engine.http1.written import written
from synthmon.engine.limits import Limits
from synthmon.engine.ports import Stop
from synthmon.engine.route import DIRECT, ROUTE
from synthmon.engine.way import Way, way_of
from synthmon.model.run import Failure, FailureKind, Phases
from synthmon.nouns import maker

if TYPE_CHECKING:
    import httpx

_opening = maker(Opening)
_BODILESS = frozenset({204, 304})


class SocketTransport(Sender):
    """Sends one request per call, once. Thread-safe: each thread has connections of its own. What it is asked by, and
    what it answers, is said of `engine.transport.Transport`; `lines` are those that may be hung up on.
    """

    def __init__(self, stop: Stop | None, limits: Limits, lines: Lines, securing: Callable[[], MakingSecure]) -> None:
        """`securing` gives what makes a connection a secure one, when that is first needed."""
        self._stop, self._limits, self._lines, self._securing = stop, limits, lines, securing
        self._local = threading.local()
        self._stamping = Stamping()

    def handle_request(self, request: httpx.Request) -> Received:
        """Over a connection that was opened since `begin` was called, if there is one."""
        extensions, stop = request.extensions, self._stop
        try:
            seat: Seat = self._local.seat
        except AttributeError:
            seat = self._seated()
        way = way_of(extensions.get(ROUTE) or DIRECT, request.url, seat.ways)
        if way.refused is not None:
            raise TransportFault(way.refused, Wire(Phases()))
        if stop is None or extensions.get("synthmon.unstoppable"):
            return self._sent(seat, way, request, None)
        self._lines.begin(seat.opened)
        try:
            if stop.is_set():
                raise _stopped(stop)
            try:
                response = self._sent(seat, way, request, stop)
            except TransportFault as fault:
                if stop.is_set():
                    raise _stopped(stop) from fault
                raise
            if stop.is_set():  # a body that ends with its connection would be taken for whole
                raise _stopped(stop)
        finally:
            self._lines.end()
        return response

    def _sent(self, seat: Seat, way: Way, request: httpx.Request, stop: Stop | None) -> Received:
        extensions, at = request.extensions, time.monotonic()
        deadline: float = extensions["synthmon.deadline"]
        line, opened = seat.kept.pop(way.origin, None), KEPT
        if line is not None and (extensions.get("synthmon.fresh") or line.gone()):
            seat.drop(line)
            line = None
        if line is None:
            line, opened = self._opened(seat, way, request, stop, at)
        exchange = Exchange(line, opened)
        try:
            piece = exchange.first_piece(written(request), at, deadline)
        except OSError as error:
            seat.reader.begin()
            raise _broken(error, seat, exchange, at) from error
        except BaseException:
            seat.drop(line)
            raise
        if (whole := exchange.whole(piece, request.method, self._limits)) is None:
            return self._read_on(seat, way, request, exchange, piece, at)
        status, fields, body, closes, names = whole
        if closes:
            seat.drop(line)
        else:
            seat.kept[way.origin], line.used = line, True
        return Received(status, fields, body, request, {"synthmon.wire": exchange.wire_at_once(len(body))}, names)

    def _read_on(
        self, seat: Seat, way: Way, request: httpx.Request, exchange: Exchange, piece: bytes, at: float
    ) -> Received:
        """The answer that begins with this piece, whatever it is."""
        reader, incoming, line = seat.reader, seat.incoming, exchange.line
        reader.begin()
        incoming.begin(request.method, again=line.used)
        try:
            exchange.go_on(piece, incoming, request.extensions["synthmon.deadline"])
        except OSError as error:
            raise _broken(error, seat, exchange, at) from error
        except BaseException:
            seat.drop(line)
            raise
        reader.finish()
        if incoming.keeps and reader.refused is None and line.unsent is None:
            seat.kept[way.origin], line.used = line, True
        else:
            seat.drop(line)
        wire = exchange.wire(incoming, reader, over=True)
        if reader.refused is not None:
            raise _refused(reader.refused, wire, began=reader.began)
        bodiless = request.method == "HEAD" or reader.status in _BODILESS
        body = b"" if bodiless else bytes(reader.body)
        return Received(reader.status, reader.headers, body, request, {"synthmon.wire": wire})

    def _opened(
        self, seat: Seat, way: Way, request: httpx.Request, stop: Stop | None, at: float
    ) -> tuple[Line, Opened]:
        limits, deadline = self._limits, request.extensions["synthmon.deadline"]
        secured = self._securing() if way.secure else None
        until = min(deadline, at + (limits.secure if way.secure else limits.connect))
        return _opening(way, request.url, seat, self._lines, stop, at, deadline, until, limits.lookup, secured).opened()

    def begin(self) -> None:
        """A run begins: close what this thread has open."""
        if (seat := getattr(self._local, "seat", None)) is not None:
            seat.begin()

    def close(self) -> None:
        """What other threads have open is closed with those threads."""
        self._stamping.end()
        seat: Seat | None = getattr(self._local, "seat", None)
        if seat is not None:
            seat.begin()
            del self._local.seat

    def _seated(self) -> Seat:
        """A seat for this thread, which has none."""
        self._stamping.begin()
        seat = self._local.seat = Seat(self._limits, self._lines)
        return seat


def _stopped(stop: Stop) -> TransportFault:
    failure = stopped(stop)
    assert failure is not None, "the stop was set, and is never taken back"
    return TransportFault(failure, Wire(Phases()))


def _broken(error: OSError, seat: Seat, exchange: Exchange, at: float) -> TransportFault:
    """What it means that a connection broke, or that the time ran out, in an exchange that began `at`."""
    line, reader = exchange.line, seat.reader
    seat.drop(line)
    reader.read_on()
    wire = exchange.wire(seat.incoming, reader, over=False)
    if reader.refused is not None:
        return TransportFault(reader.refused, wire)
    if isinstance(error, TimeoutError) and error.errno is None:
        return TransportFault(timed_out(wire, at), wire)
    failure = line.broken(error, wire)
    if wire.reused and not reader.began and failure.kind in {FailureKind.CONNECT, FailureKind.PROTOCOL}:
        return TransportFault(closed_instead(failure.detail), wire, resendable=True)
    return TransportFault(failure, wire)


def _refused(failure: Failure, wire: Wire, *, began: bool) -> TransportFault:
    """What it means that an answer was none."""
    if wire.reused and not began and failure.kind is FailureKind.PROTOCOL:
        return TransportFault(closed_instead(failure.detail), wire, resendable=True)
    return TransportFault(failure, wire)
