"""Who may do what: every route says what it needs, and this is where it is held against who asks.

PUBLIC needs nothing, VIEWER may look, OPERATOR may act, ADMIN decides who may. `identity` tells who it is that asks; on
loopback, while there is no password, no user and no provider, whoever reaches the port is an operator. Acting from a
page needs the form token of the same browser as well, and the right origin, so that no other site acts through it.
"""

from __future__ import annotations

import hmac
import ipaddress
from enum import IntEnum
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from synthmon.identity.randomness import unguessable
from synthmon.identity.sessions import Origin
from synthmon.model import words
from synthmon.model.person import NOBODY, Caller, Role, Way
from synthmon.model.secret import Secret
from synthmon.web.bearer import carries, same

if TYPE_CHECKING:  # an agent, which answers a health check alone, has nobody who signs in
    from synthmon.identity.desk import Identity

SESSION_COOKIE, VISIT_COOKIE, FLOW_COOKIE = "synthmon_session", "synthmon_visit", "synthmon_flow"
FLOW_WITHIN = 600  # seconds
LONGEST_TARGET, LONGEST_ADDRESS = 1500, 60  # characters


class Need(IntEnum):
    """What a route asks of whoever calls it; the higher includes the lower."""

    PUBLIC = 0
    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    def is_met_by(self, caller: Caller) -> bool:
        return self is Need.PUBLIC or caller.may(Role[self.name])


class Gate:
    """What of a request is about who asks: token, cookies, form token, origin."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def caller(self, request: Request) -> Caller:
        """Whoever asks, and in which role."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else None
        known = self._identity.caller(bearer, self.session(request))
        # A proxy on this machine brings others to a port that only this machine reaches.
        return NOBODY if known.way is Way.LOOPBACK and not _is_here(request) else known

    # Cookies

    def session(self, request: Request) -> str:
        """What the session's cookie holds; nothing without one."""
        return request.cookies.get(_cookie(request, SESSION_COOKIE), "")

    def let_in(self, request: Request, answer: Response, cookie: str) -> None:
        """Give the browser its session. It is never sent along with a request that another site began."""
        self._identity.leave(self.session(request))  # nobody goes on with a session that somebody else may know
        self._set(request, answer, SESSION_COOKIE, cookie, int(self._identity.ways.lifetimes.longest.total_seconds()))

    def let_out(self, request: Request, answer: Response) -> None:
        self._identity.leave(self.session(request))
        self._delete(request, answer, SESSION_COOKIE)

    def set_flow(self, request: Request, answer: Response, cookie: str) -> None:
        """What a sign-in elsewhere needs when it comes back, which another site begins: lax, and for minutes."""
        self._set(request, answer, FLOW_COOKIE, cookie, FLOW_WITHIN, lax=True)

    def end_flow(self, request: Request, answer: Response) -> None:
        self._delete(request, answer, FLOW_COOKIE)

    @staticmethod
    def flow(request: Request) -> str:
        return request.cookies.get(_cookie(request, FLOW_COOKIE), "")

    def leave_visit(self, request: Request, answer: Response) -> None:
        """Give a browser without a session what its form tokens are made from, if a form was shown to it."""
        made: str | None = getattr(request.state, "visit", None)
        if made is not None:
            # Lax: a strict one would be made anew by each link from a message, and forms in other tabs be old then.
            self._set(request, answer, VISIT_COOKIE, made, lax=True)

    @staticmethod
    def _set(
        request: Request, answer: Response, name: str, value: str, seconds: int | None = None, *, lax: bool = False
    ) -> None:
        answer.set_cookie(
            _cookie(request, name),
            value,
            max_age=seconds,
            httponly=True,
            samesite="lax" if lax else "strict",
            secure=is_secure(request),
        )

    @staticmethod
    def _delete(request: Request, answer: Response, name: str) -> None:
        answer.delete_cookie(_cookie(request, name), httponly=True, samesite="strict", secure=is_secure(request))

    # Forms

    def form_token(self, request: Request, caller: Caller) -> str:
        """What a form of this browser carries: it follows from the session's cookie, which no other site knows."""
        return _token_of(self.session(request) if caller.signed_in else self._visit(request))

    def form_is_ours(self, request: Request, caller: Caller, given: str) -> bool:
        """Whether a form comes from a page of ours that this very browser was shown."""
        known = self.session(request) if caller.signed_in else request.cookies.get(_cookie(request, VISIT_COOKIE), "")
        return bool(known) and not _is_foreign(request) and same(given, _token_of(known))

    @staticmethod
    def _visit(request: Request) -> str:
        known = request.cookies.get(_cookie(request, VISIT_COOKIE), "") or getattr(request.state, "visit", "")
        if not known:
            known = request.state.visit = unguessable()
        return str(known)


def where_from(request: Request) -> Origin:
    """From where somebody asks; a proxy on this machine is believed, and may pass on anything as an address."""
    address = words.printable(request.client.host, LONGEST_ADDRESS) if request.client else ""
    return Origin(address, request.headers.get("user-agent", ""))


def _is_here(request: Request) -> bool:
    """Whether somebody comes from this machine itself, by a name of it, as far as the proxies before the pages say."""
    parts = _split(f"//{request.headers.get('host', '')}")
    called = (parts.hostname if parts else None) or ""
    return request.client is not None and _is_loopback(request.client.host) and _is_loopback(called)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _cookie(request: Request, name: str) -> str:
    """Over TLS under a name that neither another host of the domain nor plain HTTP can set."""
    return f"__Host-{name}" if is_secure(request) else name


def _is_foreign(request: Request) -> bool:
    """Whether another site began this request, as browsers tell; who tells nothing is no browser."""
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    origin = request.headers.get("origin")
    parts = _split(origin or "")
    return origin is not None and (parts is None or parts.netloc != request.headers.get("host", ""))


def bears(request: Request, token: Secret) -> bool:
    """Whether the request carries that token."""
    return carries(request.headers.get("authorization", ""), token)


def host_is_ours(host: str, allowed: frozenset[str] | None) -> bool:
    """Whether the Host header names this server; against DNS rebinding. None allows every name that is one."""
    parts = _split(f"//{host}")
    if parts is None or parts.netloc != host or "@" in host:
        return False
    return allowed is None or parts.hostname in allowed


def path_of(target: str | None) -> str:
    """Path and query of an address on this server, `/` for what may lead to another one."""
    parts = _split(target or "/")
    if parts is None or parts.scheme or parts.netloc or "\\" in parts.path or len(target or "") > LONGEST_TARGET:
        return "/"
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _split(address: str) -> SplitResult | None:
    """The parts of an address from outside; None for one that is none, such as `//[::1`."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _token_of(cookie: str) -> str:
    return hmac.new(cookie.encode("utf-8", "surrogatepass"), b"form", sha256).hexdigest()
