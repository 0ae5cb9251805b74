"""Both ways to a target: tests say which one goes, and that it was the one that went.

A module takes `either_way` (`pytestmark = pytest.mark.usefixtures("either_way")`) and each of its tests runs by both; a
test that costs time, or is about one of them, says `@only(OWN_SOCKETS)`, one that takes both in turn `AS_CHOSEN`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from synthmon.engine.limits import Limits
from synthmon.engine.ports import Stop
from synthmon.engine.transport import Transport

if TYPE_CHECKING:
    from synthmon.engine.curl.transport import CurlTransport

OWN_SOCKETS, LIBCURL, AS_CHOSEN = "own-sockets", "libcurl", "as-chosen"
BOTH = (OWN_SOCKETS, LIBCURL)

Test = TypeVar("Test", bound=Callable[..., Any])


def only(way: str) -> Callable[[Test], Test]:
    """The test runs by this way alone."""

    def mark(test: Test) -> Test:
        test.only_way = way  # type: ignore[attr-defined]
        return test

    return mark


class Forced(Transport):
    """A transport that goes one way, whatever it would have chosen; `went` are those that exchanges did go."""

    def __init__(self, way: str, stop: Stop | None, ca_file: str | None, limits: Limits | None) -> None:
        super().__init__(stop, ca_file, limits)
        self._way = way
        self.went: set[str] = set()
        self._note(OWN_SOCKETS, self._sockets)

    def _by_sockets(self, request: httpx.Request) -> bool:
        return self._way == OWN_SOCKETS

    def _by_curl(self) -> CurlTransport:
        curl = super()._by_curl()
        if "handle_request" not in vars(curl):
            self._note(LIBCURL, curl)
        return curl

    def _note(self, way: str, inner: httpx.BaseTransport) -> None:
        handle = inner.handle_request

        def noted(request: httpx.Request) -> httpx.Response:
            self.went.add(way)
            return handle(request)

        vars(inner)["handle_request"] = noted
