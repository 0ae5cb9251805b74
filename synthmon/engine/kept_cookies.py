"""Cookies as Python's own jar keeps them and httpx hands them over, by RFC 6265 and within a run's limits."""

from __future__ import annotations

import urllib.request
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy

import httpx

from synthmon.engine.cookies import LARGEST, MOST, Jar


def cookies(jar: Jar) -> httpx.Cookies:
    """A place for the cookies of a run, whose jar says what it has room for."""
    return httpx.Cookies(CookieJar(_Bounded(jar)))


def header_for(kept: httpx.Cookies, url: str) -> bytes | None:
    """What of them a request to that address carries."""
    bare = httpx.Request("GET", url)
    bare.headers.encoding = "utf-8"  # a target's cookie need not be ASCII, though RFC 6265 would have it so
    kept.set_cookie_header(bare)
    written = bare.headers.get("Cookie")
    return None if written is None else written.encode()


def take(kept: httpx.Cookies, answer: httpx.Response) -> None:
    """Keep what the answer sets; `answer.request` must be known."""
    asked = httpx.Request("GET", str(answer.request.url))
    told = httpx.Response(answer.status_code, request=asked)
    told.headers = answer.headers
    kept.extract_cookies(told)


class _Bounded(DefaultCookiePolicy):
    def __init__(self, jar: Jar) -> None:
        super().__init__()
        self._held = jar

    def set_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        size = len(cookie.name) + len(cookie.value or "")
        fits = size <= LARGEST and (len(self._held) < MOST or self._held.knows(cookie))
        return fits and super().set_ok(cookie, request)
