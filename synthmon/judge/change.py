"""What one judgement changes about one incident."""

from __future__ import annotations

from synthmon.model.incident import Incident, IncidentEvent, Notification
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """An incident as it is from now on, what its timeline says about it, and what is owed to whom."""

    incident: Incident
    events: tuple[IncidentEvent, ...]
    notifications: tuple[Notification, ...] = ()
