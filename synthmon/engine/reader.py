"""Takes an answer as libcurl hands it over, piece by piece, and breaks off what is more than anybody should send."""

from __future__ import annotations

from synthmon.engine.inflate import DecodeError, Decoder, TooMuch, decoder
from synthmon.engine.limits import Limits
from synthmon.model.run import Failure, FailureKind

_DIGITS = 18  # of a Content-Length that fits 64 bits; libcurl would take a larger one for none
_ABOUT_THE_BODY = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})
_REFUSE = -1  # any number but the one of bytes given makes libcurl end the transfer


class Reader:
    """Header and body callbacks of one exchange. `refused` says why it was broken off, if it was."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.refused: Failure | None = None
        self.status = 0
        self.began = False  # a byte of an answer came
        self._header_bytes = self._interim = 0
        self._in_body = False
        self._decoder: Decoder | None = None
        self.received = 0  # bytes of body on the wire

    def header(self, line: bytes) -> int | None:
        """One header line, or a trailer."""
        self.began = True
        self._header_bytes += len(line)
        if self._header_bytes > self._limits.header_bytes:
            return self._refuse(FailureKind.TOO_LARGE, f"the header is larger than {self._limits.header_bytes} bytes")
        if line.startswith(b"HTTP/") and not self._in_body:
            return self._status_line(line)
        name, colon, value = line.partition(b":")
        if colon and not self._in_body:
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
        if self.status < 200 or self._in_body:
            return None
        self._in_body = True  # what still comes as a header line is a trailer, which nobody asked for
        about: dict[bytes, list[bytes]] = {}
        for name, value in self.headers:
            if (lowered := name.lower()) in _ABOUT_THE_BODY:
                about.setdefault(lowered, []).append(value)
        lengths, chunked = set(about.get(b"content-length", ())), b"transfer-encoding" in about
        named = [one.strip() for value in about.get(b"content-encoding", ()) for one in value.lower().split(b",")]
        codings = [one for one in named if one not in {b"", b"identity"}]
        if len(lengths) > 1 or not all(length.isdigit() and len(length) <= _DIGITS for length in lengths):
            return self._refuse(FailureKind.PROTOCOL, "the header names contradicting or impossible Content-Lengths")
        if lengths and chunked:
            return self._refuse(FailureKind.PROTOCOL, "the header names both a Content-Length and a Transfer-Encoding")
        if len(codings) > 1:
            return self._refuse(FailureKind.TOO_LARGE, "the body is encoded more than once (Content-Encoding)")
        self._decoder = decoder(codings[0].decode("latin-1")) if codings else None
        return None

    def write(self, piece: bytes) -> int | None:
        """One piece of the body as it came over the wire."""
        self.began = True
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
