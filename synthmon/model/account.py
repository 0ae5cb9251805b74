"""What is kept of those who may come in: users, their sessions, tokens of the API, and what was done by whom.

Of a password, a session's cookie and a token only hashes are kept.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from synthmon.model.person import Role, Way, who
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A user of this installation, known by a password. `hashed` is a PHC string of Argon2id."""

    name: str
    role: Role
    hashed: str = field(repr=False)
    created_at: datetime
    changed_at: datetime  # the password
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that somebody signed in with. `id` is its public part; `hashed` the SHA-256 of its cookie.

    `role` is None for users of this installation: theirs is looked up each time, so that a change holds at once.
    `subject` is who somebody is at a provider, whatever they are called there; else nothing.
    """

    id: str
    hashed: str = field(repr=False)
    name: str | None
    way: Way
    role: Role | None
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    browser: str
    subject: str = ""

    @property
    def whose(self) -> tuple[Way, str, bool]:
        """Whom it belongs to; as `Caller.who`."""
        return who(self.way, self.name, self.subject)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a program shows to the API. `id` is its public part, `hashed` the SHA-256 of the token."""

    id: str
    name: str
    role: Role
    hashed: str = field(repr=False)
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit: who did what, from where. `number` is given when it is kept.

    `actor` is who it is put down to, `way` how that was known; `target` is what it was done to, `detail` what more
    there is to say. `subject` tells people of a provider apart who are called alike.
    """

    at: datetime
    what: str
    actor: str
    way: Way
    role: Role | None
    address: str
    target: str = ""
    detail: str = ""
    number: int = 0
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Which lines of the audit are wanted, newest first; `below` is the number to go on from."""

    actor: str | None = None
    what: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    below: int | None = None
    limit: int = 100
