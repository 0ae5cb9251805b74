"""What every page needs at hand: the ports, the gate, the templates, and answers for when something is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from synthmon.identity.desk import Identity
from synthmon.model.person import NOBODY, Caller, Role
from synthmon.nouns import dataclass
from synthmon.web.access import Gate
from synthmon.web.api.problem import Refused, problem
from synthmon.web.looks import bare, style, templates, when_ago
from synthmon.web.metrics import Metrics
from synthmon.web.ports import WebPorts
from synthmon.web.theme import theme_of


@dataclass(slots=True)
class Said:
    """What a page tells the audit of a change, beyond what its route says: `done` is False where nothing changed.

    `caller` is who did it, where it is not who asked.
    """

    what: str | None = None
    target: str = ""
    detail: str = ""
    done: bool = True
    caller: Caller | None = None


class View:
    """Handed to every page."""

    def __init__(self, ports: WebPorts, gate: Gate, identity: Identity, metrics: Metrics) -> None:
        self.ports, self.gate, self.identity, self.metrics = ports, gate, identity, metrics

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A rendered page; every value is escaped."""
        now = self.ports.now()
        html = (
            templates()
            .get_template(template)
            .render(
                now=now,
                ago=lambda instant: when_ago(instant, now),
                status=status,
                theme=theme_of(request),
                here=place_of(request),
                environment=self.ports.environment,
                caller=(caller := self.caller(request)),
                form_token=self.gate.form_token(request, caller),
                may_act=caller.may(Role.OPERATOR),
                is_admin=caller.may(Role.ADMIN),
                refused=self.ports.config_problems(),
                pulse=self.ports.pulse(),
                has_public=self.ports.has_public(),
                path=request.url.path,
                **values,
            )
        )
        answer = HTMLResponse(html, status)
        self.gate.leave_visit(request, answer)
        return answer

    def caller(self, request: Request) -> Caller:
        """Whoever asks, as the guard found; nobody where no route was found to guard."""
        found: Caller = getattr(request.state, "caller", NOBODY)
        return found

    def actor(self, request: Request, claimed: str, otherwise: str = "somebody at the status page") -> str:
        """Whom a change is put down to: who signed in, else the name that was given; the audit hears of it."""
        caller = self.caller(request)
        name = caller.named(claimed, otherwise)
        if caller.name is None and claimed.strip():
            self.said(request).caller = replace(caller, name=name)
        return name

    def is_admin(self, request: Request) -> bool:
        return self.caller(request).may(Role.ADMIN)

    def said(self, request: Request) -> Said:
        """What the page tells the audit."""
        if not hasattr(request.state, "said"):
            request.state.said = Said()
        found: Said = request.state.said
        return found

    def forbidden(self, request: Request, why: str) -> Response:
        """403 for somebody who is known, and may not."""
        return self.page(request, "forbidden.html", 403, why=why)

    @staticmethod
    def stylesheet() -> str:
        return style()

    def missing(self, request: Request, what: str) -> Response:
        """404 for a thing that is not there."""
        return self.page(request, "missing.html", 404, what=what)

    async def not_found(self, request: Request, _error: Exception) -> Response:
        """404 for an address that leads nowhere; whoever has not signed in learns nothing else."""
        if _for_programs(request):
            return problem(request, Refused(404, "there is no such path", hint="GET /api/v1/openapi.json lists them"))
        request.state.caller = await run_in_threadpool(self.gate.caller, request)
        if not self.caller(request).may(Role.VIEWER):
            return bare(request, "Not here", "There is no such page.", 404)
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
        if not self.ports.here_only and self.caller(request).role is None:
            return bare(request, "Not now", "The database cannot be read now.", 503)
        return self.page(request, "missing.html", 503, what=text)

    async def broken(self, request: Request, _error: Exception) -> Response:
        """500 for a fault of ours; what it was is in the log, and nowhere else."""
        text = "This could not be answered."
        if _for_programs(request):
            return problem(request, Refused(500, f"{text} It is a fault of synthmon; its log has the details."))
        return bare(request, "Something broke", f"{text} It is a fault of synthmon; its log has the details.", 500)


def _for_programs(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/metrics", "/healthz"))


def place_of(request: Request) -> str:
    """Path and query, to come back to."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
