"""Who may come in and what they did, on a SQL database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from synthmon.model.account import ApiToken, Entry, Search, Session, User
from synthmon.model.person import Way
from synthmon.store import account_rows as rows
from synthmon.store.writer import Work


class SqlAccounts:
    """Implements `store.accounts.Accounts` with what the store writes and reads by."""

    def __init__(
        self,
        write: Callable[[Work[Any, Any], Any], Any],
        reading: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._write, self._reading = write, reading

    def add_user(self, user: User) -> bool:
        return bool(self._write(rows.add_user, user))

    def change_user(self, name: str, **changes: Any) -> bool:
        return bool(self._write(rows.change_user, (name, changes)))

    def user(self, name: str) -> User | None:
        with self._reading() as connection:
            return rows.user(connection, name)

    def users(self) -> list[User]:
        with self._reading() as connection:
            return rows.all_users(connection)

    def has_users(self) -> bool:
        with self._reading() as connection:
            return rows.has_users(connection)

    def keep_session(self, session: Session) -> None:
        self._write(rows.keep_session, session)

    def session(self, hashed: str) -> Session | None:
        with self._reading() as connection:
            return rows.session(connection, hashed)

    def sessions(self) -> list[Session]:
        with self._reading() as connection:
            return rows.all_sessions(connection)

    def see_session(self, session_id: str, at: datetime) -> None:
        self._write(rows.see_session, (session_id, at))

    def end_session(self, session_id: str) -> bool:
        return bool(self._write(rows.end_session, session_id))

    def keep_api_token(self, token: ApiToken) -> None:
        self._write(rows.keep_api_token, token)

    def api_token(self, hashed: str) -> ApiToken | None:
        with self._reading() as connection:
            return rows.api_token(connection, hashed)

    def api_tokens(self) -> list[ApiToken]:
        with self._reading() as connection:
            return rows.all_api_tokens(connection)

    def see_api_token(self, token_id: str, at: datetime) -> None:
        self._write(rows.see_api_token, (token_id, at))

    def write_down(self, entry: Entry) -> None:
        self._write(rows.write_down, entry)

    def audit(self, search: Search) -> list[Entry]:
        with self._reading() as connection:
            return rows.find(connection, search)

    def knows(self, what: str, actor: str, way: Way, address: str) -> bool:
        with self._reading() as connection:
            return rows.knows(connection, {"what": what, "actor": actor, "way": way, "address": address})

    def forget_audit(self, before: datetime, limit: int) -> int:
        return int(self._write(rows.forget_audit, (before, limit)))
