"""A pager for the demo: takes synthmon's webhook notifications and shows what arrived."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synthmon.demo.bodies import json_object
from synthmon.model import words

KEPT = 200
_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
_templates = Environment(loader=PackageLoader("synthmon.demo"), autoescape=True)


def colour(message: Mapping[str, Any]) -> str:
    """The class of a message's card: `resolve`, `page`, `ticket`, or `neutral` for what asks nobody for anything."""
    occasion, severity = message.get("occasion"), message.get("severity")
    if occasion == "resolve":
        return "resolve"
    if occasion == "acknowledge":
        return "neutral"
    return "ticket" if severity == "ticket" else "page"


def link(message: Mapping[str, Any]) -> str | None:
    """Where the message's incident is shown; None unless it is an address that a browser fetches."""
    given = message.get("link")
    return given if isinstance(given, str) and given.lower().startswith(("http://", "https://")) else None


def when(value: object) -> object:
    """`2026-11-24 01:12:09 UTC` for an instant of a message; what is none stays as it is."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        return words.instant(parsed.astimezone(UTC)) if parsed and parsed.tzinfo else value
    except (ValueError, OverflowError):
        return value


class Pager:
    """The newest two hundred messages, newest first."""

    def __init__(self) -> None:
        self._arrived: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def routes(self) -> list[Route]:
        return [
            Route("/pager", self.take, methods=["POST"]),
            Route("/pager", self.show),
            Route("/pager.css", self.style),
        ]

    async def take(self, request: Request) -> Response:
        message = await json_object(request)
        if not message:
            return JSONResponse({"error": "a message is a JSON object that is not empty"}, 400)
        with self._lock:
            self._arrived.appendleft(message)
        return JSONResponse({"accepted": True}, 202)

    async def show(self, request: Request) -> Response:
        with self._lock:
            arrived = list(self._arrived)
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"messages": arrived})
        html = _templates.get_template("pager.html").render(arrived=arrived, colour=colour, link=link, when=when)
        return Response(html, media_type="text/html", headers={"content-security-policy": _POLICY})

    async def style(self, _request: Request) -> Response:
        return Response(_templates.get_template("pager.css").render(), media_type="text/css")
