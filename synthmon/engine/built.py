"""A request for the wire, built from parts that are bytes already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
Headers = list[tuple[bytes, bytes]]


def request_of(
    method: str, url: httpx.URL, headers: Headers, content: bytes, extensions: Mapping[str, Any]
) -> httpx.Request:
    """What `httpx.Request` makes of the same parts, at a third of the cost: what kind of content it is, is known."""
    names = {name.lower() for name, _ in headers}
    first: Headers = [] if b"host" in names else [(b"Host", url.netloc)]
    last: Headers = []
    if names.isdisjoint({b"content-length", b"transfer-encoding"}):
        if content:
            last.append((b"Content-Length", str(len(content)).encode()))
        elif method.upper() in _WITH_LENGTH:
            first.append((b"Content-Length", b"0"))
    request = httpx.Request(
        method, url, headers=[*first, *headers, *last], stream=httpx.ByteStream(content), extensions=dict(extensions)
    )
    request.url = url  # the same object: what is known of it need not be found out again
    request.read()
    return request
