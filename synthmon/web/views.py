"""What every page needs at hand: the ports, the gate, the templates, and answers for when something is missing."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from synthmon.model import words
from synthmon.model.person import NOBODY, Caller, Role
from synthmon.reports.html import stylesheet
from synthmon.reports.templating import make_environment
from synthmon.web.access import Gate
from synthmon.web.api.problem import Refused, problem
from synthmon.web.calendar import mark
from synthmon.web.metrics import Metrics
from synthmon.web.ports import WebPorts

STYLES = ("pages.css", "cause.css")


class View:
    """Handed to every page."""

    def __init__(self, ports: WebPorts, gate: Gate, metrics: Metrics) -> None:
        self.ports, self.gate, self.metrics = ports, gate, metrics

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A rendered page; every value is escaped."""
        now = self.ports.now()
        html = (
            _templates()
            .get_template(template)
            .render(
                now=now,
                ago=lambda instant: ago(instant, now),
                environment=self.ports.environment,
                form_token=self.gate.form_token,
                caller=(caller := self.caller(request)),
                may_act=caller.may(Role.OPERATOR),
                is_admin=caller.may(Role.ADMIN),
                refused=self.ports.config_problems(),
                pulse=self.ports.pulse(),
                path=request.url.path,
                **values,
            )
        )
        return HTMLResponse(html, status)

    def caller(self, request: Request) -> Caller:
        """Whoever asks, as the guard found; nobody where no route was found to guard."""
        found: Caller = getattr(request.state, "caller", NOBODY)
        return found

    def actor(self, request: Request, claimed: str, otherwise: str = "somebody at the status page") -> str:
        """Whom a change is put down to: who signed in, else the name that was given."""
        return self.caller(request).named(claimed, otherwise)

    def forbidden(self, request: Request, why: str) -> Response:
        """403 for somebody who is known, and may not."""
        return self.page(request, "forbidden.html", 403, why=why)

    def stylesheet(self) -> str:
        own = [(files("synthmon.web") / "templates" / name).read_text("utf-8") for name in STYLES]
        return "\n".join((stylesheet(), *own))

    def missing(self, request: Request, what: str) -> Response:
        """404 for a thing that is not there."""
        return self.page(request, "missing.html", 404, what=what)

    async def not_found(self, request: Request, _error: Exception) -> Response:
        if _for_programs(request):
            return problem(request, Refused(404, "there is no such path", hint="GET /api/v1/openapi.json lists them"))
        return self.missing(request, "There is no such page.")

    async def not_allowed(self, request: Request, error: HTTPException) -> Response:
        """405; `Allow` says what the path knows."""
        headers = dict(error.headers or {})
        if _for_programs(request):
            return problem(request, Refused(405, f"this path does not know {request.method}", headers=headers))
        return Response("Method Not Allowed", 405, headers=headers)

    async def store_away(self, request: Request, error: Exception) -> Response:
        """The database cannot be read: said plainly, never half a table."""
        text = f"The database cannot be read now: {error}"
        if _for_programs(request):
            return problem(request, Refused(503, text, headers={"retry-after": "5"}))
        return self.page(request, "missing.html", 503, what=text)


def _for_programs(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/metrics", "/healthz"))


def ago(instant: datetime | None, now: datetime) -> str:
    """`12 s ago`; `–` for None."""
    if instant is None:
        return "–"
    return f"{words.span(max(0.0, (now - instant).total_seconds()))} ago"


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = make_environment(ChoiceLoader([PackageLoader("synthmon.web"), PackageLoader("synthmon.reports")]))
    environment.globals.update(span_of=span_of, mark=mark)
    return environment


def span_of(start: datetime, end: datetime) -> str:
    """How long it was from one instant to the other: `6 s`."""
    return words.span(max(0.0, (end - start).total_seconds()))
