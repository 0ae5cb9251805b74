"""Somebody of each role, by session and by token, over a site of the tests."""

from __future__ import annotations

import hmac
from hashlib import sha256

from synthmon.identity.apitokens import ApiTokens
from synthmon.identity.desk import Identity, Ways
from synthmon.identity.sessions import Origin
from synthmon.model.account import User
from synthmon.model.person import Caller, Role, Way
from synthmon.model.secret import Secret
from synthmon.store.interface import Store
from tests.making import at


def identity(store: Store) -> Identity:
    """Beside that of the site, as another process of the centre would have it."""
    return Identity(store.accounts, Ways(Secret("api_token", "another"), here_only=False), lambda: at(600))


def session(store: Store, role: Role, name: str | None = None) -> dict[str, str]:
    """The header with the cookie of a new session of a user of that role; no password is hashed for it."""
    user = name or f"the-{role}"
    store.accounts.add_user(User(user, role, "unusable", at(0), at(0)))
    begun = identity(store).sessions.begin(Caller(Way.USER, name=user), Origin("192.0.2.7"))
    return {"cookie": f"synthmon_session={begun[1]}"}


def token(store: Store, role: Role) -> dict[str, str]:
    made = ApiTokens(store.accounts, lambda: at(600)).add(f"for-{role}", role, None, "tests")[1]
    return {"authorization": f"Bearer {made}"}


def form_token(known: dict[str, str]) -> str:
    """What a page would put into its forms for that session."""
    cookie = known["cookie"].partition("=")[2]
    return hmac.new(cookie.encode(), b"form", sha256).hexdigest()
