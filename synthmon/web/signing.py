"""Signing in, here or elsewhere, and out again."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.errors import SignInRefused
from synthmon.identity.journal import SIGNED_OUT
from synthmon.identity.oidc.flow import begin, read
from synthmon.identity.oidc.provider import Provider
from synthmon.model import words
from synthmon.model.person import Way
from synthmon.web.access import path_of, where_from
from synthmon.web.views import View

CALLBACK = "/sign-in/callback"
_LONGEST_CODE = 4096  # characters
_LONGEST_ERROR = 100


def sign_in(view: View, request: Request) -> Response:
    """The form, and the way to the provider."""
    return _form(view, request, path_of(request.query_params.get("next")))


def signed_in(view: View, request: Request) -> Response:
    """A session for the right password."""
    view.said(request).done = False  # whether it worked or not, it is written down where that is known
    form = request.state.form
    target = path_of(form.get("next"))
    try:
        cookie = view.identity.sign_in(form.get("name", ""), form.get("password", ""), where_from(request))
    except SignInRefused as error:
        return _form(view, request, target, error)
    answer = RedirectResponse(target, 303)
    view.gate.let_in(request, answer, cookie)
    return answer


def elsewhere(view: View, request: Request) -> Response:
    """To the provider; what is needed when it sends the browser back goes into a cookie."""
    flow = begin(path_of(request.query_params.get("next")))
    try:
        provider = _provider(view)
        answer = RedirectResponse(provider.address(flow, _callback(view, request)), 303)
    except SignInRefused as error:
        return _form(view, request, flow.target, error)
    view.gate.set_flow(request, answer, flow.cookie)
    return answer


def come_back(view: View, request: Request) -> Response:
    """From the provider, with a code. This site asks for what follows, so that the session is sent along."""
    asked, flow = request.query_params, read(view.gate.flow(request))
    target = flow.target if flow is not None else "/"
    try:
        provider = _provider(view)
        if flow is None or not flow.is_answered_by(asked.get("state", "")):
            message = "This sign-in was not begun in this browser, or long ago. Begin again."
            raise SignInRefused(message, status=403, reason="the state is not of this browser")
        if asked.get("iss", provider.place.issuer) != provider.place.issuer:  # RFC 9207
            raise SignInRefused("Another provider answered than the one that was asked.", status=403)
        if "error" in asked:
            said = words.printable(asked["error"], _LONGEST_ERROR)
            raise SignInRefused(f"{provider.place.title} did not sign you in: {said}", status=403)
        code, origin = asked.get("code", "")[:_LONGEST_CODE], where_from(request)
        cookie = view.identity.come_back(code, flow, _callback(view, request), origin)
    except SignInRefused as error:
        answer = _form(view, request, target, error)
    else:
        answer = view.page(request, "continue.html", target=path_of(target))
        view.gate.let_in(request, answer, cookie)
    view.gate.end_flow(request, answer)
    return answer


def sign_out(view: View, request: Request) -> Response:
    """End the session; who signed in elsewhere is shown where to sign out there as well."""
    view.said(request).what = SIGNED_OUT
    provider = view.identity.ways.provider
    was_elsewhere = view.caller(request).way is Way.PROVIDER
    there = provider.end_session(_base(view, request) + "/sign-in") if provider and was_elsewhere else None
    answer: Response = RedirectResponse("/sign-in", 303)
    if there is not None and provider is not None:
        answer = _form(view, request, "/", there=(provider.place.title, there))
    view.gate.let_out(request, answer)
    return answer


def _form(
    view: View,
    request: Request,
    target: str,
    refused: SignInRefused | None = None,
    there: tuple[str, str] | None = None,
) -> Response:
    ways = view.identity.ways
    return view.page(
        request,
        "sign_in.html",
        refused.status if refused else 200,
        target=target,
        elsewhere=f"/sign-in/elsewhere?{urlencode({'next': target})}" if ways.provider else None,
        provider=ways.provider.place.title if ways.provider else None,
        with_users=view.identity.has_users(),
        with_password=ways.password is not None,
        problem=refused,
        there=there,
        typed=getattr(request.state, "form", {}).get("name", "")[:100],
    )


def _provider(view: View) -> Provider:
    provider = view.identity.ways.provider
    if provider is None:
        raise SignInRefused("Nobody signs in elsewhere here.", status=404)
    return provider


def _callback(view: View, request: Request) -> str:
    return _base(view, request) + CALLBACK


def _base(view: View, request: Request) -> str:
    """The address under which this browser reaches the pages: the one that is declared, or the one it used."""
    return (view.ports.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}").rstrip("/")
