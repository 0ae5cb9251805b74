"""Undoes gzip and deflate piece by piece, and never inflates more than it was told to."""

from __future__ import annotations

import zlib
from typing import Protocol

MOST_MEMBERS = 100  # gzip allows many in a row; thousands of empty ones are an attack
OFFERED = b"gzip, deflate"
_GZIP, _ZLIB = 31, 15  # zlib's names for the frames, as window bits
_LONGEST_NAME = 40  # of a coding that is told
_FRAME = 2  # bytes of zlib's frame before the data, by which it is told from bare deflate


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
        self._stream = zlib.decompressobj(_GZIP if self._gzip else _ZLIB)
        self._members = 1
        self._start = b""  # of deflate: what may have to be read again without a frame, until that is certain
        self._fed = False

    def feed(self, piece: bytes, room: int) -> bytes:
        decoded = bytearray()
        while piece:
            if self._stream.eof:
                self._next_member()
            decoded += self._inflate(piece, room - len(decoded) + 1)
            if len(decoded) > room or self._stream.unconsumed_tail:
                raise TooMuch
            piece = self._stream.unused_data
        return bytes(decoded)

    def _inflate(self, piece: bytes, most: int) -> bytes:
        self._fed = True
        start, certain = self._start + piece, self._gzip or len(self._start) >= _FRAME
        if not certain:
            self._start = start[:_FRAME]
        try:
            return self._stream.decompress(piece, most)
        except zlib.error as error:
            if certain:
                raise DecodeError(str(error)) from error
            return self._unframed(start, most)

    def _unframed(self, start: bytes, most: int) -> bytes:
        """Many servers send deflate without zlib's frame."""
        self._stream, self._start = zlib.decompressobj(-_ZLIB), start[:_FRAME]
        try:
            return self._stream.decompress(start, most)
        except zlib.error as error:
            raise DecodeError(str(error)) from error

    def _next_member(self) -> None:
        if not self._gzip:
            raise DecodeError("more comes after its end")
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise TooMuch
        self._stream = zlib.decompressobj(_GZIP)

    def finish(self) -> None:
        if self._fed and not self._stream.eof:
            raise DecodeError("it ends before its end")


class Unknown:
    """A coding that was not offered. Its name is told whole or not at all: half of a secret would not be recognised."""

    def __init__(self, coding: str) -> None:
        self._coding = repr(coding) if len(coding) <= _LONGEST_NAME else f"one with a name of {len(coding)} characters"

    def feed(self, piece: bytes, room: int) -> bytes:  # noqa: ARG002 - the decoders share their shape
        raise DecodeError(f"{self._coding} was not offered")

    def finish(self) -> None:
        return None


def decoder(coding: str) -> Decoder | None:
    """The decoder of one content coding, however it is written; None for what needs none."""
    known = coding.lower()
    if known in {"", "identity"}:
        return None
    return Inflate(known) if known in {"gzip", "x-gzip", "deflate"} else Unknown(coding)
