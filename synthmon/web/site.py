"""The application: each route with what it needs, and the guard that every request passes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from synthmon.errors import StoreError
from synthmon.web import (
    agents_api,
    agents_page,
    choices,
    findings,
    hooks,
    incident_list,
    incident_page,
    pages,
    run_page,
    silences,
    status_page,
)
from synthmon.web.access import Gate, Need, host_is_ours
from synthmon.web.api.routes import API
from synthmon.web.looks import bare
from synthmon.web.metrics import Metrics
from synthmon.web.page import Page
from synthmon.web.ports import WebPorts
from synthmon.web.views import View, place_of

_log = structlog.get_logger()

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}


PAGES: Sequence[Page] = (
    Page("/", status_page.status, Need.VIEWER),
    Page("/probes/{probe}", pages.probe, Need.VIEWER),
    Page("/probes/{probe}/run", pages.run_again, Need.OPERATOR, ("POST",), form=True),
    Page("/runs/{run}", run_page.run, Need.VIEWER),
    Page("/incidents", incident_list.incidents, Need.VIEWER),
    Page("/incidents/{incident}", incident_page.incident, Need.VIEWER),
    Page("/incidents/{incident}/acknowledge", incident_page.acknowledge, Need.OPERATOR, ("POST",), form=True),
    Page("/incidents/{incident}/annotate", incident_page.annotated, Need.OPERATOR, ("POST",), form=True),
    Page("/incidents/{incident}/postmortem.md", findings.postmortem, Need.VIEWER),
    Page("/silences", silences.silences, Need.VIEWER),
    Page("/silences", silences.add, Need.OPERATOR, ("POST",), form=True),
    Page("/silences/{silence}/lift", silences.lift, Need.OPERATOR, ("POST",), form=True),
    Page("/agents", agents_page.agents, Need.VIEWER),
    Page("/reports", pages.reports, Need.VIEWER),
    Page("/reports/{name}", pages.report, Need.VIEWER),
    Page("/sign-in", pages.sign_in, Need.PUBLIC),
    Page("/sign-in", pages.signed_in, Need.PUBLIC, ("POST",), form=True),
    Page("/sign-out", pages.sign_out, Need.VIEWER, ("POST",), form=True),
    Page("/theme", choices.theme, Need.PUBLIC, ("POST",), form=True),
    Page("/synthmon.css", pages.stylesheet, Need.PUBLIC),
    *API,
)


def build_site(ports: WebPorts, metrics: Metrics, hosts: frozenset[str] | None) -> ASGIApp:
    """The application. `hosts` are the names by which it may be addressed; None allows every name."""
    gate = Gate(ports.password, ports.api_token, ports.now)
    view = View(ports, gate, metrics)
    routes: list[Route | Mount] = [_route(page, view) for page in PAGES]
    routes += [agents_api.route(call, view) for call in agents_api.CALLS]
    routes.append(Mount("/static", StaticFiles(directory=str(files("synthmon.web") / "static"))))
    site = Starlette(routes=routes, exception_handlers=_answers_to_trouble(view))
    return _Guarded(site, hosts)


def _answers_to_trouble(view: View) -> dict[Any, Any]:
    return {404: view.not_found, 500: view.broken, StoreError: view.store_away}


def _route(page: Page, view: View) -> Route:
    async def endpoint(request: Request) -> Response:
        request.state.caller = await run_in_threadpool(view.gate.caller, request)
        refusal = await _refusal(page, view, request)
        if refusal is not None:
            return refusal
        return await run_in_threadpool(page.answer, view, request)

    return Route(page.path, endpoint, methods=list(page.methods), name=page.answer.__name__)


async def _refusal(page: Page, view: View, request: Request) -> Response | None:
    """Why this request may not have this page; None when it may."""
    gate, caller = view.gate, view.caller(request)
    if not page.need.is_met_by(caller):
        for_machines = request.url.path.startswith(("/api/", "/metrics"))
        if caller.role is not None:
            why = f"This is for the role {page.need.name.lower()}; yours is {caller.role}."
            return JSONResponse({"error": why}, 403) if for_machines else view.forbidden(request, why)
        if for_machines:
            return JSONResponse({"error": "authentication is needed"}, 401, {"WWW-Authenticate": "Bearer"})
        return RedirectResponse(f"/sign-in?next={quote(place_of(request))}", 303)
    if page.form:
        form = await request.form(max_files=0, max_fields=20)
        request.state.form = dict(form)
        if not gate.form_is_ours(request, str(form.get("token", ""))):
            return bare(request, "This form has expired", "Go back, load the page again and try once more.", 403)
    elif page.signed:
        body = await _body(request)
        if body is None:
            return JSONResponse({"error": "this is too large"}, 413)
        request.state.body = body
    elif request.method not in {"GET", "HEAD"} and not gate.has_token(request):
        return JSONResponse({"error": "the API acts only with the bearer token"}, 401)
    return None


async def _body(request: Request) -> bytes | None:
    """What was sent, unless it is more than any hook sends."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > hooks.LARGEST:
            return None
    return body


class _Guarded:
    """Wraps the site: foreign host names are refused, and every answer carries the protecting headers."""

    def __init__(self, site: Starlette, hosts: frozenset[str] | None) -> None:
        self._site, self._hosts = site, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if not host_is_ours(host, self._hosts):
            answer = bare(None, "Not under this name", "This server does not answer to the name it was called by.", 421)
            await answer(scope, receive, _with_headers(send))
            return
        await self._site(scope, receive, _with_headers(send))


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = [(name, value) for name, value in HEADERS.items() if name not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return protected
