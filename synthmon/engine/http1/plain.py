"""A header as almost every server writes it, understood at one go; any other is left to `head`."""

from __future__ import annotations

from synthmon.patterns import regular

Pair = tuple[bytes, bytes]
Plain = tuple[int, list[Pair], int | None, bool]
"""Status, fields, bytes of body (None: it is chunked), and whether the connection closes behind it."""

_VISIBLE = bytes(range(32, 256))
_STATUS = b"HTTP/1.1 "
_BODILESS = frozenset({204, 304})
_LINE = b"\r\n"
_DIGITS = 18
_field = regular(rb"\r\n([^\r\n: ]+): *([^\r\n]*)")


def plain(head: bytes) -> Plain | None:
    """What a whole header says, without the empty line at its end. None: not for certain what `head` would find."""
    lines = head.count(_LINE)
    if not head.startswith(_STATUS) or head.translate(None, _VISIBLE) != _LINE * lines or b" \r" in head:
        return None  # a zero byte, a tab, a line end that is none, or a blank to be taken away
    code, behind = head[9:12], head[12:13]
    fields: list[Pair] = _field.findall(head)
    if len(fields) != lines or not code.isdigit() or behind not in b" \r" or head.endswith(b" "):
        return None
    status = int(code)
    if not 200 <= status <= 599 or status in _BODILESS or b"\r\nHTTP/" in head:
        return None
    low = head.lower()
    connection = _only(low, b"\r\nconnection:")
    if connection not in {b"", b"keep-alive", b"close"}:
        return None
    length, coding = _only(low, b"\r\ncontent-length:"), _only(low, b"\r\ntransfer-encoding:")
    if coding == b"" and length and length.isdigit() and len(length) <= _DIGITS:
        return status, fields, int(length), connection == b"close"
    if coding == b"chunked" and length == b"":
        return status, fields, None, connection == b"close"
    return None


def _only(low: bytes, name: bytes) -> bytes | None:
    """The value of the one field of that name; empty where there is none; None where it is there twice, or empty."""
    at = low.find(name)
    if at < 0:
        return b""
    start = at + len(name)
    if low.find(name, start) >= 0:
        return None
    end = low.find(_LINE, start)
    return low[start : end if end >= 0 else len(low)].lstrip(b" ") or None
