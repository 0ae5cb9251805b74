"""The page of API tokens, for admins: a new one is shown once, by the answer to the form that asked for it."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.errors import ConfigurationError
from synthmon.identity.users import read_role
from synthmon.language.duration import parse_duration
from synthmon.model.person import Role
from synthmon.web.views import View


def tokens(view: View, request: Request) -> Response:
    """Every token, never what it opens with."""
    return _page(view, request)


def add(view: View, request: Request) -> Response:
    """Make one, and show it this once."""
    form = request.state.form
    try:
        life = read_life(form.get("life", ""))
        by = view.actor(request, "", "an admin")
        token, text = view.identity.tokens.add(form.get("name", "").strip(), read_role(form.get("role", "")), life, by)
    except ConfigurationError as error:
        return _page(view, request, problem=f"{error}{f': {error.hint}' if error.hint else ''}")
    said = view.said(request)
    said.target, said.detail = f"{token.name} ({token.id})", f"role {token.role}"
    return _page(view, request, made=(token.name, text))


def revoke(view: View, request: Request) -> Response:
    """End it now. One that is over already needs nothing."""
    said = view.said(request)
    try:
        token = view.identity.tokens.revoke(request.path_params["token"])
        said.target = f"{token.name} ({token.id})"
    except ConfigurationError:
        said.done = False
    return RedirectResponse("/tokens", 303)


def read_life(written: str) -> timedelta | None:
    """How long a token holds: `90d`; nothing or `never` for one without end."""
    text = written.strip().lower()
    if text in {"", "never"}:
        return None
    try:
        return timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError("this is no length of time", hint="write 90d, or never") from error


def _page(view: View, request: Request, problem: str | None = None, made: tuple[str, str] | None = None) -> Response:
    form = getattr(request.state, "form", {})
    return view.page(
        request,
        "tokens.html",
        400 if problem else 200,
        tokens=view.identity.tokens.all(),
        roles=list(Role),
        made=made,
        problem=problem,
        typed={name: "" if made else str(form.get(name, ""))[:100] for name in ("name", "role", "life")},
    )
