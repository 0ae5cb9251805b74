"""Tokens of the API: what programs show in place of a session, each with a role; shown once, kept as a hash."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.errors import ConfigurationError
from synthmon.events import Events
from synthmon.identity.randomness import hashed, public_id, unguessable
from synthmon.model.account import ApiToken
from synthmon.model.person import Role
from synthmon.store.accounts import Accounts

_log = Events()

PREFIX = "synthmon_api_"
SEEN_EVERY = timedelta(minutes=1)
LONGEST_LIFE = timedelta(days=3660)
_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}\Z")


class ApiTokens:
    """Makes, finds and ends them. Every change is logged, without the token."""

    def __init__(self, accounts: Accounts, now: Callable[[], datetime]) -> None:
        self._accounts, self._now = accounts, now

    def all(self) -> list[ApiToken]:
        return self._accounts.api_tokens()

    def add(self, name: str, role: Role, life: timedelta | None, by: str) -> tuple[ApiToken, str]:
        """A new one and its text; without a `life` it holds until it is revoked."""
        if not _NAME.match(name):
            hint = "letters, digits, spaces and . _ - @, such as grafana; 64 at most"
            raise ConfigurationError("this is no name for a token", hint=hint)
        if life is not None and not timedelta(0) < life <= LONGEST_LIFE:
            wrong = "a token holds for some time, and for ten years at most"
            raise ConfigurationError(wrong, hint="write 90d, or never")
        text, now = unguessable(PREFIX), self._now()
        token = ApiToken(public_id(), name, role, hashed(text), now, by, now + life if life else None)
        self._accounts.keep_api_token(token)
        _log.info("api_token.added", id=token.id, name=name, role=role.value)
        return token, text

    def find(self, text: str) -> ApiToken | None:
        """The one of that text, if it holds; that it was used is kept, once a minute at most."""
        token = self._accounts.api_token(hashed(text)) if _SHAPE.match(text) else None
        now = self._now()
        if token is None or not token.holds(now):
            return None
        if token.used_at is None or now - token.used_at >= SEEN_EVERY:
            self._accounts.see_api_token(token.id, now)
        return token

    def revoke(self, token_id: str) -> ApiToken:
        """End it now; raises `ConfigurationError` where there is none of that id that holds."""
        now = self._now()
        found = next((one for one in self.all() if one.id == token_id and one.holds(now)), None)
        if found is None:
            raise ConfigurationError("there is no such token that holds", hint="`synthmon tokens list` shows them all")
        self._accounts.keep_api_token(replace(found, revoked_at=now))
        _log.info("api_token.revoked", id=token_id, name=found.name)
        return found
