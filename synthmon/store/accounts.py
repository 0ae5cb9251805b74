"""The port behind which it is kept who may come in and what they did; the store has one, as `accounts`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from synthmon.model.account import ApiToken, Entry, Search, Session, User
from synthmon.model.person import Way


class Accounts(Protocol):
    """Thread-safe. Writes return once they are durable; errors are `StoreError`s."""

    # Users
    def add_user(self, user: User) -> bool:
        """False, and nothing is changed, where there is one of that name."""
        ...

    def change_user(self, name: str, **changes: Any) -> bool:
        """Give the user other values; False where there is none of that name."""
        ...

    def user(self, name: str) -> User | None: ...

    def users(self) -> list[User]:
        """All of them, also the disabled ones, by name."""
        ...

    def has_users(self) -> bool: ...

    # Sessions
    def keep_session(self, session: Session) -> None:
        """Keep a new one; those whose time is over are forgotten."""
        ...

    def session(self, hashed: str) -> Session | None: ...

    def sessions(self) -> list[Session]:
        """All of them, the newest first."""
        ...

    def see_session(self, session_id: str, at: datetime) -> None:
        """It was used."""
        ...

    def end_session(self, session_id: str) -> bool: ...

    # Tokens of the API
    def keep_api_token(self, token: ApiToken) -> None:
        """Keep a new one, or one of a known id as it is now."""
        ...

    def api_token(self, hashed: str) -> ApiToken | None: ...

    def api_tokens(self) -> list[ApiToken]:
        """All of them, also those that hold no more, by age."""
        ...

    def see_api_token(self, token_id: str, at: datetime) -> None:
        """It was used."""
        ...

    # The audit
    def write_down(self, entry: Entry) -> None:
        """Add a line; none is ever changed."""
        ...

    def audit(self, search: Search) -> list[Entry]: ...

    def knows(self, what: str, actor: str, way: Way, address: str) -> bool:
        """Whether there is a line of that kind about that actor, known in that way, from that address."""
        ...

    def forget_audit(self, before: datetime, limit: int) -> int:
        """Remove at most so many lines that are older; how many."""
        ...
