"""A request as the bytes that libcurl would put on the wire for it by HTTP/1.1, without a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.engine.built import Built, items_of, netloc_of
from synthmon.engine.inflate import OFFERED
from synthmon.language.once import Work, kept
from synthmon.patterns import regular

if TYPE_CHECKING:
    import httpx

_MINDED = frozenset({b"host", b"content-length", b"transfer-encoding", b"connection", b"accept-encoding"})
"""Written here, not as given; the last only where it is not given."""
_WITHOUT_BODY = frozenset({"GET", "HEAD"})
_ENCODINGS = b"Accept-Encoding: " + OFFERED
_BREAKING = b"\r\n\0"  # a header in two
_VISIBLE = b"!"  # the first byte that can be seen: what is greater is not blank
_escape = regular(rb"%[0-9A-Fa-f]{2}")


def written(request: httpx.Request) -> bytes:
    """Header and body. Raises ValueError where a line of the header would be more than one; rendering refuses that.

    An address with a user in it does not get this far, and no user is sent.
    """
    method, url, fields = request.method, request.url, request.fields if type(request) is Built else None
    body = request.read() if fields is None else request.content
    host, encodings = None, True
    lines: list[bytes] = []
    for lowered, pair in items_of(request) if fields is None else fields.items():
        if lowered in _MINDED:
            if lowered == b"host":
                host = pair[1]
            if lowered != b"accept-encoding":
                continue
            encodings = False
        value = pair[1]
        if value > _VISIBLE or value.strip(b" \t"):
            lines.append(b": ".join(pair))
        elif not value:  # libcurl leaves out what has nothing but blanks
            lines.append(pair[0] + b":")
    if encodings:
        lines.append(_ENCODINGS)
    if body or method not in _WITHOUT_BODY:
        lines.append(b"Content-Length: %d" % len(body))
    start = method.encode("ascii") + _behind_method(url) + (netloc_of(url) if host is None else host)
    header = b"\r\n".join([start, *lines, b"\r\n"])
    if len(header) - len(header.translate(None, _BREAKING)) != 2 * len(lines) + 6:
        raise ValueError("a line end or a zero byte in the header of a request")
    return header + body


def _between_method_and_host(url: httpx.URL) -> bytes:
    return b" %b HTTP/1.1\r\nHost: " % _target(url)


_behind_method: Work[httpx.URL, bytes] = kept("behind_method", _between_method_and_host)


def _target(url: httpx.URL) -> bytes:
    """Path and query. As libcurl writes the path: its escapes in upper case, its dots resolved, escaped ones too."""
    path, mark, query = url.raw_path.partition(b"?")
    if b"%" in path:
        path = _escape.sub(lambda found: found[0].upper(), path)
        if b"%2E" in path:
            path = _without_dots(path)
    return path + mark + query


def _without_dots(path: bytes) -> bytes:
    """RFC 3986, section 5.2.4."""
    kept: list[bytes] = []
    segments = path.split(b"/")[1:]
    for place, segment in enumerate(segments, 1):
        plain = segment.replace(b"%2E", b".")
        if plain not in {b".", b".."}:
            kept.append(segment)
            continue
        if plain == b".." and kept:
            kept.pop()
        if place == len(segments):
            kept.append(b"")
    return b"/" + b"/".join(kept)
