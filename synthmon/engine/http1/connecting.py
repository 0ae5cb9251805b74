"""Connects to the first of several addresses that answers, and to none that may not be reached."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field

from synthmon.engine import reserve
from synthmon.engine.fault import is_ours
from synthmon.engine.hangup import Lines
from synthmon.engine.http1.naming import Place
from synthmon.engine.http1.stamps import stamp_arrivals
from synthmon.model.run import Failure, FailureKind
from synthmon.nouns import dataclass

_NOT_BLOCKING = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
APART = 0.2  # seconds after which the next address is tried as well
_TIME = struct.Struct("@ll")
_LEAST = 0.001  # seconds; none at all would mean for ever
_WAITED = 0.002  # seconds from which on it is asked whether they were the network's or the interpreter's
_INFO = 104  # bytes of TCP_INFO as far as it is read
_ROUND_TRIP, _SENT_AGAIN = 68, 100  # tcpi_rtt, in microseconds, and tcpi_total_retrans, within it


class Refused(Exception):
    """No connection is made, for a reason that is not the network's."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(slots=True)
class Connector:
    """Makes connections for one exchange. `permits` says why an address may not be connected to; `opened` are the
    sockets of the run, which may be shut from outside while they are in it; `tried` are addresses in order.
    """

    permits: Callable[[tuple[str, int]], Failure | None]
    lines: Lines
    opened: set[socket.SocketType]
    until: float
    tried: list[str] = field(default_factory=list)

    def connect(self, places: Sequence[Place]) -> tuple[socket.SocketType, Place, float]:
        """The connection, to whom, and the seconds that it took. Raises `OSError`, `TimeoutError` and `Refused`."""
        if len(places) == 1:
            return self._to_one(places[0])
        return self._to_any(places)

    def _to_one(self, place: Place) -> tuple[socket.SocketType, Place, float]:
        channel = self._opened(place)
        began = time.monotonic()
        try:
            code = channel.connect_ex(place[1])
            if code == errno.EINPROGRESS:  # to ask again costs less than to wait, and who is near has answered
                code = channel.connect_ex(place[1])
            if code == errno.EALREADY:
                code = _outcome(channel, self.until)
            if code:
                raise OSError(code, os.strerror(code))
        except OSError:
            self._close(channel)
            raise
        took = _handshake(channel, time.monotonic() - began)
        channel.setblocking(True)  # noqa: FBT003 - the standard library's own order
        return channel, place, took

    def _to_any(self, places: Sequence[Place]) -> tuple[socket.SocketType, Place, float]:
        """Each a while after the one before, or as soon as that has failed (RFC 8305, section 5).

        Nothing is begun from the first one on that may not be reached. Those begun before it go on, as they would have
        won a moment earlier; where none of them answers, that it may not be reached is why.
        """
        waiting, trying, began = iter(places), _Trying(), time.monotonic()
        while True:
            now = time.monotonic()
            if now >= self.until:
                self._close_all(trying)
                raise trying.refused or TimeoutError(errno.ETIMEDOUT, "nobody answered in time")
            if now >= trying.next_at or not trying.open:
                self._try_next(waiting, trying)
            if trying.won is not None:
                channel, place, at = trying.open.pop(trying.won)
                took = at - began + _handshake(channel, time.monotonic() - at)
                self._close_all(trying)
                channel.setblocking(True)  # noqa: FBT003 - the standard library's own order
                return channel, place, took
            self._look(trying, min(self.until, trying.next_at))

    def _try_next(self, waiting: Iterator[Place], trying: _Trying) -> None:
        place = next(waiting, None) if trying.refused is None else None
        if place is None:
            if not trying.open:
                raise trying.refused or trying.error
            trying.next_at = self.until
            return
        trying.next_at = time.monotonic() + APART
        try:
            channel = self._opened(place)
        except Refused as refused:
            if not trying.open or refused.failure.kind is not FailureKind.POLICY:  # a stop waits for nobody
                self._close_all(trying)
                raise
            trying.refused = refused
            return
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self._close_all(trying)
                raise
            trying.failed(error)
            return
        trying.open[channel.fileno()] = channel, place, time.monotonic()
        self._judge(trying, channel.fileno(), channel.connect_ex(place[1]))

    def _look(self, trying: _Trying, until: float) -> None:
        """Wait for one of them."""
        poll = select.poll()
        for descriptor in trying.open:
            poll.register(descriptor, select.POLLOUT)
        for descriptor, _ in poll.poll(max(0.0, until - time.monotonic()) * 1000 + 1):
            if trying.won is None:
                code = trying.open[descriptor][0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._judge(trying, descriptor, code)

    def _judge(self, trying: _Trying, descriptor: int, code: int) -> None:
        if code == errno.EINPROGRESS:
            return
        if code == 0:
            trying.won = descriptor
            return
        channel, *_ = trying.open.pop(descriptor)
        self._close(channel)
        trying.failed(OSError(code, os.strerror(code)))

    def _opened(self, place: Place) -> socket.SocketType:
        """A socket for a connection there, which does not block yet, if one may be made: the bare one, of which the
        library's class is made, as nothing of what that adds is needed.
        """
        family, address = place
        denied = self.permits(address)
        if denied is not None:
            raise Refused(denied)
        self.tried.append(address[0])
        channel = socket.SocketType(family, _NOT_BLOCKING)
        try:
            reserve.check(channel.fileno())
        except OSError:
            channel.close()
            raise
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stamp_arrivals(channel)
        self.opened.add(channel)
        return channel

    def _close_all(self, trying: _Trying) -> None:
        for channel, *_ in trying.open.values():
            self._close(channel)
        trying.open.clear()

    def _close(self, channel: socket.SocketType) -> None:
        self.lines.release(self.opened, channel)
        channel.close()


@dataclass(slots=True)
class _Trying:
    """Connections that are being made, by their descriptors, each with the instant at which it was begun."""

    open: dict[int, tuple[socket.SocketType, Place, float]] = field(default_factory=dict)
    next_at: float = 0.0
    won: int | None = None
    refused: Refused | None = None
    told: bool = False  # whether the error is what the other side did
    error: OSError = field(default_factory=lambda: OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)))

    def failed(self, error: OSError) -> None:
        """What one address does is told, whatever this machine lacks for another: a target that refuses is down,
        though it has an address of IPv6 as well and this machine has no way there.
        """
        self.next_at, told = 0.0, not is_ours(error.errno)
        if told or not self.told:
            self.error, self.told = error, told


def timeval(seconds: float) -> bytes:
    """A time as the kernel takes it; never none, which would mean for ever."""
    whole, rest = divmod(max(seconds, _LEAST), 1)
    return _TIME.pack(int(whole), int(rest * 1e6))


def _outcome(channel: socket.SocketType, until: float) -> int:
    """What came of a connection that is being made: 0, or the number of an error. Raises `TimeoutError`."""
    poll = select.poll()
    poll.register(channel, select.POLLOUT)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000 + 1):
        raise TimeoutError(errno.ETIMEDOUT, "nobody answered in time")
    return channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _handshake(channel: socket.SocketType, took: float) -> float:
    """How long it took, which was so long by our own clock."""
    return took if took < _WAITED else _by_the_kernel(channel, took)


def _by_the_kernel(channel: socket.SocketType, took: float) -> float:
    """How long the handshake took by the kernel's own measure, which does not wait for the interpreter; what was sent
    again it does not measure.
    """
    try:
        info = channel.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO)
    except OSError:
        return took
    if len(info) < _INFO or struct.unpack_from("@I", info, _SENT_AGAIN)[0]:
        return took
    trip: int = struct.unpack_from("@I", info, _ROUND_TRIP)[0]
    return min(took, trip / 1e6) if trip else took
