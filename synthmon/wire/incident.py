"""Incidents and what is owed about them, as JSON and back."""

from __future__ import annotations

from synthmon.model.incident import (
    Incident,
    IncidentStatus,
    Message,
    Notification,
    Occasion,
    RunNote,
)
from synthmon.model.probe import Severity, Track
from synthmon.model.run import FailureKind, Json
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json, seconds_to_json
from synthmon.wire.run import FORMAT, check_format


def incident_to_json(incident: Incident) -> dict[str, Json]:
    """The whole incident; `id` and `dedup_key` follow from the other fields and are not read back."""
    return {
        "format": FORMAT,
        "id": incident.id,
        "dedup_key": incident.dedup_key,
        "environment": incident.environment,
        "probe": incident.probe,
        "probe_title": incident.probe_title,
        "track": incident.track.value,
        "generation": incident.generation,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "opened_at": instant_to_json(incident.opened_at),
        "began_at": instant_to_json(incident.began_at),
        "acknowledged_at": maybe_instant_to_json(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by,
        "resolved_at": maybe_instant_to_json(incident.resolved_at),
        "resolved_because": incident.resolved_because,
        "regions": list(incident.regions),
        "reason": incident.reason,
        "cause": note_to_json(incident.cause),
        "alert": incident.alert,
        "channels": list(incident.channels),
        "owner": incident.owner,
        "runbook": incident.runbook,
        "told": list(incident.told),
        "told_at": maybe_instant_to_json(incident.told_at),
        "withheld": incident.withheld,
        "reminded": incident.reminded,
        "escalated": list(incident.escalated),
        "acknowledgement_ended_at": maybe_instant_to_json(incident.acknowledgement_ended_at),
        "turns": [instant_to_json(turn) for turn in incident.turns],
        "held_since": maybe_instant_to_json(incident.held_since),
        "held": incident.held,
        "changed_at": maybe_instant_to_json(incident.changed_at),
        "parent": incident.parent,
        "found": incident.found,
    }


def incident_from_json(data: Json) -> Incident:
    """The incident again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    return Incident(
        environment=fields.text("environment"),
        probe=fields.text("probe"),
        probe_title=fields.text("probe_title"),
        track=fields.word("track", Track),
        generation=fields.whole("generation"),
        severity=fields.word("severity", Severity),
        opened_at=fields.instant("opened_at"),
        began_at=fields.instant("began_at"),
        regions=fields.texts("regions"),
        reason=fields.text("reason"),
        cause=note_from_json(fields.part("cause")),
        channels=fields.texts("channels"),
        alert=fields.text("alert"),
        status=fields.word("status", IncidentStatus),
        acknowledged_at=fields.maybe_instant("acknowledged_at"),
        acknowledged_by=fields.maybe_text("acknowledged_by"),
        resolved_at=fields.maybe_instant("resolved_at"),
        resolved_because=fields.maybe_text("resolved_because"),
        owner=fields.maybe_text("owner"),
        runbook=fields.maybe_text("runbook"),
        told=fields.texts("told"),
        told_at=fields.maybe_instant("told_at"),
        withheld=fields.maybe_text("withheld"),
        reminded=fields.whole("reminded", default=0),
        escalated=fields.texts("escalated"),
        acknowledgement_ended_at=fields.maybe_instant("acknowledgement_ended_at"),
        turns=fields.instants("turns"),
        held_since=fields.maybe_instant("held_since"),
        held=fields.maybe_text("held"),
        changed_at=fields.maybe_instant("changed_at"),
        parent=fields.maybe_text("parent"),
        found=fields.maybe_text("found"),
    )


def note_to_json(note: RunNote) -> Json:
    """The little of a run that is kept with a belief or an incident."""
    return {
        "run": note.run_id,
        "slot": instant_to_json(note.slot),
        "region": note.region,
        "step": note.step,
        "step_name": note.step_name,
        "kind": note.kind.value if note.kind else None,
        "message": note.message,
        "expected": note.expected,
        "actual": note.actual,
        "phases": {name: seconds_to_json(value) for name, value in note.phases.items()},
        "condition": note.condition,
    }


def note_from_json(fields: Fields) -> RunNote:
    """The note again; raises `MalformedDocument`."""
    phases = fields.maybe_part("phases")
    return RunNote(
        run_id=fields.text("run"),
        slot=fields.instant("slot"),
        region=fields.text("region"),
        step=fields.maybe_text("step"),
        step_name=fields.maybe_text("step_name"),
        kind=fields.maybe_word("kind", FailureKind),
        message=fields.text("message", default=""),
        expected=fields.maybe_text("expected"),
        actual=fields.maybe_text("actual"),
        phases={name: phases.number(name) for name in phases.names()} if phases else {},
        condition=fields.maybe_text("condition"),
    )


def message_to_json(message: Message) -> dict[str, Json]:
    """All that a channel needs to tell a person."""
    return {
        "format": FORMAT,
        "title": message.title,
        "summary": message.summary,
        "environment": message.environment,
        "probe": message.probe,
        "probe_title": message.probe_title,
        "track": message.track.value,
        "severity": message.severity.value,
        "occasion": message.occasion.value,
        "incident": message.incident_id,
        "began_at": instant_to_json(message.began_at),
        "decided_at": instant_to_json(message.decided_at),
        "resolved_at": maybe_instant_to_json(message.resolved_at),
        "last_good_at": maybe_instant_to_json(message.last_good_at),
        "regions": list(message.regions),
        "basis": message.basis,
        "step": message.step,
        "step_name": message.step_name,
        "cause_kind": message.cause_kind,
        "cause": message.cause,
        "expected": message.expected,
        "actual": message.actual,
        "phases": {name: seconds_to_json(value) for name, value in message.phases.items()},
        "owner": message.owner,
        "runbook": message.runbook,
        "link": message.link,
    }


def message_from_json(data: Json) -> Message:
    """The message again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    return _read_message(fields)


def _read_message(fields: Fields) -> Message:
    phases = fields.maybe_part("phases")
    return Message(
        title=fields.text("title"),
        summary=fields.text("summary"),
        probe=fields.text("probe"),
        probe_title=fields.text("probe_title"),
        environment=fields.text("environment"),
        track=fields.word("track", Track),
        severity=fields.word("severity", Severity),
        occasion=fields.word("occasion", Occasion),
        began_at=fields.instant("began_at"),
        decided_at=fields.instant("decided_at"),
        regions=fields.texts("regions"),
        basis=fields.text("basis"),
        incident_id=fields.text("incident"),
        step=fields.maybe_text("step"),
        step_name=fields.maybe_text("step_name"),
        cause_kind=fields.maybe_text("cause_kind"),
        cause=fields.maybe_text("cause"),
        expected=fields.maybe_text("expected"),
        actual=fields.maybe_text("actual"),
        phases={name: phases.number(name) for name in phases.names()} if phases else {},
        last_good_at=fields.maybe_instant("last_good_at"),
        resolved_at=fields.maybe_instant("resolved_at"),
        owner=fields.maybe_text("owner"),
        runbook=fields.maybe_text("runbook"),
        link=fields.maybe_text("link"),
    )


def notification_to_json(notification: Notification) -> dict[str, Json]:
    """What is owed to one channel; `id` follows from the other fields and is not read back."""
    return {
        "format": FORMAT,
        "id": notification.id,
        "incident": notification.incident_id,
        "generation": notification.generation,
        "occasion": notification.occasion.value,
        "level": notification.level,
        "channel": notification.channel,
        "sequence": notification.sequence,
        "dedup_key": notification.dedup_key,
        "created_at": instant_to_json(notification.created_at),
        "message": message_to_json(notification.message),
    }


def notification_from_json(data: Json) -> Notification:
    """The notification again; raises `MalformedDocument`."""
    fields = Fields(data)
    check_format(fields)
    return Notification(
        incident_id=fields.text("incident"),
        generation=fields.whole("generation"),
        occasion=fields.word("occasion", Occasion),
        channel=fields.text("channel"),
        dedup_key=fields.text("dedup_key"),
        created_at=fields.instant("created_at"),
        message=_read_message(fields.part("message")),
        level=fields.whole("level", default=0),
        sequence=fields.whole("sequence", default=0),
    )
