"""Addresses of the web as httpx reads them; those that are written plainly are read here, without loading httpx."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, cast

from synthmon.patterns import regular

if TYPE_CHECKING:
    from httpx import URL

LONGEST = 8192  # characters; nobody writes a longer one by hand
_SIGN = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}"
_PLAIN = regular(
    r"(?P<scheme>https?)://(?P<netloc>(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>[1-9][0-9]{0,4}))?)"
    rf"(?P<path>(?:/(?:{_SIGN})*)?)(?P<query>(?:\?(?:{_SIGN}|\?)*)?)"
)
_USUAL = {"http": "80", "https": "443"}  # which httpx leaves out


class Plain:
    """An address in which nothing has to be encoded, left out or put in order, of which httpx says the same.

    What is not asked of every request is asked of httpx's own. Equal to each address that is written alike.
    """

    fragment, userinfo = "", b""

    def __init__(self, text: str, found: re.Match[str]) -> None:
        self._text = text
        self.scheme, netloc, self.host, port, path, query = found.group(
            "scheme", "netloc", "host", "port", "path", "query"
        )
        self.netloc, self.raw_host = netloc.encode("ascii"), self.host.encode("ascii")
        self.port = int(port) if port else None
        self.raw_path = ((path or "/") + query).encode("ascii")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(_by_httpx(self._text), name)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"URL({self._text!r})"

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return self is other or self._text == str(other)


def address(text: str) -> URL:
    """The address that is written so; raises `ValueError` where it is none."""
    found = _PLAIN.fullmatch(text) if len(text) <= LONGEST else None
    if found is not None and _is_plain(found):
        return cast("URL", Plain(text, found))
    return _by_httpx(text)


def joined(base: URL, reference: str) -> URL:
    """The address to which a reference leads from another one, as nobody in particular; raises as `address` does."""
    import httpx  # here: see `_by_httpx`

    try:
        return base.join(reference).copy_with(userinfo=b"")
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error


def _by_httpx(text: str) -> URL:
    import httpx  # here, because it takes longer to load than all else that a plain run needs of others

    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error


def _is_plain(found: re.Match[str]) -> bool:
    host, path = found["host"], found["path"]
    if found["port"] == _USUAL[found["scheme"]] or "/." in path or "xn--" in host:
        return False
    return not host.replace(".", "").isdigit() or _is_version_four(host)


def _is_version_four(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
