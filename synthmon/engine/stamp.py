"""Credentials as they are put onto a request: headers, query parameters, cookies."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import httpx

from synthmon.engine.built import put, value_of
from synthmon.nouns import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Names and values, revealed: keep it no longer than the request takes. A header replaces one of the same name."""

    headers: Pairs = ()
    query: Pairs = ()
    cookies: Pairs = ()

    def onto(self, request: httpx.Request) -> None:
        """Put everything onto the request, marked so that no redirect takes it to another origin."""
        for name, value in self.headers:
            put(request, name.encode(), value.encode())
        if self.cookies:
            written = value_of(request, b"cookie")
            ours = (f"{name}={value}".encode() for name, value in self.cookies)
            put(request, b"Cookie", b"; ".join((*((written,) if written else ()), *ours)))
        if self.query:
            request.url = httpx.URL(with_query(str(request.url), self.query))
        marked = request.extensions.get("synthmon.secret_headers", frozenset())
        request.extensions["synthmon.secret_headers"] = marked.union(name.lower() for name, _ in self.headers)


def with_query(url: str, pairs: Pairs) -> str:
    """The address with these parameters behind those that it has, which stay as they are written."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, quote_via=quote)}"
