"""The page of whoever is signed in: their sessions, and their password."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.errors import ConfigurationError
from synthmon.model.account import Session
from synthmon.model.person import Caller, Way
from synthmon.web.access import where_from
from synthmon.web.views import View


def account(view: View, request: Request) -> Response:
    """Who one is here, and where one is signed in."""
    return _page(view, request)


def change_password(view: View, request: Request) -> Response:
    """The old one is asked for again; every other session of the user ends."""
    caller, form = view.caller(request), request.state.form
    if caller.way is not Way.USER or caller.name is None:
        return view.forbidden(request, "Your password is not kept here.")
    try:
        view.identity.check_password(caller.name, form.get("old", ""), where_from(request))
        if form.get("new", "") != form.get("again", ""):
            raise ConfigurationError("the two new passwords differ")
        view.identity.users.set_password(caller.name, form.get("new", ""), but=caller.session)
    except ConfigurationError as error:
        return _page(view, request, f"{error}{f': {error.hint}' if error.hint else ''}")
    view.said(request).target = caller.name
    return RedirectResponse("/account?changed", 303)


def end_session(view: View, request: Request) -> Response:
    """Sign out one browser; an admin may do so with anybody's."""
    caller, wanted = view.caller(request), request.path_params["session"]
    may = {one.id for one in (_own(view, caller) if not view.is_admin(request) else view.identity.sessions.all())}
    view.said(request).done = wanted in may and view.identity.sessions.end(wanted)
    return RedirectResponse(_back(request), 303)


def end_all_sessions(view: View, request: Request) -> Response:
    """Sign out everywhere, this browser included."""
    caller = view.caller(request)
    ended = view.identity.sessions.end_all(caller)
    view.said(request).detail = f"{ended} sessions"
    answer = RedirectResponse("/sign-in", 303)
    view.gate.let_out(request, answer)
    return answer


def _own(view: View, caller: Caller) -> Sequence[Session]:
    return view.identity.sessions.of(caller)


def _back(request: Request) -> str:
    return "/users" if request.state.form.get("back") == "users" else "/account"


def _page(view: View, request: Request, problem: str | None = None) -> Response:
    caller = view.caller(request)
    return view.page(
        request,
        "account.html",
        400 if problem else 200,
        sessions=_own(view, caller) if caller.signed_in else (),
        has_password=caller.way is Way.USER,
        changed="changed" in request.query_params,
        problem=problem,
    )
