"""The cookies of one run, in a bounded jar."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.cookiejar import Cookie

    import httpx

MOST = 50  # cookies in a run
LARGEST = 4096  # bytes of name and value of one cookie


class Jar:
    """Cookies by domain and path (RFC 6265), forgotten with the run. What goes beyond the limits is not taken."""

    def __init__(self) -> None:
        self._cookies: httpx.Cookies | None = None  # made for the first cookie: most journeys have none
        self.held = False  # whether there may be any
        self.set_by_step: dict[str, str] = {}  # name -> value, by the answers of the step that runs now

    def __len__(self) -> int:
        return 0 if self._cookies is None else len(self._cookies.jar)

    @property
    def values(self) -> dict[str, str]:
        return {} if self._cookies is None else {one.name: one.value or "" for one in self._cookies.jar}

    def begin_step(self) -> None:
        self.set_by_step = {}

    def knows(self, cookie: Cookie) -> bool:
        place = (cookie.domain, cookie.path, cookie.name)
        held = () if self._cookies is None else self._cookies.jar
        return any((known.domain, known.path, known.name) == place for known in held)

    def header_for(self, request: httpx.Request, written: bytes | None) -> bytes | None:
        """The cookies of the request's address, after what the probe wrote into the header itself."""
        if self._cookies is None:
            return written
        ours = _kept().header_for(self._cookies, str(request.url))
        return b"; ".join(part for part in (written, ours) if part) or None

    def take(self, response: httpx.Response) -> None:
        """Keep what the answer sets; `response.request` must be known."""
        lines = response.headers.get_list("Set-Cookie")
        if self._cookies is None:
            self._cookies, self.held = _kept().cookies(self), True
        _kept().take(self._cookies, response)
        held = self.values
        for name in (line.partition("=")[0].strip() for line in lines):
            if name in held:
                self.set_by_step[name] = held[name]
            else:
                self.set_by_step.pop(name, None)


def _kept() -> ModuleType:
    return import_module("synthmon.engine.kept_cookies")  # loaded for the first cookie
