"""Takes an answer as libcurl hands it over, piece by piece, and breaks off what is more than anybody should send."""

from __future__ import annotations

from synthmon.engine.inflate import DecodeError, Decoder, TooMuch, decoder
from synthmon.engine.limits import Limits
from synthmon.model.run import Failure, FailureKind

_DIGITS = 18  # of a Content-Length that fits 64 bits; libcurl would take a larger one for none
_ABOUT_THE_BODY = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})
_STATUS = b"HTTP/"
_ENDS = frozenset({b"\r\n", b"\n"})  # of a header
_REFUSE = -1  # any number but the one of bytes given makes libcurl end the transfer


class Reader:
    """Header and body callbacks of one exchange after the other. `refused` says why one was broken off, if it was."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.begin()

    def begin(self) -> None:
        """Forget the exchange before."""
        self._lines: list[bytes] = []  # of a header that has not ended yet
        self._room_for_header = self._limits.header_bytes
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.refused: Failure | None = None
        self.status = self._interim = 0
        self._in_body = False
        self._decoder: Decoder | None = None
        self.received = 0  # bytes of body on the wire

    @property
    def began(self) -> bool:
        """Whether a byte of an answer came."""
        return self._room_for_header < self._limits.header_bytes

    def whole(self, size: int, status: int, fields: list[tuple[bytes, bytes]], *, measured: bool) -> bool:
        """The header of an answer, all of its `size` bytes at once, which is not a 1xx. `measured`: one Content-Length
        is all that it says of the body. False: lines will tell why.
        """
        if size > self._room_for_header or len(fields) > self._limits.header_fields:
            return False
        self._room_for_header -= size
        self.status, self.headers = status, fields
        if measured:
            self._in_body = True
        else:
            self._end_of_header()
        return True

    def refuse(self, failure: Failure) -> None:
        """Break the answer off for what others found, unless what has come of its header is worse."""
        self.read_on()
        self.refused = self.refused or failure

    def header(self, line: bytes) -> int | None:
        """One header line, or a trailer. They are looked at together, when the header ends or is too long."""
        self._lines.append(line)
        self._room_for_header -= len(line)
        if line in _ENDS or self._room_for_header < 0:
            return self.read_on()
        return None

    def read_on(self) -> int | None:
        """Look at what has come of the header."""
        lines, self._lines = self._lines, []
        if not lines:
            return None
        if self._in_body or self._room_for_header < 0 or not self._is_plain(lines):
            return self._read_each(lines)
        return self._status_line(lines[0]) or self._read_fields(lines)

    def _is_plain(self, lines: list[bytes]) -> bool:
        """Whether it is a status line, some fields, and the empty line behind them, as almost every header."""
        return (
            2 <= len(lines) <= self._limits.header_fields + 2
            and lines[-1] in _ENDS
            and lines[0].startswith(_STATUS)
            and _STATUS not in b"\n".join(lines[1:])
        )

    def _read_fields(self, lines: list[bytes]) -> int | None:
        parted = [line.partition(b":") for line in lines[1:-1]]
        self.headers = [(name.strip(), value.strip()) for name, colon, value in parted if colon]
        if len(self.headers) < len(parted):
            self.headers = []
            return self._read_each(lines[1:])
        return self._end_of_header()

    def _read_each(self, lines: list[bytes]) -> int | None:
        """Line by line, so that the first which is too much is what is told."""
        room = self._room_for_header + sum(map(len, lines))
        for line in lines:
            room -= len(line)
            if room < 0:
                size = self._limits.header_bytes
                return self._refuse(FailureKind.TOO_LARGE, f"the header is larger than {size} bytes")
            if (refused := self._read(line)) is not None:
                return refused
        return None

    def _read(self, line: bytes) -> int | None:
        if self._in_body:  # a trailer, which nobody asked for
            return None
        if line.startswith(_STATUS):
            return self._status_line(line)
        name, colon, value = line.partition(b":")
        if colon:
            self.headers.append((name.strip(), value.strip()))
            if len(self.headers) > self._limits.header_fields:
                return self._refuse(
                    FailureKind.TOO_LARGE, f"the header has more than {self._limits.header_fields} fields"
                )
        elif not line.strip():
            return self._end_of_header()
        return None

    def _status_line(self, line: bytes) -> int | None:
        parts = line.split(None, 2)
        code = parts[1] if len(parts) > 1 else b""
        if not (code.isdigit() and len(code) == 3 and 100 <= int(code) <= 599):
            return self._refuse(FailureKind.PROTOCOL, "the status line has no status from 100 to 599")
        self.status = int(code)
        self.headers = []
        if self.status < 200:
            self._interim += 1
            if self._interim > self._limits.interim:
                return self._refuse(FailureKind.PROTOCOL, f"more than {self._limits.interim} interim answers (1xx)")
        return None

    def _end_of_header(self) -> int | None:
        """What a header says about the body must be one thing."""
        if self.status < 200:
            return None
        self._in_body = True
        said = [(lowered, value) for name, value in self.headers if (lowered := name.lower()) in _ABOUT_THE_BODY]
        if len(said) == 1 and said[0][0] == b"content-length" and _is_length(said[0][1]):
            return None
        about: dict[bytes, list[bytes]] = {}
        for name, value in said:
            about.setdefault(name, []).append(value)
        lengths, chunked = set(about.get(b"content-length", ())), b"transfer-encoding" in about
        named = [one.strip() for value in about.get(b"content-encoding", ()) for one in value.split(b",")]
        codings = [one for one in named if one.lower() not in {b"", b"identity"}]
        if len(lengths) > 1 or not all(map(_is_length, lengths)):
            return self._refuse(FailureKind.PROTOCOL, "the header names contradicting or impossible Content-Lengths")
        if lengths and chunked:
            return self._refuse(FailureKind.PROTOCOL, "the header names both a Content-Length and a Transfer-Encoding")
        if len(codings) > 1:
            return self._refuse(FailureKind.TOO_LARGE, "the body is encoded more than once (Content-Encoding)")
        self._decoder = decoder(codings[0].decode("latin-1")) if codings else None
        return None

    def write(self, piece: bytes) -> int | None:
        """One piece of the body as it came over the wire."""
        if self._lines and self.read_on() is not None:
            return _REFUSE
        self.received += len(piece)
        if self.received > self._limits.wire_bytes:
            return self._refuse(FailureKind.TOO_LARGE, f"more than {self._limits.wire_bytes} bytes of body came")
        try:
            self.body += self._decoded(piece)
        except TooMuch:
            return self._refuse(FailureKind.TOO_LARGE, f"the body inflates to more than {self._room()} bytes")
        except DecodeError as error:
            return self._refuse_to_decode(error)
        return None

    def finish(self) -> None:
        """The answer is over: its header must have ended, and an encoded body must be whole."""
        self.read_on()
        if not self._in_body and self.refused is None:
            self._refuse(FailureKind.PROTOCOL, "the answer ended before its header was complete")
        if self._decoder is not None and self.refused is None:
            try:
                self._decoder.finish()
            except DecodeError as error:
                self._refuse_to_decode(error)

    def _decoded(self, piece: bytes) -> bytes:
        return piece if self._decoder is None else self._decoder.feed(piece, self._room() - len(self.body))

    def _room(self) -> int:
        """Decoded bytes that may come for the bytes received so far."""
        limits = self._limits
        return min(limits.body_bytes, max(1024 * 1024, limits.ratio * self.received))

    def _refuse_to_decode(self, error: DecodeError) -> int:
        return self._refuse(FailureKind.DECODE, f"the body does not decode as its Content-Encoding says: {error}")

    def _refuse(self, kind: FailureKind, message: str) -> int:
        self.refused = self.refused or Failure(kind, message)
        return _REFUSE


def _is_length(value: bytes) -> bool:
    return value.isdigit() and len(value) <= _DIGITS
