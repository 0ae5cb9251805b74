"""The page of users and of who is signed in, for admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.errors import ConfigurationError, SignInRefused
from synthmon.identity.users import read_role
from synthmon.model.person import Role
from synthmon.web.views import View


def users(view: View, request: Request) -> Response:
    """Every user, and every session."""
    return _page(view, request)


def add(view: View, request: Request) -> Response:
    """Make one; what is wrong is said above the form, which keeps the name and the role."""
    form = request.state.form

    def do() -> None:
        added = view.identity.users.add(form.get("name", ""), read_role(form.get("role", "")), form.get("password", ""))
        _noted(view, request, added.name, f"role {added.role}")

    return _after(view, request, do)


def change(view: View, request: Request) -> Response:
    """`do` is role, password, disable or enable. Nobody takes their own role away by mistake."""
    name, form, known = request.path_params["user"].strip().lower(), request.state.form, view.identity.users
    if view.caller(request).name == name and form.get("do") in {"role", "disable"}:
        return _page(view, request, "Another admin has to change your own role, or the command line.")
    ways: Mapping[str, Callable[[], object]] = {
        "role": lambda: known.set_role(name, read_role(form.get("role", ""))),
        "password": lambda: known.set_password(name, form.get("password", "")),
        "disable": lambda: known.disable(name),
        "enable": lambda: known.enable(name),
    }
    way = ways.get(form.get("do", ""))
    if way is None:
        return _page(view, request, "It is the role, the password, disable or enable.")

    def do() -> None:
        way()
        view.said(request).what = WHAT[form["do"]]
        _noted(view, request, name, f"role {form['role']}" if form["do"] == "role" else "")

    return _after(view, request, do)


WHAT = {
    "role": "role_changed",
    "password": "password_changed",
    "disable": "user_disabled",
    "enable": "user_enabled",
}


def _noted(view: View, request: Request, target: str, detail: str) -> None:
    said = view.said(request)
    said.target, said.detail = target, detail


def _after(view: View, request: Request, do: Callable[[], object]) -> Response:
    try:
        do()
    except (ConfigurationError, SignInRefused) as error:
        return _page(view, request, f"{error}{f': {error.hint}' if error.hint else ''}")
    return RedirectResponse("/users", 303)


def _page(view: View, request: Request, problem: str | None = None) -> Response:
    form: Mapping[str, Any] = getattr(request.state, "form", {})
    return view.page(
        request,
        "users.html",
        400 if problem else 200,
        users=view.identity.users.all(),
        sessions=view.identity.sessions.all(),
        tokens=view.identity.tokens.all(),
        roles=list(Role),
        problem=problem,
        typed={"name": str(form.get("name", ""))[:100], "role": form.get("role", "")},
    )
