"""What an agent knows of the orders it gave: which were taken or done, and when it is sure that one never will be.

Whether an order was taken before it expired is certain only if no notice of it can still be under way. A broker hands
an agent its notices in the order in which they were put there; so an echo that the agent sent after the order expired,
and that came back, has overtaken no notice. If the connection broke meanwhile, notices may be lost: nothing is certain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from synthmon.model.order import Notice, Order, What
from synthmon.nouns import dataclass

SKEW = timedelta(seconds=2)  # by how much the clocks of an agent and a worker may differ
SENT_WITHIN = timedelta(seconds=2)
NOBODY_AFTER = timedelta(seconds=10)  # without any order being taken while one lies there: nobody is there to take it


class Fate(StrEnum):
    """DONE: a worker keeps its result. NOT_TAKEN: that is certain. LOST: taken, and no more was heard of it in time.

    DECLINED: by a worker that cannot make the run. DOUBTFUL: not taken as far as is known. LEFT: nobody waits any more.
    """

    DONE = "done"
    DECLINED = "declined"
    NOT_TAKEN = "not_taken"
    DOUBTFUL = "doubtful"
    LOST = "lost"
    LEFT = "left"


@dataclass(slots=True, eq=False)
class Ticket:
    """One order under way; `settled` is set once it has a fate. `allowance`: how long the run may take, all in all."""

    order: Order
    placed_at: datetime
    allowance: timedelta
    sent: bool = False
    taken_at: datetime | None = None
    fate: Fate | None = None
    notice: Notice | None = None
    settled: threading.Event = field(default_factory=threading.Event)


class Ledger:
    """Thread-safe. `tick` settles what time has settled; call it a few times a second."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._open: dict[str, Ticket] = {}
        self._lying_since: datetime | None = None  # orders lie there, and no worker has taken any of them
        self._closed = False
        self.nobody_since: datetime | None = None

    def place(self, order: Order, allowance: timedelta) -> Ticket:
        """Give an order; where the same one is under way, share its ticket."""
        with self._lock:
            ticket = Ticket(order, self._now(), allowance)
            if self._closed:
                return _settle(ticket, Fate.LEFT)
            return self._open.setdefault(order.key.id, ticket)

    def to_send(self, ticket: Ticket) -> bool:
        """Whether the order still has to go out; from here on it counts as sent."""
        with self._lock:
            ticket.sent = ticket.fate is None
            if ticket.sent and self._lying_since is None:
                self._lying_since = self._now()
            return ticket.sent

    def hear(self, notice: Notice) -> None:
        """What a worker says of an order; of one that is not open, it is only a sign of life."""
        with self._lock:
            if (ticket := self._open.get(notice.run_id)) is not None:
                self._note(ticket, notice)
            still = any(one.sent and one.taken_at is None for one in self._open.values())
            self._lying_since, self.nobody_since = self._now() if still else None, None

    def broke(self) -> None:
        """A connection to the broker broke: orders and notices under way may be lost with it."""
        with self._lock:
            self._lying_since = None
            for ticket in list(self._open.values()):
                if ticket.taken_at is None:
                    self._close(ticket, Fate.DOUBTFUL)

    def tick(self, heard_until: datetime | None) -> None:
        """`heard_until`: when the newest echo that came back was sent."""
        with self._lock:
            now = self._now()
            for ticket in list(self._open.values()):
                if (fate := _fate(ticket, now, heard_until)) is not None:
                    self._close(ticket, fate)
            if self._lying_since is not None and now - self._lying_since > NOBODY_AFTER:
                self.nobody_since = self.nobody_since or self._lying_since

    def close(self) -> None:
        """Nobody waits for anything from here on; what was ordered is made and kept by whoever takes it."""
        with self._lock:
            self._closed = True
            for ticket in list(self._open.values()):
                self._close(ticket, Fate.LEFT)

    @property
    def open(self) -> int:
        return len(self._open)

    def _note(self, ticket: Ticket, notice: Notice) -> None:
        if notice.what is What.TAKEN:
            ticket.taken_at = self._now()
        elif notice.what is What.DONE:
            self._close(ticket, Fate.DONE, notice)
        elif ticket.taken_at is None:
            self._close(ticket, Fate.DECLINED, notice)

    def _close(self, ticket: Ticket, fate: Fate, notice: Notice | None = None) -> None:
        self._open.pop(ticket.order.key.id, None)
        ticket.notice = notice
        _settle(ticket, fate)


def _fate(ticket: Ticket, now: datetime, heard_until: datetime | None) -> Fate | None:
    if ticket.taken_at is not None:
        return Fate.LOST if now > ticket.taken_at + ticket.allowance else None
    if not ticket.sent:
        return Fate.DOUBTFUL if now > ticket.placed_at + SENT_WITHIN else None
    # An echo from what is now the future went out before the clock was set back, and says nothing.
    expired = heard_until is not None and ticket.order.until + SKEW < heard_until <= now
    return Fate.NOT_TAKEN if expired else None


def _settle(ticket: Ticket, fate: Fate) -> Ticket:
    ticket.fate = fate
    ticket.settled.set()
    return ticket
