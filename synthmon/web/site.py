"""The application: each route with what it needs, and the guard that every request passes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from synthmon.errors import StoreError
from synthmon.events import Events
from synthmon.identity.desk import Identity, Ways
from synthmon.web import (
    account_page,
    agents_api,
    agents_page,
    audit_page,
    choices,
    findings,
    guard,
    incident_list,
    incident_page,
    pages,
    probe_page,
    probe_versions,
    public_words,
    reports_page,
    run_page,
    signing,
    silences,
    status_page,
    tokens_page,
    users_page,
)
from synthmon.web.access import Gate, Need, host_is_ours
from synthmon.web.api import door
from synthmon.web.api.operation import Operation
from synthmon.web.api.problem import Refused, problem
from synthmon.web.api.routes import API, OPERATIONS
from synthmon.web.looks import bare
from synthmon.web.metrics import Metrics
from synthmon.web.page import Page
from synthmon.web.ports import WebPorts
from synthmon.web.public.routes import public_routes
from synthmon.web.views import View

_log = Events()

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cache-control": b"no-store",
}


PAGES: Sequence[Page | Operation] = (
    Page("/", status_page.status, Need.VIEWER),
    Page("/probes/{probe}", probe_page.probe, Need.VIEWER),
    Page("/probes/{probe}/versions", probe_versions.versions, Need.VIEWER),
    Page("/probes/{probe}/run", pages.run_again, Need.OPERATOR, ("POST",), form=True, what="run_asked_for"),
    Page("/runs/{run}", run_page.run, Need.VIEWER),
    Page("/incidents", incident_list.incidents, Need.VIEWER),
    Page("/incidents/{incident}", incident_page.incident, Need.VIEWER),
    Page(
        "/incidents/{incident}/acknowledge",
        incident_page.acknowledge,
        Need.OPERATOR,
        ("POST",),
        form=True,
        what="acknowledged",
    ),
    Page("/incidents/{incident}/annotate", incident_page.annotated, Need.OPERATOR, ("POST",), form=True, what="noted"),
    Page("/incidents/{incident}/public", public_words.publish, Need.OPERATOR, ("POST",), form=True, what="published"),
    Page("/incidents/{incident}/postmortem.md", findings.postmortem, Need.VIEWER),
    Page("/silences", silences.silences, Need.VIEWER),
    Page("/silences", silences.add, Need.OPERATOR, ("POST",), form=True, what="silence_added"),
    Page("/silences/{silence}/lift", silences.lift, Need.OPERATOR, ("POST",), form=True, what="lifted"),
    Page("/agents", agents_page.agents, Need.VIEWER),
    Page("/reports", reports_page.reports, Need.VIEWER),
    Page("/reports/{name}", reports_page.report, Need.VIEWER),
    Page("/sign-in", signing.sign_in, Need.PUBLIC),
    Page("/sign-in", signing.signed_in, Need.PUBLIC, ("POST",), form=True, what="signed_in"),
    Page("/sign-in/elsewhere", signing.elsewhere, Need.PUBLIC),
    Page(signing.CALLBACK, signing.come_back, Need.PUBLIC),
    Page("/sign-out", signing.sign_out, Need.VIEWER, ("POST",), form=True, what="signed_out"),
    Page("/account", account_page.account, Need.VIEWER),
    Page("/account/password", account_page.change_password, Need.VIEWER, ("POST",), form=True, what="password_changed"),
    Page(
        "/account/sign-out",
        account_page.end_all_sessions,
        Need.VIEWER,
        ("POST",),
        form=True,
        what="signed_out_everywhere",
    ),
    Page("/sessions/{session}/end", account_page.end_session, Need.VIEWER, ("POST",), form=True, what="session_ended"),
    Page("/users", users_page.users, Need.ADMIN),
    Page("/users", users_page.add, Need.ADMIN, ("POST",), form=True, what="user_added"),
    Page("/users/{user}", users_page.change, Need.ADMIN, ("POST",), form=True, what="user_changed"),
    Page("/tokens", tokens_page.tokens, Need.ADMIN),
    Page("/tokens", tokens_page.add, Need.ADMIN, ("POST",), form=True, what="token_added"),
    Page("/tokens/{token}/revoke", tokens_page.revoke, Need.ADMIN, ("POST",), form=True, what="token_revoked"),
    Page("/audit", audit_page.audit, Need.ADMIN),
    Page("/theme", choices.theme, Need.PUBLIC, ("POST",), form=True),
    Page("/synthmon.css", pages.stylesheet, Need.PUBLIC),
    *API,
    *OPERATIONS,
)


def build_site(ports: WebPorts, metrics: Metrics, hosts: frozenset[str] | None) -> ASGIApp:
    """The application. `hosts` are the names by which it may be addressed; None allows every name."""
    ways = Ways(ports.api_token, ports.here_only, ports.password, ports.provider, ports.lifetimes)
    identity = Identity(ports.store.accounts, ways, ports.now)
    view = View(ports, Gate(identity), identity, metrics)
    routes: list[Route | Mount] = [_route(page, view) for page in PAGES]
    routes += [agents_api.route(call, view) for call in agents_api.CALLS]
    routes += public_routes(ports.public)
    routes.append(Mount("/static", StaticFiles(directory=str(files("synthmon.web") / "static"))))
    site = Starlette(routes=routes, exception_handlers=_answers_to_trouble(view))
    return _Guarded(site, hosts)


def guarded(site: Starlette, hosts: frozenset[str] | None) -> ASGIApp:
    """The site as it may be served: under these names only (None: any), each answer with the protecting headers."""
    return _Guarded(site, hosts)


def _answers_to_trouble(view: View) -> dict[Any, Any]:
    return {404: view.not_found, 405: view.not_allowed, 500: view.broken, StoreError: view.store_away}


def _route(page: Page | Operation, view: View) -> Route:
    return door.route(page, view) if isinstance(page, Operation) else guard.route(page, view)


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
            await _misdirected(Request(scope))(scope, receive, _with_headers(send))
            return
        await self._site(scope, receive, _with_headers(send))


def _misdirected(request: Request) -> Response:
    text = "This server does not answer to the name it was called by."
    if request.url.path.startswith("/api/"):
        return problem(request, Refused(421, text))
    return bare(None, "Not under this name", text, 421)


def _with_headers(send: Send) -> Callable[[Message], Awaitable[None]]:
    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = [(name, value) for name, value in HEADERS.items() if name not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return protected
