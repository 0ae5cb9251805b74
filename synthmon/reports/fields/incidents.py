"""Incidents about probes, and those about synthmon itself."""

from __future__ import annotations

from typing import Any

from synthmon.model.incident import Incident
from synthmon.reports.fields.instants import instant
from synthmon.reports.figures.report import Report


def fields(report: Report) -> dict[str, Any]:
    return {
        "incidents": [_incident(incident) | _story(report, incident) for incident in report.incidents],
        "own_incidents": [_incident(incident) for incident in report.own],
    }


def _story(report: Report, incident: Incident) -> dict[str, Any]:
    story = report.beside.stories.get(incident.id) if report.beside else None
    if story is None:
        return {}
    return {
        "step": story.step,
        "error": story.error,
        "run": story.run,
        "trace": story.trace,
        "release": story.release,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "probe": incident.probe,
        "track": incident.track,
        "severity": incident.severity.value,
        "reason": incident.reason,
        "regions": list(incident.regions),
        "began_at": instant(incident.began_at),
        "opened_at": instant(incident.opened_at),
        "resolved_at": instant(incident.resolved_at),
        "acknowledged_at": instant(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by,
        "cause": incident.found,
    }
