"""What is owed to channels: the row is the queue, claimed with a compare-and-set and leased while it is being sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal_column, or_, select, update
from sqlalchemy.engine import Connection

from synthmon.model.incident import Delivery, DeliveryStatus, Notification
from synthmon.nouns import dataclass
from synthmon.store.inserts import insert_new
from synthmon.store.tables import incidents, notifications
from synthmon.store.writer import one_by_one

_owed = notifications.c


def owe(connection: Connection, owed: Sequence[Notification]) -> None:
    """Write them down, each once: the id of a notification follows from what it is about."""
    rows = [
        {
            "id": notification.id,
            "incident_id": notification.incident_id,
            "channel": notification.channel,
            "occasion": notification.occasion,
            "created_at": notification.created_at,
            "status": DeliveryStatus.PENDING,
            "attempts": 0,
            "next_at": notification.created_at,
            "document": notification,
        }
        for notification in owed
    ]
    if rows:
        connection.execute(insert_new(connection, notifications), rows)


def owe_each(connection: Connection, wanted: Sequence[tuple[Notification, ...]]) -> Sequence[None]:
    """The same, as work of the writer: what several callers owe, in one commit."""
    owe(connection, [notification for owed in wanted for notification in owed])
    return [None for _ in wanted]


_PENDING: ColumnElement[Any] = literal_column("'pending'")  # spelt out, or SQLite does not see that the index fits
_earlier, _before = notifications.alias("earlier"), notifications.alias("before")
_mine, _other = incidents.alias("mine"), incidents.alias("other")
_is_head: ColumnElement[bool] = and_(
    _owed.status == _PENDING,
    ~select(_earlier.c.number)
    .where(
        _earlier.c.status == _PENDING,
        _earlier.c.incident_id == _owed.incident_id,
        _earlier.c.channel == _owed.channel,
        _earlier.c.number < _owed.number,
    )
    .exists(),
    # A pager knows one key for an incident and its reopening: a belated resolve would close the new one there.
    ~select(_before.c.number)
    .where(
        _mine.c.id == _owed.incident_id,
        _other.c.probe == _mine.c.probe,
        _other.c.track == _mine.c.track,
        _before.c.status == _PENDING,
        _before.c.incident_id == _other.c.id,
        _before.c.channel == _owed.channel,
        _before.c.number < _owed.number,
    )
    .exists(),
)


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(_is_head, _owed.next_at <= now, or_(_owed.leased_until.is_(None), _owed.leased_until <= now))


def any_due(connection: Connection, now: datetime) -> bool:
    """Whether a claim would get anything; asked of a reader, so that an idle sender never writes."""
    return connection.scalar(select(_owed.number).where(_due(now)).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Claim:
    now: datetime
    lease: float
    limit: int


def _claim(connection: Connection, asked: Claim) -> list[Delivery]:
    due = select(_owed.number).where(_due(asked.now)).order_by(_owed.number).limit(asked.limit)
    # What another sender is claiming at this moment is passed over, and was looked at again once it is free.
    wanted = connection.scalars(due.with_for_update(of=notifications, skip_locked=True)).all()
    leased = (
        update(notifications)
        .where(_owed.number.in_(wanted))
        .values(leased_until=asked.now + timedelta(seconds=asked.lease))
        .returning(*notifications.c)
    )
    rows = connection.execute(leased).all()
    return [_delivery(row) for row in sorted(rows, key=lambda row: row.number)]


claim = one_by_one(_claim)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended. PENDING: another one is due at `at`; without an error none was made, nor is counted."""

    notification_id: str
    status: DeliveryStatus
    at: datetime
    error: str | None = None


def _settle(connection: Connection, settlement: Settlement) -> None:
    """What was sent stays sent; what was given up can still turn out to have been accepted."""
    pending = settlement.status is DeliveryStatus.PENDING
    overruled = [DeliveryStatus.PENDING]
    if settlement.status is DeliveryStatus.SENT:
        overruled.append(DeliveryStatus.DEAD)
    values = {
        "status": settlement.status,
        "attempts": _owed.attempts + (1 if settlement.error or not pending else 0),
        "next_at": settlement.at if pending else None,
        "ended_at": None if pending else settlement.at,
        "leased_until": None,
    }
    if settlement.error:
        values["last_error"] = settlement.error
    connection.execute(
        update(notifications).where(_owed.id == settlement.notification_id, _owed.status.in_(overruled)).values(values)
    )


settle = one_by_one(_settle)


def deliveries(connection: Connection, incident_id: str | None, limit: int | None) -> list[Delivery]:
    query: Select[Any] = select(notifications).order_by(_owed.number.desc()).limit(limit)
    if incident_id is not None:
        query = query.where(_owed.incident_id == incident_id)
    return [_delivery(row) for row in connection.execute(query)]


def deliveries_between(connection: Connection, start: datetime, end: datetime) -> list[Delivery]:
    inside = (_owed.created_at >= start, _owed.created_at < end)
    query: Select[Any] = select(notifications).where(*inside).order_by(_owed.created_at, _owed.number)
    return [_delivery(row) for row in connection.execute(query)]


def owed(connection: Connection) -> int:
    return connection.scalar(select(func.count()).where(_owed.status == _PENDING)) or 0


def owed_since(connection: Connection) -> datetime | None:
    found: datetime | None = connection.scalar(select(func.min(_owed.created_at)).where(_owed.status == _PENDING))
    return found


def next_delivery_at(connection: Connection) -> datetime | None:
    due = case((_owed.leased_until > _owed.next_at, _owed.leased_until), else_=_owed.next_at)
    found: datetime | None = connection.scalar(select(func.min(due)).where(_is_head))
    return found


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        notification=row.document,
        status=row.status,
        attempts=row.attempts,
        next_at=row.next_at,
        last_error=row.last_error,
        sent_at=row.ended_at if row.status is DeliveryStatus.SENT else None,
    )
