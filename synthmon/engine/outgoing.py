"""What of a request is written for the wire: the lines of its header, and the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.engine.built import items_of
from synthmon.engine.inflate import OFFERED
from synthmon.engine.route import Route, written
from synthmon.language.once import Work, kept

if TYPE_CHECKING:
    import httpx

_OWN = frozenset({b"host", b"content-length", b"transfer-encoding", b"connection"})  # libcurl writes these itself
_ADDED = (
    (b"expect", b"Expect:"),
    (b"content-type", b"Content-Type:"),
    (b"accept", b"Accept:"),
    (b"accept-encoding", b"Accept-Encoding: " + OFFERED),
)


def header_lines(request: httpx.Request) -> list[bytes]:
    """The header for libcurl, from which it keeps what it would add by itself: the request is the one rendered."""
    items = items_of(request)
    lines = [name + b": " + value if value else name + b";" for lowered, (name, value) in items if lowered not in _OWN]
    fields = dict(items)
    lines += [line for name, line in _ADDED if name not in fields]
    if host := fields.get(b"host"):
        lines.append(b"Host: " + host[1])
    return lines


def written_url(route: Route, url: httpx.URL) -> bytes:
    """The url for libcurl."""
    name = route.tls.server_name
    if name is None or url.scheme != "https":
        return _written(url)
    return str(url.copy_with(host=name)).encode("ascii")


_written: Work[httpx.URL, bytes] = kept("bytes", lambda url: written(url).encode("ascii"))
