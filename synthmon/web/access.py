"""Who may do what: every route says what it needs, and this is where it is held against who asks.

PUBLIC needs nothing, VIEWER may look, OPERATOR may act, ADMIN decides who may. On loopback without a password whoever
reaches the port is an operator; with a password there is a session first. The command line shows its token instead,
which only this daemon's user can read: it is an admin. Acting from a page needs the form token as well, and the right
origin, so that no other site can act through a person's browser.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import IntEnum
from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request

from synthmon.model.person import NOBODY, Caller, Role, Way
from synthmon.model.secret import Secret

SESSION_COOKIE = "synthmon_session"
SESSION_LENGTH = timedelta(hours=12)
MOST_SESSIONS = 1000
TRIES, TRIES_WITHIN = 5, timedelta(minutes=1)


class Need(IntEnum):
    """What a route asks of whoever calls it; the higher includes the lower."""

    PUBLIC = 0
    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    def is_met_by(self, caller: Caller) -> bool:
        return self is Need.PUBLIC or caller.may(Role[self.name])


class Gate:
    """Decides what a request may do. Thread-safe; sessions live in memory and end with the process."""

    def __init__(self, password: Secret | None, api_token: Secret, now: Callable[[], datetime]) -> None:
        self._password, self._api_token, self._now = password, api_token, now
        self._sessions: dict[str, datetime] = {}
        self._failures: list[datetime] = []
        self._lock = threading.Lock()
        self.form_token = secrets.token_urlsafe(32)

    @property
    def asks_for_password(self) -> bool:
        return self._password is not None

    def has_token(self, request: Request) -> bool:
        """Whether the request carries the command line's token."""
        return bears(request, self._api_token)

    def caller(self, request: Request) -> Caller:
        """Whoever asks, and in which role."""
        if self.has_token(request):
            return Caller(Way.COMMAND_LINE, Role.ADMIN)
        if request.headers.get("authorization", "").lower().startswith("bearer "):
            return NOBODY  # whoever shows a token wants to be known by it, also where nobody needs one
        if self._password is None:
            return Caller(Way.LOOPBACK, Role.OPERATOR)
        if self._session_lives(request):
            return Caller(Way.PASSWORD, Role.ADMIN, session="-")
        return NOBODY

    def _session_lives(self, request: Request) -> bool:
        with self._lock:
            until = self._sessions.get(request.cookies.get(SESSION_COOKIE, ""))
            return until is not None and self._now() < until

    def sign_in(self, given: str) -> str | None:
        """A new session's token, or None for a wrong password; raises `PermissionError` after too many wrong ones."""
        with self._lock:
            now = self._now()
            self._failures = [at for at in self._failures if now - at < TRIES_WITHIN]
            if len(self._failures) >= TRIES:
                raise PermissionError("too many wrong passwords; wait a minute")
            if self._password is None or not _same(given, self._password.reveal()):
                self._failures.append(now)
                return None
            self._sessions = {token: until for token, until in self._sessions.items() if now < until}
            while len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=lambda token: self._sessions[token])]
            token = secrets.token_urlsafe(32)
            self._sessions[token] = now + SESSION_LENGTH
            return token

    def sign_out(self, request: Request) -> None:
        with self._lock:
            self._sessions.pop(request.cookies.get(SESSION_COOKIE, ""), None)

    def form_is_ours(self, request: Request, given: str) -> bool:
        """Whether a form comes from one of our own pages: the right token, and no foreign origin."""
        origin = request.headers.get("origin")
        # Browsers send `Origin: null` under a no-referrer policy; the token then decides alone.
        parts = _split(origin or "")
        foreign = origin not in {None, "null"} and (not parts or parts.netloc != request.headers.get("host", ""))
        return not foreign and _same(given, self.form_token)


def bears(request: Request, token: Secret) -> bool:
    """Whether the request carries that token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _same(given, token.reveal())


def host_is_ours(host: str, allowed: frozenset[str] | None) -> bool:
    """Whether the Host header names this server; against DNS rebinding. None allows every name that is one."""
    parts = _split(f"//{host}")
    if parts is None or parts.netloc != host or "@" in host:
        return False
    return allowed is None or parts.hostname in allowed


def path_of(target: str | None) -> str:
    """Path and query of an address on this server, `/` for what may lead to another one."""
    parts = _split(target or "/")
    if parts is None or parts.scheme or parts.netloc or "\\" in parts.path:
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


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
