"""A report that is owed to people by e-mail, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from synthmon.model.quiet import Selection
from synthmon.nouns import dataclass

_NAMESPACE = UUID("6f0c8f0e-3f57-5d0b-9c0b-5c1a7d2e9b44")  # fixed for ever: ids hang on it


class MailingStatus(StrEnum):
    """OWED until it is SENT or GIVEN_UP; LEFT_OUT on purpose: nothing happened, or nothing was there to report on."""

    OWED = "owed"
    SENT = "sent"
    GIVEN_UP = "given_up"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Mailing:
    """One mail. `report` names the report, `start` and `end` its period, `covers` its probes, `kind` daily and so on.

    `to` is everybody it is for, `waiting` who does not have it yet. `as_of` is that of the report; `why` what was said
    last. `next_at` is when it is tried next, `ended_at` when it was sent, given up or left out.
    """

    report: str
    kind: str
    start: datetime
    end: datetime
    covers: Selection
    channel: str
    form: str
    to: tuple[str, ...]
    waiting: tuple[str, ...]
    as_of: datetime
    created_at: datetime
    next_at: datetime
    status: MailingStatus = MailingStatus.OWED
    attempts: int = 0
    why: str = ""
    ended_at: datetime | None = None

    @property
    def id(self) -> str:
        """The same for the same report and recipients, so that it is owed once."""
        meant = "\n".join([self.report, self.channel, self.form, *sorted(self.to)])
        return str(uuid5(_NAMESPACE, meant))

    @property
    def owed(self) -> bool:
        return self.status is MailingStatus.OWED
