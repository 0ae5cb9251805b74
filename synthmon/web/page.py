"""One route of the site: how it is called, what it needs, and who answers."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from synthmon.nouns import dataclass
from synthmon.web.access import Need
from synthmon.web.views import View


@dataclass(frozen=True, slots=True)
class Page:
    """One route: how it is called, what it needs, and the synchronous function that answers."""

    path: str
    answer: Callable[[View, Request], Response]
    need: Need
    methods: tuple[str, ...] = ("GET",)
    form: bool = False  # posted by a page: the form token is asked for
    signed: bool = False  # called by another system: the body proves who it is
    what: str | None = None  # what it changes, as the audit calls it; every route that changes anything says it
    switch: str | None = None  # by this name the settings can open it to everybody
