"""Credentials as they are put onto a request: headers, query parameters, cookies."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from synthmon.engine.address import address
from synthmon.engine.built import Built, Pair, put, value_of
from synthmon.nouns import dataclass

if TYPE_CHECKING:
    import httpx

_SECRET = "synthmon.secret_headers"  # noqa: S105 - names a mark
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
            request.url = address(with_query(str(request.url), self.query))
        _mark(request, {name.lower() for name, _ in self.headers})


def bearing(token: str) -> Pair:
    """The field that shows a bearer token (RFC 6750)."""
    return b"Authorization", b"Bearer " + token.encode()


@dataclass(frozen=True, slots=True)
class Borne:
    """The bearer token that a run showed last, revealed; `token` is the capture that it is, if it is one."""

    token: object = field(default=None, repr=False)
    value: str | None = field(default=None, repr=False)
    shown: Pair = field(default=(b"", b""), repr=False)


def bear(request: httpx.Request, shown: Pair) -> None:
    """Put a bearer token onto the request, as a stamp would."""
    if type(request) is Built and request.fields is not None:
        request.fields[b"authorization"] = shown
    else:
        put(request, *shown)
    extensions = request.extensions
    known = extensions.get(_SECRET)
    extensions[_SECRET] = _AUTHORIZATION if known is None else known | _AUTHORIZATION


_AUTHORIZATION = frozenset({"authorization"})


def _mark(request: httpx.Request, names: Set[str]) -> None:
    known = request.extensions.get(_SECRET)
    request.extensions[_SECRET] = frozenset(names) if known is None else known | names


def with_query(url: str, pairs: Pairs) -> str:
    """The address with these parameters behind those that it has, which stay as they are written."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, quote_via=quote)}"
