"""The port behind which owed notifications wait; the store's rows are the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from synthmon.model.incident import Delivery, Incident, Notification


class Outbox(Protocol):
    """As `store.interface.Store` promises it."""

    def claim(self, now: datetime, lease: float, limit: int = 50) -> list[Delivery]: ...

    def delivered(self, notification_id: str, at: datetime) -> None: ...

    def postpone(self, notification_id: str, next_at: datetime, error: str) -> None: ...

    def bury(self, notification_id: str, at: datetime, error: str) -> None: ...

    def owe(self, notifications: Sequence[Notification]) -> None: ...

    def deliveries(self, incident_id: str | None = None, limit: int | None = None) -> list[Delivery]:
        """What was or is owed, newest first."""
        ...

    def incidents(self, *, current: bool | None = None) -> list[Incident]:
        """Those that are not over, if `current`."""
        ...
