"""Writing down what the judge decided and what a person acknowledged, each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select
from sqlalchemy.engine import Connection

from synthmon.errors import RefusedByStore
from synthmon.model.incident import Decision, Incident, IncidentEvent, IncidentStatus, Notification
from synthmon.nouns import dataclass
from synthmon.store import inserts
from synthmon.store.keeping import JUDGE, Row
from synthmon.store.outbox import owe
from synthmon.store.rows import CAUSE, TAKEN_ON, merged
from synthmon.store.tables import health_changes, incident_events, incidents, judge, region_states
from synthmon.store.writer import one_by_one


def _apply(connection: Connection, decision: Decision) -> None:
    _keep_states(connection, decision)
    # What ends goes first: at no time are two incidents of one probe and track current.
    for incident in sorted(decision.incidents, key=lambda incident: incident.current):
        _keep_incident(connection, merged(incident, _held_incident(connection, incident.id)))
    _keep_events(connection, decision.events)
    _keep_health(connection, decision)
    owe(connection, decision.notifications)
    _keep_watermark(connection, decision.watermark)


apply = one_by_one(_apply)


def _keep_states(connection: Connection, decision: Decision) -> None:
    rows = [{"probe": state.probe, "region": state.region, "document": state} for state in decision.states]
    if rows:
        connection.execute(inserts.replace(connection, region_states, region_states.c.document), rows)


def find_incident(connection: Connection, incident_id: str) -> Incident | None:
    found: Incident | None = connection.scalar(_incident(incident_id))
    return found


def _held_incident(connection: Connection, incident_id: str) -> Incident | None:
    """As it is now, and nobody else changes it before this transaction ends: another replica may acknowledge it."""
    found: Incident | None = connection.scalar(_incident(incident_id).with_for_update())
    return found


def _incident(incident_id: str) -> Select[Any]:
    return select(incidents.c.document).where(incidents.c.id == incident_id)


def _keep_incident(connection: Connection, incident: Incident) -> None:
    changed = [column for column in incidents.c if not column.primary_key]
    connection.execute(inserts.replace(connection, incidents, *changed), _incident_row(incident))


def _incident_row(incident: Incident) -> Row:
    return {
        "id": incident.id,
        "dedup_key": incident.dedup_key,
        "probe": incident.probe,
        "track": incident.track,
        "generation": incident.generation,
        "severity": incident.severity,
        "status": incident.status,
        "opened_at": incident.opened_at,
        "began_at": incident.began_at,
        "resolved_at": incident.resolved_at,
        "document": incident,
    }


def _keep_events(connection: Connection, events: Sequence[IncidentEvent]) -> None:
    for event in events:
        if find_incident(connection, event.incident_id) is None:
            raise RefusedByStore(f"an event ({event.what}) of an incident that is not kept: {event.incident_id}")
    rows = [
        {
            "incident_id": event.incident_id,
            "at": event.at,
            "what": event.what,
            "text": event.text,
            "actor": event.actor,
        }
        for event in events
    ]
    if rows:
        connection.execute(insert(incident_events), rows)


def _keep_health(connection: Connection, decision: Decision) -> None:
    rows = [
        {
            "probe": change.probe,
            "region": change.region,
            "at": change.at,
            "health": change.health,
            "reason": change.reason,
        }
        for change in decision.health
    ]
    if rows:
        connection.execute(insert(health_changes), rows)


def _further(upsert: inserts.Insert) -> ColumnElement[bool]:
    return judge.c.watermark < upsert.excluded.watermark


def _keep_watermark(connection: Connection, watermark: int) -> None:
    """It never goes back: an old decision cannot have runs judged a second time."""
    upsert = inserts.replace(connection, judge, judge.c.watermark, only=_further)
    connection.execute(upsert, {"name": JUDGE, "watermark": watermark})


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    incident_id: str
    actor: str
    at: datetime
    notifications: tuple[Notification, ...]


def _acknowledge(connection: Connection, asked: Acknowledgement) -> bool:
    incident = _held_incident(connection, asked.incident_id)
    if incident is None or incident.status is not IncidentStatus.OPEN:
        return False
    _keep_incident(
        connection,
        replace(incident, status=IncidentStatus.ACKNOWLEDGED, acknowledged_at=asked.at, acknowledged_by=asked.actor),
    )
    _keep_events(connection, [IncidentEvent(incident.id, asked.at, "acknowledged", TAKEN_ON, asked.actor)])
    owe(connection, asked.notifications)
    return True


acknowledge = one_by_one(_acknowledge)


def _annotate(connection: Connection, asked: tuple[str, IncidentEvent]) -> bool:
    incident_id, event = asked
    incident = _held_incident(connection, incident_id)
    if incident is None:
        return False
    if event.what == CAUSE:
        _keep_incident(connection, replace(incident, found=event.text))
    _keep_events(connection, [event])
    return True


annotate = one_by_one(_annotate)
