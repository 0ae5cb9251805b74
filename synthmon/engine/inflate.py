"""Undoes gzip and deflate piece by piece, and never inflates more than it was told to."""

from __future__ import annotations

import zlib
from typing import Protocol

MOST_MEMBERS = 100  # gzip allows many in a row; thousands of empty ones are an attack
OFFERED = b"gzip, deflate"


class DecodeError(Exception):
    """The body is not what its Content-Encoding says."""


class TooMuch(Exception):
    """The body inflates beyond the limit."""


class Decoder(Protocol):
    """Fed with what came over the wire; `finish` says whether that was all of it."""

    def feed(self, piece: bytes, room: int) -> bytes:
        """What the piece decodes to; raises `TooMuch` beyond `room` bytes, `DecodeError` for nonsense."""
        ...

    def finish(self) -> None:
        """Raises `DecodeError` when the encoded body was cut short."""
        ...


class Inflate:
    """gzip (RFC 1952) with its members, or deflate: in zlib's frame (RFC 1950) as it should be, or bare (RFC 1951)."""

    def __init__(self, coding: str) -> None:
        self._gzip = coding != "deflate"
        self._stream = zlib.decompressobj(31 if self._gzip else 15)
        self._members = 1
        self._fed = False

    def feed(self, piece: bytes, room: int) -> bytes:
        decoded = bytearray()
        while piece:
            if self._stream.eof:
                self._next_member()
            decoded += self._inflate(piece, room - len(decoded) + 1)
            if len(decoded) > room or self._stream.unconsumed_tail:
                raise TooMuch
            piece = self._stream.unused_data if self._gzip else b""
        return bytes(decoded)

    def _inflate(self, piece: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(piece, most)
        except zlib.error as error:
            if self._gzip or self._fed:
                raise DecodeError(str(error)) from error
            self._stream = zlib.decompressobj(-15)  # many servers send deflate without zlib's frame
            self._fed = True
            return self._inflate(piece, most)
        finally:
            self._fed = True

    def _next_member(self) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise TooMuch
        self._stream = zlib.decompressobj(31)

    def finish(self) -> None:
        if self._fed and not self._stream.eof:
            raise DecodeError("it ends before its end")


class Unknown:
    """A coding that was not offered."""

    def __init__(self, coding: str) -> None:
        self._coding = coding

    def feed(self, piece: bytes, room: int) -> bytes:  # noqa: ARG002 - the decoders share their shape
        raise DecodeError(f"{self._coding!r} was not offered")

    def finish(self) -> None:
        return None


def decoder(coding: str) -> Decoder | None:
    """The decoder of one content coding; None for what needs none."""
    if coding in {"", "identity"}:
        return None
    return Inflate(coding) if coding in {"gzip", "x-gzip", "deflate"} else Unknown(coding[:40])
