"""Who may come in and what they did, in memory."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

from synthmon.model.account import ApiToken, Entry, Search, Session, User
from synthmon.model.person import Way
from synthmon.store.memory_outbox import exact


class MemoryAccounts:
    """Implements `store.accounts.Accounts`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._users: dict[str, User] = {}
        self._sessions: dict[str, Session] = {}
        self._tokens: dict[str, ApiToken] = {}
        self._audit: list[Entry] = []
        self._last = 0

    def add_user(self, user: User) -> bool:
        with self._lock:
            kept = replace(user, created_at=exact(user.created_at), changed_at=exact(user.changed_at))
            return self._users.setdefault(user.name, kept) is kept

    def change_user(self, name: str, **changes: Any) -> bool:
        with self._lock:
            if name not in self._users:
                return False
            self._users[name] = replace(self._users[name], **changes)
            return True

    def user(self, name: str) -> User | None:
        with self._lock:
            return self._users.get(name)

    def users(self) -> list[User]:
        with self._lock:
            return sorted(self._users.values(), key=lambda one: one.name)

    def has_users(self) -> bool:
        with self._lock:
            return bool(self._users)

    def keep_session(self, session: Session) -> None:
        with self._lock:
            kept = {one.id: one for one in self._sessions.values() if one.ends_at > session.began_at}
            began, seen, ends = map(exact, (session.began_at, session.seen_at, session.ends_at))
            self._sessions = {session.id: replace(session, began_at=began, seen_at=seen, ends_at=ends), **kept}

    def session(self, hashed: str) -> Session | None:
        with self._lock:
            return next((one for one in self._sessions.values() if one.hashed == hashed), None)

    def sessions(self) -> list[Session]:
        with self._lock:
            return sorted(self._sessions.values(), key=lambda one: (-one.began_at.timestamp(), one.id))

    def see_session(self, session_id: str, at: datetime) -> None:
        with self._lock:
            if session_id in self._sessions:
                self._sessions[session_id] = replace(self._sessions[session_id], seen_at=exact(at))

    def end_session(self, session_id: str) -> bool:
        with self._lock:
            return self._sessions.pop(session_id, None) is not None

    def keep_api_token(self, token: ApiToken) -> None:
        with self._lock:
            self._tokens[token.id] = token

    def api_token(self, hashed: str) -> ApiToken | None:
        with self._lock:
            return next((one for one in self._tokens.values() if one.hashed == hashed), None)

    def api_tokens(self) -> list[ApiToken]:
        with self._lock:
            return sorted(self._tokens.values(), key=lambda one: (one.created_at, one.id))

    def see_api_token(self, token_id: str, at: datetime) -> None:
        with self._lock:
            if token_id in self._tokens:
                self._tokens[token_id] = replace(self._tokens[token_id], used_at=exact(at))

    def write_down(self, entry: Entry) -> None:
        with self._lock:
            self._last += 1
            self._audit.append(replace(entry, number=self._last, at=exact(entry.at)))

    def audit(self, search: Search) -> list[Entry]:
        with self._lock:
            found = [
                one
                for one in reversed(self._audit)
                if search.actor in {None, one.actor}
                and search.what in {None, one.what}
                and (search.start is None or one.at >= search.start)
                and (search.end is None or one.at < search.end)
                and (search.below is None or one.number < search.below)
            ]
        return found[: search.limit]

    def knows(self, what: str, actor: str, way: Way, address: str) -> bool:
        with self._lock:
            wanted = (what, actor, way, address)
            return any((one.what, one.actor, one.way, one.address) == wanted for one in self._audit)

    def forget_audit(self, before: datetime, limit: int) -> int:
        with self._lock:
            old = [one for one in self._audit if one.at < before][:limit]
            self._audit = [one for one in self._audit if one not in old]
            return len(old)
