"""A connection to a target: what is sent over it and when, what comes and when."""

from __future__ import annotations

import math
import select
import socket
import time

from synthmon.engine.fault import Wire, broken_off
from synthmon.engine.http1.connecting import timeval
from synthmon.engine.http1.stamps import ROOM, arrived
from synthmon.engine.route import bracketed
from synthmon.model.run import Failure

PIECE = 16 * 1024  # bytes that are taken at once: of a body that unfolds without measure, not too much
_WAIT = 1.0  # seconds that the kernel waits by itself, before it is asked to the millisecond
_TICKS = 0.02  # seconds by which the kernel may be late
_LONGEST = timeval(_WAIT - _TICKS)
_AT_ONCE = int(socket.MSG_DONTWAIT)
_LOST = select.POLLIN | select.POLLERR | select.POLLHUP


class SpeaksHttp2(Exception):
    """The server has chosen HTTP/2, which is not spoken here. Nothing was asked of it."""


class Line:
    """To `host`; `address` is that with the port, as it is told. `fallback`: it was not the first that was tried.
    `used`: an answer came over it before. `unsent`: what is left of a request to be sent.

    The channel blocks, for at most as long as `limit` said last; what is sent never blocks.
    """

    __slots__ = ("_watch", "address", "channel", "fallback", "host", "unsent", "used", "waits")

    def __init__(self, channel: socket.SocketType, host: str, port: int, *, fallback: bool) -> None:
        self.channel, self.host, self.fallback = channel, host, fallback
        self.address = f"{bracketed(host)}:{port}"
        self.used = False
        self.waits = math.inf  # seconds that the kernel waits for what comes
        self._watch: select.poll | None = None  # whoever closes it or says something unasked
        self.unsent: memoryview | None = None

    def gone(self) -> bool:
        """Whether the other side has closed it, or says what nobody asked for: what is sent now is not answered."""
        if (watch := self._watch) is None:
            watch = self._watch = select.poll()
            watch.register(self.channel.fileno(), _LOST)
        return bool(watch.poll(0)) and self._lost()

    def _lost(self) -> bool:
        """Whether that is what it means that something came."""
        return True

    def limit(self, deadline: float) -> None:
        """Whoever waits for what comes waits no longer than this, and no longer than `_WAIT` before he looks.

        Raises `TimeoutError` if that is over.
        """
        left = deadline - time.monotonic()
        if self.waits <= left:
            return
        if left <= 0:
            raise TimeoutError
        self.waits, longest = (_WAIT, _LONGEST) if left >= _WAIT else (left, timeval(left - _TICKS))
        self.channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, longest)

    def comes_by(self, deadline: float) -> bool:
        """Whether something comes by this instant, to the millisecond."""
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN)
        left = deadline - time.monotonic()
        return left > 0 and bool(poll.poll(left * 1000 + 1))

    def send(self, data: bytes) -> float:
        """The instant just before the kernel was given as much as it takes. Raises `OSError`.

        Before and not after: whoever comes back from the kernel may have to wait for the interpreter, while the request
        is on its way already.
        """
        at = time.monotonic()
        try:
            sent = self.channel.send(data, _AT_ONCE)
        except BlockingIOError:
            sent = 0
        self.unsent = None if sent == len(data) else memoryview(data)[sent:]
        return at

    def send_on(self, deadline: float) -> float | None:
        """Send more as soon as that is possible, unless something comes before: the instant of sending, or None.

        Raises `TimeoutError` at the deadline and `OSError`.
        """
        assert self.unsent is not None, "there is nothing left to be sent"
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN | select.POLLOUT)
        left = deadline - time.monotonic()
        events = poll.poll(left * 1000 + 1) if left > 0 else []
        if not events:
            raise TimeoutError
        if events[0][1] & select.POLLIN:
            return None
        data = self.unsent
        at = time.monotonic()
        sent = self.channel.send(data, _AT_ONCE)
        self.unsent = None if sent == len(data) else data[sent:]
        return at

    def give_up_sending(self) -> None:
        """What has not been sent never will be."""
        self.unsent = None

    def receive(self, since: float) -> tuple[bytes | None, float]:
        """What came, and when it did: empty at the end, None if it says nothing yet.

        Raises `BlockingIOError` if nothing came in time, and `OSError`.
        """
        piece, ancillary, _, _ = self.channel.recvmsg(PIECE, ROOM)
        return piece, arrived(ancillary, since)

    def broken(self, error: OSError, wire: Wire) -> Failure:
        """What it means that the connection broke."""
        return broken_off(error.errno or 0, error.strerror or "", wire)

    def close(self) -> None:
        self.channel.close()
