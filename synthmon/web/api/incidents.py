"""Incidents: the list, one with its timeline and who was told, and what people do about it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from synthmon.model.incident import Delivery, DeliveryStatus, Incident, IncidentStatus, Occasion
from synthmon.model.probe import Severity, Track
from synthmon.model.run import FailureKind, from_millis, to_millis
from synthmon.store.interface import IncidentPlace
from synthmon.web.api.fields import FIRST, LAST, Answer, AskedInstant, Instant, Name, Question, Words
from synthmon.web.api.operation import Call
from synthmon.web.api.paging import Next, Piece, mark, no_mark, place
from synthmon.web.api.problem import Refused
from synthmon.web.findings import noted
from synthmon.web.views import View


class IncidentFilter(Piece):
    """Which incidents are listed, newest first."""

    probe: Name | None = None
    status: Literal["current", "resolved"] | None = Field(default=None, description="`current`: not resolved.")
    start: AskedInstant | None = Field(default=None, description="Those that were not over then.")
    end: AskedInstant | None = Field(default=None, description="Those that had begun before then.")


class CauseDocument(Answer):
    """The run that showed it first."""

    run_id: str
    slot: Instant
    region: str
    step: str | None
    step_name: str | None
    kind: FailureKind | None
    message: str
    expected: str | None
    actual: str | None


class IncidentItem(Answer):
    """From the judgement that opened it to the one that resolved it."""

    id: str
    probe: str = Field(description="For incidents about synthmon itself: a channel, a region or the installation.")
    title: str
    track: Track
    severity: Severity
    status: IncidentStatus
    began_at: Instant = Field(description="The slot of the first bad run.")
    opened_at: Instant
    resolved_at: Instant | None
    resolved_because: str | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    regions: list[str]
    reason: str
    alert: str = Field(description="The alert rule that held.")
    parent: str | None = Field(description="The probe or region whose incident speaks for this one.")
    cause: CauseDocument
    found: str | None = Field(description="The cause as people found it.")
    owner: str | None
    runbook: str | None
    dedup_key: str


class IncidentList(Answer):
    items: list[IncidentItem]
    next: Next


class EventItem(Answer):
    """One line of the timeline."""

    at: Instant
    what: str
    text: str
    actor: str | None


class DeliveryItem(Answer):
    """One message owed to one channel."""

    id: str
    channel: str
    occasion: Occasion
    status: DeliveryStatus
    created_at: Instant
    attempts: int
    sent_at: Instant | None
    next_at: Instant | None
    last_error: str | None


class IncidentAnswer(IncidentItem):
    """An incident with its timeline and its messages."""

    events: list[EventItem]
    deliveries: list[DeliveryItem]


class Acknowledgement(Question):
    actor: Annotated[Name, Field(max_length=80)] | None = Field(default=None, description="Who takes it on.")


class Acknowledged(Answer):
    acknowledged: str = Field(description="The id of the incident.")


class Remark(Question):
    text: Words
    actor: Annotated[Name, Field(max_length=80)] | None = Field(default=None, description="Who says so.")


class Remarked(Answer):
    incident: str
    what: Literal["note", "cause"]
    text: str


def listed(view: View, call: Call) -> IncidentList:
    asked: IncidentFilter = call.query
    found = view.ports.store.incidents(
        probe=asked.probe,
        current=None if asked.status is None else asked.status == "current",
        start=asked.start,
        end=asked.end,
        behind=_place(asked.after),
        limit=asked.limit + 1,
    )
    shown = found[: asked.limit]
    following = _mark(shown[-1]) if len(found) > len(shown) else None
    return IncidentList(items=[IncidentItem(**_fields(one)) for one in shown], next=following)


def one(view: View, call: Call) -> IncidentAnswer:
    found, store = _found(view, call), view.ports.store
    deliveries = sorted(store.deliveries(found.id), key=lambda one: one.notification.created_at)
    return IncidentAnswer(
        **_fields(found),
        events=[EventItem.model_validate(event, from_attributes=True) for event in store.events(found.id)],
        deliveries=[_delivery(delivery) for delivery in deliveries],
    )


def acknowledge(view: View, call: Call) -> Acknowledged:
    found = _found(view, call)
    if not view.ports.acknowledge(found.id, actor(view, call)):
        raise Refused(409, "the incident is not open")
    noted(view, call.request, found.id, "acknowledged")
    return Acknowledged(acknowledged=found.id)


def note(view: View, call: Call) -> Remarked:
    return _remark(view, call, "note")


def cause(view: View, call: Call) -> Remarked:
    return _remark(view, call, "cause")


def _remark(view: View, call: Call, what: Literal["note", "cause"]) -> Remarked:
    found, text = _found(view, call), call.body.text.strip()
    if not view.ports.people.annotate(found.id, what, text, actor(view, call)):
        raise Refused(404, "there is no such incident")
    noted(view, call.request, found.id, "cause_set" if what == "cause" else "noted")
    return Remarked(incident=found.id, what=what, text=text)


def actor(view: View, call: Call) -> str:
    """Whom it is put down to."""
    return view.actor(call.request, call.body.actor or "", "the API")


def _found(view: View, call: Call) -> Incident:
    wanted = call.path["incident"]
    found = view.ports.store.incident(wanted) if "\0" not in wanted else None
    if found is None:
        raise Refused(404, "there is no such incident")
    return found


def _mark(incident: Incident) -> str:
    return mark([to_millis(incident.opened_at), incident.generation, incident.id])


def _place(text: str | None) -> IncidentPlace | None:
    found = place(text, int, int, str)
    if found is None:
        return None
    opened, generation, incident_id = found
    if not to_millis(FIRST) <= opened < to_millis(LAST) or not 0 <= generation < 1 << 31:
        raise no_mark()
    return (from_millis(opened), generation, incident_id)


def _fields(found: Incident) -> dict[str, Any]:
    return {
        "id": found.id,
        "probe": found.probe,
        "title": found.probe_title,
        "track": found.track,
        "severity": found.severity,
        "status": found.status,
        "began_at": found.began_at,
        "opened_at": found.opened_at,
        "resolved_at": found.resolved_at,
        "resolved_because": found.resolved_because,
        "acknowledged_at": found.acknowledged_at,
        "acknowledged_by": found.acknowledged_by,
        "regions": list(found.regions),
        "reason": found.reason,
        "alert": found.alert,
        "parent": found.parent,
        "cause": CauseDocument.model_validate(found.cause, from_attributes=True),
        "found": found.found,
        "owner": found.owner,
        "runbook": found.runbook,
        "dedup_key": found.dedup_key,
    }


def _delivery(delivery: Delivery) -> DeliveryItem:
    told = delivery.notification
    return DeliveryItem(
        id=told.id,
        channel=told.channel,
        occasion=told.occasion,
        status=delivery.status,
        created_at=told.created_at,
        attempts=delivery.attempts,
        sent_at=delivery.sent_at,
        next_at=delivery.next_at,
        last_error=delivery.last_error,
    )
