"""Who asks: in which role, under which name, and how that was shown."""

from __future__ import annotations

from enum import StrEnum

from synthmon.nouns import dataclass


class Role(StrEnum):
    """What somebody may do: a VIEWER looks, an OPERATOR acts as well, an ADMIN also decides who may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The higher includes the lower; nobody's is 0."""
        return list(Role).index(self) + 1


class Way(StrEnum):
    """How somebody showed who they are; LOOPBACK: by reaching a port that only this machine reaches."""

    NOBODY = "nobody"
    LOOPBACK = "loopback"
    COMMAND_LINE = "command line"
    PASSWORD = "password"  # noqa: S105 - the installation's one password, by which it is not known who it was
    USER = "user"
    PROVIDER = "provider"
    TOKEN = "token"  # noqa: S105 - of the API


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks. `name` is None where it is not known who it is; then a person may say it, and is believed.

    `session` is the public id of the session, where there is one. `subject` is who somebody is at a provider, as issuer
    and subject: what they are called there they may change, to another's name as well.
    """

    way: Way
    role: Role | None = None
    name: str | None = None
    session: str | None = None
    subject: str = ""

    @property
    def who(self) -> tuple[Way, str, bool]:
        """Who it is among all that come this way."""
        return who(self.way, self.name, self.subject)

    def may(self, role: Role) -> bool:
        return self.role is not None and self.role.rank >= role.rank

    @property
    def signed_in(self) -> bool:
        return self.session is not None

    def named(self, claimed: str, otherwise: str) -> str:
        """Whom a change is put down to: nobody who is known can name another."""
        return self.name or claimed.strip()[:LONGEST_NAME] or otherwise


def who(way: Way, name: str | None, subject: str) -> tuple[Way, str, bool]:
    """By the subject where there is one, else by the name, and which of the two it is."""
    return (way, subject or name or "", bool(subject))


LONGEST_NAME = 80  # characters
NOBODY = Caller(Way.NOBODY)
