"""Credentials as they are put onto a request: headers, query parameters, cookies."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import httpx

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
        request.headers.encoding = "utf-8"  # as rendered
        for name, value in self.headers:
            request.headers[name] = value
        if self.cookies:
            written = request.headers.get("Cookie")
            ours = (f"{name}={value}" for name, value in self.cookies)
            request.headers["Cookie"] = "; ".join((*((written,) if written else ()), *ours))
        if self.query:
            request.url = httpx.URL(with_query(str(request.url), self.query))
        marked = request.extensions.get("synthmon.secret_headers", frozenset())
        request.extensions["synthmon.secret_headers"] = marked | {name.lower() for name, _ in self.headers}


def with_query(url: str, pairs: Pairs) -> str:
    """The address with these parameters behind those that it has, which stay as they are written."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, quote_via=quote)}"
