"""What machines ask for: health, metrics, and the JSON that the command line uses."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from synthmon import wire
from synthmon.model.incident import Incident
from synthmon.web.metrics import CONTENT_TYPE
from synthmon.web.overview import ProbeLine, overview
from synthmon.web.ports import Leader
from synthmon.web.views import View


def healthz(view: View, request: Request) -> Response:
    """200 while every loop of the daemon lives, 503 otherwise; to whom may look, with the troubles."""
    pulse = view.ports.pulse()
    if view.caller(request).role is None:
        return JSONResponse({"status": "troubled" if pulse.troubles else "well"}, 503 if pulse.troubles else 200)
    body = {
        "status": "troubled" if pulse.troubles else "well",
        "troubles": list(pulse.troubles),
        "version": pulse.version,
        "leader": _leader(pulse.leader),
    }
    return JSONResponse(body, 503 if pulse.troubles else 200)


def _leader(leader: Leader | None) -> dict[str, Any] | None:
    """Who judges; `itself`: the process that answers."""
    if leader is None:
        return None
    term = leader.term
    return {
        "instance": term.instance,
        "epoch": term.epoch,
        "since": term.since.isoformat(),
        "itself": leader.itself,
    }


def metrics(view: View, _request: Request) -> Response:
    return Response(view.metrics.render(), media_type=CONTENT_TYPE)


def status(view: View, _request: Request) -> Response:
    """Every probe with its health and regions."""
    ports = view.ports
    lines = overview(ports.store, ports.probes(), ports.now(), ports.windows())
    return JSONResponse(
        {
            "environment": view.ports.environment,
            "probes": [_line(line) for line in lines],
            "configuration_problems": list(view.ports.config_problems()),
        }
    )


def run(view: View, request: Request) -> Response:
    result = view.ports.store.run(request.path_params["run"])
    if result is None:
        return view.missing(request, "there is no such run")
    return JSONResponse(wire.to_json(result))


def run_again(view: View, request: Request) -> Response:
    """`?probe=NAME&region=NAME` starts a manual run."""
    wanted = request.query_params
    started = view.ports.run_again(wanted.get("probe", ""), wanted.get("region", ""))
    if started is None:
        return view.missing(request, "there is no such probe in that region")
    return JSONResponse({"run": started}, 202)


def incidents(view: View, _request: Request) -> Response:
    found = view.ports.store.incidents(limit=100)
    return JSONResponse({"incidents": [_incident(incident) for incident in found]})


def acknowledge(view: View, request: Request) -> Response:
    """`?actor=NAME` acknowledges; 409 when the incident is not open."""
    incident_id = request.path_params["incident"]
    if view.ports.store.incident(incident_id) is None:
        return view.missing(request, "there is no such incident")
    actor = view.actor(request, request.query_params.get("actor", ""), "the command line")
    if not view.ports.acknowledge(incident_id, actor):
        return JSONResponse({"error": "the incident is not open"}, 409)
    return JSONResponse({"acknowledged": incident_id})


def _line(line: ProbeLine) -> dict[str, Any]:
    return {
        "name": line.probe.name,
        "title": line.probe.title,
        "health": line.health.health.value,
        "since": line.health.at.isoformat(),
        "reason": line.health.reason,
        "regions": {cell.region: {"state": cell.phase.value, "last_run": cell.last_run_id} for cell in line.cells},
        "incidents": [incident.id for incident in line.incidents],
        "quiet": [f"{quiet.kind} until {quiet.ends_at.isoformat()}" for quiet in line.quiets],
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "probe": incident.probe,
        "track": incident.track.value,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "began_at": incident.began_at.isoformat(),
        "opened_at": incident.opened_at.isoformat(),
        "resolved_at": incident.resolved_at.isoformat() if incident.resolved_at else None,
        "acknowledged_by": incident.acknowledged_by,
        "regions": list(incident.regions),
        "step": incident.cause.step,
        "reason": incident.reason,
    }
