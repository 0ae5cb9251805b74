"""The chunked coding of RFC 9112, section 7.1, read as leniently as libcurl reads it and no more so."""

from __future__ import annotations

from synthmon.engine.http1.told import broke_off, not_http, too_large
from synthmon.engine.reader import Reader
from synthmon.model.run import Failure
from synthmon.patterns import regular

_DIGITS = 17  # of a size
_LARGEST = 2**63 - 1  # of a size
_TRAILER = 4095  # bytes of one trailer with its line end
_FIELDS = 5000  # of the header and the trailers together
_SIZE, _REST_OF_LINE, _DATA, _DATA_END, _TRAILERS, _NEXT_LINE, _LAST_LINE, _OVER = range(8)
_plain_size = regular(rb"([0-9A-Fa-f]{1,8})\r\n")
_hexadecimal = regular(rb"[0-9A-Fa-f]*")
_line_end = regular(rb"[\r\n]")
_CR, _LF = 13, 10


class Chunks:
    """Fed piece by piece; `over` when the last line came, `excess` when more came behind it in the same piece."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._fields = _FIELDS - len(reader.headers)
        self._digits = b""
        self._left = 0  # bytes of this chunk that have not come
        self._trailer = bytearray()
        self._state = _SIZE
        self.excess = False

    @property
    def over(self) -> bool:
        return self._state == _OVER

    def feed(self, data: bytes) -> Failure | None:
        """Hand on what is body of `data`; why it is no chunked body, if it is none."""
        body: list[bytes] = []
        at, wrong = 0, None
        while at < len(data) and wrong is None and self._state < _TRAILERS:
            if self._state == _SIZE and not self._digits:
                at = _whole_chunks(data, at, body)
            if at < len(data):
                at, wrong = self._chunk(data, at, body)
        if body and self._reader.write(b"".join(body)) is not None:
            return self._reader.refused
        while at < len(data) and wrong is None and self._state < _OVER:
            at, wrong = self._end(data, at)
        self.excess = at < len(data)
        return wrong

    def _chunk(self, data: bytes, at: int, body: list[bytes]) -> tuple[int, Failure | None]:
        """One part of a chunk from `at` on: where it ends, or what is wrong."""
        state = self._state
        if state == _DATA:
            piece = data[at : at + self._left]
            body.append(piece)
            self._left -= len(piece)
            if not self._left:
                self._state = _DATA_END
            return at + len(piece), None
        if state == _SIZE:
            return self._size(data, at)
        if state == _REST_OF_LINE:  # extensions, which nobody asked for
            end = data.find(b"\n", at)
            if end < 0:
                return len(data), None
            self._state = _DATA if self._left else _TRAILERS
            return end + 1, None
        if data[at] == _LF:
            self._state = _SIZE
        elif data[at] != _CR:
            return at, _malformed()
        return at + 1, None

    def _size(self, data: bytes, at: int) -> tuple[int, Failure | None]:
        found = _hexadecimal.match(data, at)
        assert found is not None, "it matches nothing too"
        self._digits += found[0]
        if len(self._digits) > _DIGITS:
            return at, broke_off(f"chunk hex-length longer than {_DIGITS}")
        at = found.end()
        if at == len(data):
            return at, None
        if not self._digits:
            byte = data[at] if data[at] < 128 else data[at] | 0xFFFFFF00  # libcurl's bytes have a sign
            return at, broke_off(f"chunk hex-length char not a hex digit: 0x{byte:x}")
        digits, self._digits = self._digits, b""
        self._left = int(digits, 16)
        if self._left > _LARGEST:
            return at, broke_off(f"invalid chunk size: '{digits.decode('ascii')}'")
        self._state = _REST_OF_LINE
        return at, None

    def _end(self, data: bytes, at: int) -> tuple[int, Failure | None]:
        """One part of what comes behind the last chunk."""
        if self._state == _TRAILERS:
            return self._trailers(data, at)
        byte = data[at]
        if self._state == _NEXT_LINE:
            if byte == _LF:
                self._state = _TRAILERS
                return at + 1, None
        elif byte == _LF:
            self._state = _OVER
            return at + 1, None
        return at, _malformed()

    def _trailers(self, data: bytes, at: int) -> tuple[int, Failure | None]:
        found = _line_end.search(data, at)
        end = len(data) if found is None else found.start()
        self._trailer += data[at:end]
        if len(self._trailer) + (2 if end < len(data) and self._trailer else 0) > _TRAILER:
            return end, too_large("Out of memory in chunked-encoding")
        if end == len(data):
            return end, None
        if self._trailer:
            trailer = bytes(self._trailer) + b"\r\n"
            self._trailer.clear()
            self._state = _TRAILERS if data[end] == _LF else _NEXT_LINE
            return end + 1, self._take(trailer)
        self._state = _LAST_LINE
        return end + (data[end] == _CR), None

    def _take(self, trailer: bytes) -> Failure | None:
        if b"\0" in trailer:
            return not_http("NUL byte in header")
        if b":" not in trailer:
            return not_http("Header without colon")
        self._fields -= 1
        if self._fields < 0:
            return too_large(f"Too many response headers, {_FIELDS} is max")
        return None if self._reader.header(trailer) is None else self._reader.refused


def _whole_chunks(data: bytes, at: int, body: list[bytes]) -> int:
    """Pass over chunks that are here as a whole and plainly written, as most are: where the first other one begins."""
    match = _plain_size.match
    while (found := match(data, at)) is not None:
        start = found.end()
        end = start + int(found[1], 16)
        if end == start or data[end : end + 2] != b"\r\n":
            break
        body.append(data[start:end])
        at = end + 2
    return at


def _malformed() -> Failure:
    return broke_off("Malformed encoding found in chunked-encoding")
