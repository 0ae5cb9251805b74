"""Users of this installation: made, given roles and passwords, disabled."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from synthmon.errors import ConfigurationError
from synthmon.events import Events
from synthmon.identity.passwords import Passwords, refuse_weak
from synthmon.identity.sessions import Sessions
from synthmon.language.suggest import did_you_mean
from synthmon.model.account import User
from synthmon.model.person import Caller, Role, Way
from synthmon.store.accounts import Accounts

_log = Events()

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}\Z")


def read_name(written: str) -> str:
    """In small letters; raises `ConfigurationError` for what is none."""
    name = written.strip().lower()
    if not _NAME.match(name):
        hint = "small letters, digits and . _ - @, such as ada or ada@example.com; 64 at most"
        raise ConfigurationError("this is no name for a user", hint=hint)
    return name


def read_role(written: str) -> Role:
    try:
        return Role(written.strip().lower())
    except ValueError as error:
        raise ConfigurationError("there is no such role", hint=f"write {', '.join(Role)}") from error


class Users:
    """Every change is logged; raises `ConfigurationError` with what is wrong, for people."""

    def __init__(
        self, accounts: Accounts, passwords: Passwords, sessions: Sessions, now: Callable[[], datetime]
    ) -> None:
        self._accounts, self._passwords, self._sessions, self._now = accounts, passwords, sessions, now

    def all(self) -> list[User]:
        return self._accounts.users()

    def add(self, name: str, role: Role, password: str) -> User:
        name = read_name(name)
        refuse_weak(password, name)
        now = self._now()
        user = User(name, role, self._passwords.hash(password), now, now)
        if not self._accounts.add_user(user):
            raise ConfigurationError(f"there is a user {name} already", hint="give another name, or a new password")
        _log.info("user.added", name=name, role=role.value)
        return user

    def set_password(self, name: str, password: str, but: str | None = None) -> User:
        """A new password; every session of the user but one ends."""
        user = self.require(name)
        refuse_weak(password, user.name)
        self._accounts.change_user(user.name, hashed=self._passwords.hash(password), changed_at=self._now())
        self._sessions.end_all(Caller(Way.USER, name=user.name), but)
        _log.info("user.password_changed", name=user.name)
        return user

    def set_role(self, name: str, role: Role) -> User:
        user = self.require(name)
        self._accounts.change_user(user.name, role=role)
        _log.info("user.role_changed", name=user.name, role=role.value, before=user.role.value)
        return user

    def disable(self, name: str) -> User:
        """The user is not let in any more, and is signed out everywhere."""
        user = self.require(name)
        self._accounts.change_user(user.name, disabled_at=self._now())
        self._sessions.end_all(Caller(Way.USER, name=user.name))
        _log.info("user.disabled", name=user.name)
        return user

    def enable(self, name: str) -> User:
        user = self.require(name)
        self._accounts.change_user(user.name, disabled_at=None)
        _log.info("user.enabled", name=user.name)
        return user

    def require(self, name: str) -> User:
        user = self._accounts.user(name.strip().lower())
        if user is None:
            better = did_you_mean(name, [one.name for one in self.all()])
            hint = f"did you mean `{better}`?" if better else "`synthmon users list` shows them all"
            raise ConfigurationError("there is no such user", hint=hint)
        return user

    def verified(self, name: str, password: str) -> User | None:
        """The user of that name and password who may come in; takes as long for one that is not there."""
        user = self._accounts.user(name)
        if not self._passwords.verify(password, user.hashed if user else None) or user is None:
            return None
        if user.disabled_at is not None:
            return None
        if self._passwords.is_outdated(user.hashed):
            self._accounts.change_user(name, hashed=self._passwords.hash(password))
        return user
