"""TLS over a connection of ours: the library sees only bytes, so the kernel's stamps hold for what it deciphers."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import socket
import ssl
import time
from contextlib import suppress
from datetime import datetime

from synthmon.engine.certificate import end_of
from synthmon.engine.fault import Wire
from synthmon.engine.http1.failing import broken_below
from synthmon.engine.http1.line import Line, SpeaksHttp2
from synthmon.model.run import Failure

_RECORD = 16 * 1024  # bytes, which no record of TLS exceeds: whoever reads as many leaves none of it in the library
_WITH_THE_END = socket.MSG_DONTWAIT | getattr(socket, "MSG_MORE", 0)  # of Linux; elsewhere these are two segments
_MOST = 1024  # certificates whose end is remembered
_ends: dict[bytes, datetime | None] = {}


class SecureLine(Line):
    """A line on which nothing is plain."""

    __slots__ = ("_came", "_going", "_over", "_said_goodbye", "_tls")

    def __init__(self, line: Line, context: ssl.SSLContext, name: str | bytes) -> None:
        self.channel, self.host, self.address, self.fallback = line.channel, line.host, line.address, line.fallback
        self.used, self.unsent, self.waits, self._watch = False, None, math.inf, None
        self._came, self._going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._over: ssl.SSLError | None = None  # what is wrong with what comes behind what was read
        self._said_goodbye = False  # the other side
        self._tls = context.wrap_bio(self._came, self._going, server_hostname=name)

    def shake_hands(self, until: float) -> float:
        """The seconds that it took: those in which we waited for the network, and what our own part cost the processor,
        but not those in which we had to wait for that.

        Raises `TimeoutError`, `ssl.SSLError`, `OSError`, and `SpeaksHttp2`.
        """
        began, spent, waited = time.monotonic(), time.thread_time(), 0.0
        since = began
        while not self._shaken():
            sent = self._send_waiting()
            since = sent or since
            at = self._take_by(since, until)
            waited += at - since
            since = at
        self._send_waiting()
        if self._tls.selected_alpn_protocol() == "h2":
            raise SpeaksHttp2
        return min(time.monotonic() - began, waited + time.thread_time() - spent)

    def ends(self) -> datetime | None:
        """Until when the target's certificate holds; read once, as it is the same until it is renewed."""
        digest = hashlib.sha256(self._tls.getpeercert(binary_form=True) or b"").digest()
        if digest not in _ends:
            if len(_ends) >= _MOST:
                _ends.clear()
            said = (self._tls.getpeercert() or {}).get("notAfter")
            _ends[digest] = end_of(said if isinstance(said, str) else None)
        return _ends[digest]

    def send(self, data: bytes) -> float:
        self._tls.write(data)
        return super().send(self._going.read())

    def receive(self, since: float) -> tuple[bytes | None, float]:
        """What came, deciphered, and when the last of it did."""
        if self._over is not None:
            raise self._over
        if self._said_goodbye:
            return b"", time.monotonic()
        piece, at = super().receive(since)
        data = self._deciphered(piece)
        if self._going.pending:
            self._reply()
        return data, at

    def broken(self, error: OSError, wire: Wire) -> Failure:
        return broken_below(error, wire) if isinstance(error, ssl.SSLError) else super().broken(error, wire)

    def close(self) -> None:
        """With a goodbye, if the kernel takes it at once, in one segment with the end of the connection: the other side
        wakes once. That end is said by itself, as who closes a socket with something unread takes back what waits.
        """
        with suppress(OSError):  # as always: the other side's goodbye is not waited for
            try:
                self._tls.unwrap()
            finally:
                if goodbye := self._going.read():
                    self.channel.send(goodbye, _WITH_THE_END)
                    self.channel.shutdown(socket.SHUT_WR)
        super().close()

    def _lost(self) -> bool:
        """What comes may be for the library alone, such as a ticket for another time."""
        try:
            return self._deciphered(super().receive(0.0)[0]) is not None
        except OSError:
            return True

    def _shaken(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            with suppress(OSError):
                self._say(self._going.read())  # why we do not go on
            raise
        return True

    def _take_by(self, since: float, until: float) -> float:
        """Read what comes and hand it to the library; when it came."""
        self.limit(until)
        try:
            piece, at = super().receive(since)
        except BlockingIOError as error:
            if not self.comes_by(until):
                raise TimeoutError from error
            piece, at = super().receive(since)
        if piece:
            self._came.write(piece)
        else:
            self._came.write_eof()
        return at

    def _deciphered(self, piece: bytes | None) -> bytes | None:
        """Everything that can be read now that this has come; None if more has to come first, empty at the end."""
        came = self._came
        if piece:
            came.write(piece)
        else:
            came.write_eof()
        try:
            first = self._tls.read(_RECORD)
        except ssl.SSLWantReadError:
            return None
        if first and not came.pending:  # as almost always
            return first
        return self._with_the_rest(first)

    def _with_the_rest(self, first: bytes) -> bytes:
        pieces, piece = [first], first
        try:
            while piece and self._came.pending:
                piece = self._tls.read(_RECORD)
                pieces.append(piece)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._over = error
        if not piece:
            self._said_goodbye = True
        return b"".join(pieces)

    def _send_waiting(self) -> float | None:
        """The instant at which the last was sent of what the library wants to say, if that is anything."""
        data = self._going.read()
        if not data:
            return None
        at = super().send(data)
        if self.unsent is not None:  # the first hundreds of bytes of a connection: there is no memory for them
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        return at

    def _reply(self) -> None:
        """Send what the library has to say of what came, such as new keys, behind what has not been sent yet."""
        data = self._going.read()
        if self.unsent is None:
            super().send(data)
        else:
            self.unsent = memoryview(bytes(self.unsent) + data)

    def _say(self, data: bytes) -> None:
        if data:
            self.channel.send(data, socket.MSG_DONTWAIT)
