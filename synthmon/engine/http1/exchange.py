"""A request and its answer over a connection that is there, and the instants between which its phases lie."""

from __future__ import annotations

import time
from datetime import datetime

from synthmon.engine.fault import Wire
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.message import Incoming
from synthmon.engine.http1.usual import usual
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from synthmon.model.run import Phases
from synthmon.nouns import dataclass, maker

_wire, _phases = maker(Wire), maker(Phases)
_END_OF_HEADER = b"\r\n\r\n"

Whole = tuple[int, list[tuple[bytes, bytes]], bytes, bool, frozenset[bytes]]
"""Status, fields, body, whether the connection closes behind it, and the names of the fields in lower case."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The seconds that it took to open a connection; None where the connection was there."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    certificate_until: datetime | None = None

    @property
    def took(self) -> float:
        return (self.dns or 0.0) + (self.connect or 0.0) + (self.tls or 0.0)


KEPT = Opened()


class Exchange:
    """`begun` is when sending began, `sent` when the kernel was given the last of it, `first` and `last` when bytes of
    the answer came: all of `time.monotonic`, and 0 as long as it has not happened.

    What our own code does before it sends is in no phase: a target cannot help it.
    """

    __slots__ = ("_cut", "begun", "first", "last", "line", "opened", "sent")

    def __init__(self, line: Line, opened: Opened) -> None:
        self.line, self.opened = line, opened
        self.begun = self.sent = self.first = self.last = 0.0
        self._cut = False  # the other side would not take all of the request

    def first_piece(self, request: bytes, now: float, deadline: float) -> bytes:
        """Send, and what comes first, at the instant `last`; empty where the connection ended instead.

        Raises `TimeoutError` at the deadline and `OSError` for a connection that breaks.
        """
        line = self.line
        if line.waits > deadline - now:
            line.limit(deadline)
        self.begun = self.sent = line.send(request)
        if line.unsent is not None:
            self._send_on(deadline)
        piece, self.last = self._received(self.sent, deadline)
        self.first = self.last if piece else 0.0
        return piece

    def go_on(self, piece: bytes, incoming: Incoming, deadline: float) -> None:
        """Read from the first piece on until the answer is complete or `incoming` refuses it. Raises as that did."""
        line, at = self.line, self.last
        while piece:
            self.last = at
            if incoming.feed(piece):
                return
            if line.unsent is not None:
                self._send_on(deadline)
            line.limit(deadline)
            piece, at = self._received(self.first, deadline)
        self.last = at
        incoming.ended()

    def whole(self, piece: bytes, method: str, limits: Limits) -> Whole | None:
        """The answer, if this is all of it, and it is as `go_on` would find it: as almost always."""
        size = len(piece)
        if size > limits.header_bytes or size > limits.wire_bytes or method == "HEAD" or self.line.unsent is not None:
            return None
        head, end, body = piece.partition(_END_OF_HEADER)
        if not end or (found := usual(head)) is None:
            return None
        status, fields, length, closes, names = found
        if length != len(body) or len(fields) > limits.header_fields:
            return None
        return status, fields, body, closes, names

    def _received(self, since: float, deadline: float) -> tuple[bytes, float]:
        line = self.line
        while True:
            try:
                piece, at = line.receive(since)
            except BlockingIOError as error:
                if not line.comes_by(deadline):
                    raise TimeoutError from error
                continue
            if piece is not None:
                return piece, at
            if line.unsent is not None:
                self._send_on(deadline)
            line.limit(deadline)

    def _send_on(self, deadline: float) -> None:
        """Until all is sent, or something comes: whoever answers early may not take the rest before we listen."""
        while self.line.unsent is not None:
            try:
                at = self.line.send_on(deadline)
            except (BrokenPipeError, ConnectionResetError):  # an answer may lie there all the same
                self.line.give_up_sending()
                self._cut = True
                return
            if at is None:
                return
            self.sent = at

    def wire_at_once(self, received: int) -> Wire:
        """As `wire`, of an answer that came whole with its first piece, over a line that took the request whole."""
        line, opened, sent = self.line, self.opened, self.sent
        send = sent - self.begun
        waited = self.first - sent
        waited = waited if waited > 0.0 else 0.0
        if opened is KEPT:
            phases = _phases(None, None, None, send, waited, 0.0, send + waited)
            return _wire(phases, line.address, "1.1", True, received)  # noqa: FBT003 - by its order, for speed
        phases = _phases(opened.dns, opened.connect, opened.tls, send, waited, 0.0, opened.took + send + waited)
        until, fallback = opened.certificate_until, line.fallback
        return _wire(phases, line.address, "1.1", False, received, "transfer", fallback, None, until)  # noqa: FBT003

    def wire(self, incoming: Incoming, reader: Reader, *, over: bool) -> Wire:
        """What is known of it. `over`: the answer is complete or refused; otherwise it broke off just now."""
        line, opened, began = self.line, self.opened, reader.began
        now = self.last if over and began else time.monotonic()
        begun = self.begun or now
        send = first_byte = transfer = None
        if not self.begun or ((line.unsent is not None or self._cut) and not began):
            phase, send = "send", now - begun
        elif not began:
            phase, send, first_byte = "first_byte", self.sent - begun, max(0.0, now - self.sent)
        else:
            phase, send, first_byte = "transfer", self.sent - begun, max(0.0, self.first - self.sent)
            transfer = max(0.0, now - max(self.first, self.sent))
        total = opened.took + send + (first_byte or 0.0) + (transfer or 0.0)
        return _wire(
            _phases(opened.dns, opened.connect, opened.tls, send, first_byte, transfer, total),
            line.address,
            incoming.version if began else None,
            opened is KEPT,
            reader.received,
            phase,
            line.fallback and opened is not KEPT,
            certificate_until=opened.certificate_until,
        )
