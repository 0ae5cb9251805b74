"""What every request passes before a page answers, and what is written down after one changed something."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from synthmon.errors import StoreError
from synthmon.model.person import NOBODY, Caller, Way
from synthmon.web import bodies, hooks
from synthmon.web.access import Need, path_of, where_from
from synthmon.web.api.problem import Refused, problem
from synthmon.web.looks import bare
from synthmon.web.page import Page
from synthmon.web.views import View, place_of

LARGEST_FORM, MOST_FIELDS = 64 * 1024, 50
READ_WITHIN = 15.0  # seconds for what was sent as a whole
_FORM = "application/x-www-form-urlencoded"
_BEARERS = frozenset({Way.COMMAND_LINE, Way.TOKEN})
EXPIRED = "Go back, load the page again and try once more."


def route(page: Page, view: View) -> Route:
    """The page with its guard."""

    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            largest = hooks.LARGEST if page.signed else LARGEST_FORM
            try:
                request.state.body = await bodies.read(request, largest, READ_WITHIN)
            except bodies.Unread as error:
                return problem(request, Refused(error.status, str(error)))
        return await run_in_threadpool(_answer, page, view, request)

    return Route(page.path, endpoint, methods=list(page.methods), name=page.answer.__name__)


def _answer(page: Page, view: View, request: Request) -> Response:
    request.state.caller = caller = _caller(page, view, request)
    refusal = _refusal(page, view, request, caller)
    answer = refusal or page.answer(view, request)
    if refusal is None and page.what is not None and answer.status_code < 400:
        write_down(page.what, view, request)
    return answer


def _caller(page: Page, view: View, request: Request) -> Caller:
    """Whoever asks. What is for everybody is answered also while nobody can be known, as the database is away."""
    try:
        return view.gate.caller(request)
    except StoreError:
        if need_of(page, view) is Need.PUBLIC:
            return NOBODY
        raise


def need_of(page: Page, view: View) -> Need:
    """What it needs here: some are answered to everybody where the settings say so."""
    return Need.PUBLIC if page.switch is not None and page.switch in view.ports.open_to_all else page.need


def _refusal(page: Page, view: View, request: Request, caller: Caller) -> Response | None:
    """Why this request may not have this page; None when it may."""
    need = need_of(page, view)
    if not need.is_met_by(caller):
        return _forbidden(view, request, need, caller) if caller.role is not None else _unknown(view, request)
    if page.form:
        request.state.form = _form(request)
        if not view.gate.form_is_ours(request, caller, request.state.form.get("token", "")):
            return bare(request, "This form has expired", EXPIRED, 403)
    elif not page.signed and request.method not in {"GET", "HEAD"} and caller.way not in _BEARERS:
        return problem(request, Refused(401, "programs act only with the bearer token"))
    return None


def _forbidden(view: View, request: Request, need: Need, caller: Caller) -> Response:
    why = f"This is for the role {need.name.lower()}; yours is {caller.role}."
    return problem(request, Refused(403, why)) if _is_for_machines(request) else view.forbidden(request, why)


def _unknown(view: View, request: Request) -> Response:
    if _is_for_machines(request):
        return problem(request, Refused(401, "authentication is needed", headers={"www-authenticate": "Bearer"}))
    target = path_of(place_of(request)) if request.method in {"GET", "HEAD"} else "/"
    if _began_elsewhere(request):
        return view.page(request, "continue.html", target=target)
    return RedirectResponse(f"/sign-in?next={quote(target, safe='/')}", 303)


def _is_for_machines(request: Request) -> bool:
    return request.url.path.startswith(("/metrics", "/healthz"))


def _began_elsewhere(request: Request) -> bool:
    """Whether somebody followed a link from another site: then the browser kept the session's cookie to itself."""
    site, mode = request.headers.get("sec-fetch-site"), request.headers.get("sec-fetch-mode")
    return request.method == "GET" and site in {"cross-site", "same-site"} and mode == "navigate"


def _form(request: Request) -> dict[str, str]:
    """The fields of a form as browsers send it; nothing of what is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return {}
    try:
        return dict(parse_qsl(request.state.body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def write_down(what: str, view: View, request: Request) -> None:
    """A line of the audit; whoever signs in or out has written one already."""
    said = view.said(request)
    if said.done:
        target = said.target or " ".join(map(str, request.path_params.values()))
        caller, address = said.caller or view.caller(request), where_from(request).address
        view.identity.journal.write(caller, said.what or what, address, target, said.detail)
