"""Who asks: everything that can tell it, joined; what pages and the command line are handed."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime

from synthmon.errors import ConfigurationError, SignInRefused
from synthmon.identity.apitokens import ApiTokens
from synthmon.identity.journal import SIGNED_IN, Journal
from synthmon.identity.lifetimes import Lifetimes
from synthmon.identity.oidc.flow import Flow
from synthmon.identity.oidc.place import name_of, role_of
from synthmon.identity.oidc.provider import Provider
from synthmon.identity.passwords import LONGEST, Passwords
from synthmon.identity.sessions import Origin, Sessions
from synthmon.identity.throttle import Throttle
from synthmon.identity.users import Users
from synthmon.model.account import Session
from synthmon.model.person import NOBODY, Caller, Role, Way
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.store.accounts import Accounts

WRONG = "That is not the name and the password of anybody here."
TOO_OFTEN = "Too many attempts. Wait a minute, then try again."


@dataclass(frozen=True, slots=True)
class Ways:
    """By what people may come in, besides users. `here_only`: only this machine reaches the pages.

    `api_token` is the command line's, which only the daemon's own user can read.
    """

    api_token: Secret
    here_only: bool = True
    password: Secret | None = None
    provider: Provider | None = None
    lifetimes: Lifetimes = field(default_factory=Lifetimes)


class Identity:
    """Thread-safe. Raises `StoreError` where nobody can be known because the database is away."""

    def __init__(self, accounts: Accounts, ways: Ways, now: Callable[[], datetime]) -> None:
        self._accounts, self.ways, self._now = accounts, ways, now
        self.sessions = Sessions(accounts, lambda: self.ways.lifetimes, self._grounds, now)
        self.users = Users(accounts, Passwords(), self.sessions, now)
        self.tokens = ApiTokens(accounts, now)
        self.journal = Journal(accounts, now)
        self._throttle = Throttle(now, self.journal.has_signed_in)

    def caller(self, bearer: str | None, cookie: str) -> Caller:
        """Whoever shows a token, else has a session, else is on this machine while nobody needs to sign in."""
        if bearer is not None:  # whoever shows a token wants to be known by it, also where nobody needs one
            return self._of_token(bearer)
        session = self.sessions.find(cookie)
        if session is not None and (known := self._of_session(session)) is not None:
            return known
        return NOBODY if self.needs_sign_in() else Caller(Way.LOOPBACK, Role.OPERATOR)

    def needs_sign_in(self) -> bool:
        """Whether people have to say who they are. One user is enough, even a disabled one."""
        ways = self.ways
        if not ways.here_only or ways.password is not None or ways.provider is not None:
            return True
        return self._accounts.has_users()

    def has_users(self) -> bool:
        return self._accounts.has_users()

    def _grounds(self) -> Mapping[Way, str]:
        """What each way of coming in rests on, besides who somebody is."""
        password, provider = self.ways.password, self.ways.provider
        return {
            Way.USER: "",
            **({Way.PASSWORD: password.reveal()} if password is not None else {}),
            **({Way.PROVIDER: f"{provider.place.issuer} {provider.place.client_id}"} if provider is not None else {}),
        }

    def _of_token(self, text: str) -> Caller:
        if _same(text, self.ways.api_token.reveal()):
            return Caller(Way.COMMAND_LINE, Role.ADMIN)
        token = self.tokens.find(text)
        return Caller(Way.TOKEN, token.role, token.name) if token is not None else NOBODY

    def _of_session(self, session: Session) -> Caller | None:
        if session.way is not Way.USER:
            return Caller(session.way, session.role, session.name, session.id, session.subject)
        user = self._accounts.user(session.name or "")
        if user is None or user.disabled_at is not None:
            return None
        return Caller(Way.USER, user.role, user.name, session.id)

    def check_password(self, name: str, password: str, origin: Origin) -> None:
        """Ask somebody who is signed in for the password again; raises `ConfigurationError` unless it is right."""
        if self._throttle.is_shut(name, origin.address):
            raise ConfigurationError("too many attempts", hint="wait a minute, then try again")
        self._throttle.attempted(name, origin.address)
        try:
            right = self.users.verified(name, password) is not None
        except SignInRefused as error:
            raise ConfigurationError(str(error)) from error
        if not right:
            raise ConfigurationError("the present password is not right")
        self._throttle.succeeded(name, origin.address)

    def sign_in(self, name: str, password: str, origin: Origin) -> str:
        """A new session's cookie; raises `SignInRefused`. Without a name, the password is the installation's."""
        name = name.strip().lower()[:LONGEST]
        way = Way.USER if name else Way.PASSWORD
        if self._throttle.is_shut(name, origin.address):
            self.journal.failed(self._known(name), way, origin.address, "too many attempts")
            raise SignInRefused(TOO_OFTEN, status=429)
        self._throttle.attempted(name, origin.address)
        caller = self._verified(name, password)
        if caller is None:
            self.journal.failed(self._known(name), way, origin.address, "wrong name or password")
            raise SignInRefused(WRONG if name else "That is not the password.", status=401)
        self._throttle.succeeded(name, origin.address)
        return self.welcome(caller, origin)

    def _known(self, name: str) -> str:
        """The name, if somebody has it: what was typed in its place may be a password."""
        return name if name and self._accounts.user(name) is not None else ""

    def leave(self, cookie: str) -> None:
        """End the session of that cookie, if it has one."""
        session = self.sessions.find(cookie)
        if session is not None:
            self.sessions.end(session.id)

    def welcome(self, caller: Caller, origin: Origin) -> str:
        """Begin a session for somebody who is known now; its cookie."""
        self.journal.write(caller, SIGNED_IN, origin.address)
        return self.sessions.begin(caller, origin)[1]

    def come_back(self, code: str, flow: Flow, redirect_uri: str, origin: Origin) -> str:
        """A session's cookie for whom the provider says it was; raises `SignInRefused`."""
        provider = self.ways.provider
        if provider is None:
            raise SignInRefused("Nobody signs in elsewhere here.", status=404)
        try:
            claims = provider.claims(code, flow, redirect_uri)
        except SignInRefused as error:
            self.journal.failed("", Way.PROVIDER, origin.address, error.reason)
            raise
        name, role = name_of(claims, provider.place), role_of(claims, provider.place)
        caller = Caller(Way.PROVIDER, role, name, subject=f"{provider.place.issuer} {claims['sub']}")
        if role is None:
            self.journal.failed(name, Way.PROVIDER, origin.address, f"subject {claims['sub']}: no role")
            message = f"{provider.place.title} knows you as {name}, but nothing there gives you a role here."
            raise SignInRefused(message, status=403, hint="Ask an admin of this installation for one.")
        return self.welcome(caller, origin)

    def _verified(self, name: str, password: str) -> Caller | None:
        if not name:
            ours = self.ways.password
            return Caller(Way.PASSWORD, Role.ADMIN) if ours and _same(password, ours.reveal()) else None
        user = self.users.verified(name, password)
        return Caller(Way.USER, user.role, user.name) if user is not None else None


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass"))
