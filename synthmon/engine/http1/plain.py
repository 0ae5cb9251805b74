"""A header as almost every server writes it, understood at one go; any other is left to `head`."""

from __future__ import annotations

from synthmon.patterns import regular

Pair = tuple[bytes, bytes]
Plain = tuple[int, list[Pair], int | None, bool, bool]
"""Status, fields, bytes of body (None: it is chunked), whether the connection closes behind it, and whether the length
is all that is said of the body.
"""

_VISIBLE = bytes(range(32, 256))
_STATUS = b"HTTP/1.1 "
_BODILESS = frozenset({204, 304})
_LINE = b"\r\n"
_DIGITS = 18
_field = regular(rb"\r\n([^\r\n: ]+): *([^\r\n]*)")
_framing = regular(rb"\r\n(connection|content-length|transfer-encoding|content-encoding): *([^\r\n]*)")
_CONNECTION = frozenset({b"keep-alive", b"close"})


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
    found: list[Pair] = _framing.findall(head.lower())
    if len(found) == 1 and found[0][0] == b"content-length":  # as almost always
        length = found[0][1]
        return (status, fields, int(length), False, True) if _is_length(length) else None
    return _framed(status, fields, found)


def _framed(status: int, fields: list[Pair], found: list[Pair]) -> Plain | None:
    """What is said of the connection and of the body, in lower case; whoever says it twice is left to `head`."""
    encoded = [value for name, value in found if name == b"content-encoding"]
    said = {name: value for name, value in found if name != b"content-encoding"}
    if len(said) + len(encoded) < len(found) or not all(said.values()):
        return None
    connection, coding = said.get(b"connection"), said.get(b"transfer-encoding")
    length = said.get(b"content-length")
    if connection is not None and connection not in _CONNECTION:
        return None
    closes = connection == b"close"
    if coding is None and length is not None and _is_length(length):
        return status, fields, int(length), closes, not encoded
    if coding == b"chunked" and length is None:
        return status, fields, None, closes, False
    return None


def _is_length(value: bytes) -> bool:
    return value.isdigit() and len(value) <= _DIGITS
