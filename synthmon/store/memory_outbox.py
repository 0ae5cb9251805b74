"""What is owed to channels, for the store that forgets: the same rules as the SQL outbox, in a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from synthmon import wire
from synthmon.model.incident import Delivery, DeliveryStatus, Notification
from synthmon.model.run import Json, from_millis, to_millis
from synthmon.nouns import dataclass

T = TypeVar("T")


def exact(instant: datetime) -> datetime:
    """The instant as a database keeps it, to the millisecond."""
    return from_millis(to_millis(instant))


def through(value: T, write: Callable[[T], Json], read: Callable[[Json], T]) -> T:
    """The value as it comes back out of a database."""
    return read(wire.loads(wire.dumps(write(value))))


@dataclass(slots=True)
class _Owed:
    """A row of the outbox."""

    delivery: Delivery
    leased_until: datetime | None = None
    ended_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        due = self.delivery.next_at or self.delivery.notification.created_at
        return max(due, self.leased_until or due)

    def settle(self, delivery: Delivery, ended_at: datetime | None = None) -> None:
        self.delivery = replace(delivery, attempts=delivery.attempts + 1)
        self.leased_until, self.ended_at = None, ended_at


class Outbox:
    """Not thread-safe: its store holds a lock."""

    def __init__(self) -> None:
        self._rows: dict[str, _Owed] = {}

    def owe(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            kept = through(notification, wire.notification_to_json, wire.notification_from_json)
            self._rows.setdefault(kept.id, _Owed(Delivery(kept, next_at=kept.created_at)))

    def claim(self, now: datetime, lease: float, limit: int) -> list[Delivery]:
        due = [owed for owed in self._heads() if owed.due_at <= now][:limit]
        for owed in due:
            owed.leased_until = exact(now + timedelta(seconds=lease))
        return [owed.delivery for owed in due]

    def delivered(self, notification_id: str, at: datetime) -> None:
        """What was sent stays sent; what was given up can still turn out to have been accepted."""
        owed = self._rows.get(notification_id)
        if owed is not None and owed.delivery.status is not DeliveryStatus.SENT:
            sent = replace(owed.delivery, status=DeliveryStatus.SENT, next_at=None, sent_at=exact(at))
            owed.settle(sent, exact(at))

    def postpone(self, notification_id: str, next_at: datetime, error: str) -> None:
        if owed := self._pending(notification_id):
            made = owed.delivery.attempts - (0 if error else 1)
            last = error or owed.delivery.last_error
            owed.settle(replace(owed.delivery, attempts=made, next_at=exact(next_at), last_error=last))

    def bury(self, notification_id: str, at: datetime, error: str) -> None:
        if owed := self._pending(notification_id):
            last = error or owed.delivery.last_error
            dead = replace(owed.delivery, status=DeliveryStatus.DEAD, next_at=None, last_error=last)
            owed.settle(dead, exact(at))

    def deliveries(self, incident_id: str | None, limit: int | None) -> list[Delivery]:
        found = [
            owed.delivery
            for owed in self._rows.values()
            if incident_id in {None, owed.delivery.notification.incident_id}
        ]
        return found[::-1][:limit]

    def deliveries_between(self, start: datetime, end: datetime) -> list[Delivery]:
        found = [owed.delivery for owed in self._rows.values() if start <= owed.delivery.notification.created_at < end]
        return sorted(found, key=lambda delivery: delivery.notification.created_at)

    def owed(self) -> int:
        return sum(owed.delivery.status is DeliveryStatus.PENDING for owed in self._rows.values())

    def owed_since(self) -> datetime | None:
        pending = [owed.delivery for owed in self._rows.values() if owed.delivery.status is DeliveryStatus.PENDING]
        return min((delivery.notification.created_at for delivery in pending), default=None)

    def next_delivery_at(self) -> datetime | None:
        return min((owed.due_at for owed in self._heads()), default=None)

    def _pending(self, notification_id: str) -> _Owed | None:
        owed = self._rows.get(notification_id)
        return owed if owed is not None and owed.delivery.status is DeliveryStatus.PENDING else None

    def _heads(self) -> list[_Owed]:
        """The oldest pending row of each channel about one thing; a reopened incident is still about the same."""
        heads: dict[tuple[str, str], _Owed] = {}
        for owed in self._rows.values():
            if owed.delivery.status is DeliveryStatus.PENDING:
                notification = owed.delivery.notification
                heads.setdefault((notification.dedup_key, notification.channel), owed)
        return list(heads.values())
