"""What machines ask about silences and maintenance; the command line uses it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from synthmon import wire
from synthmon.judge.asking import covered, kept_back
from synthmon.language.suggest import did_you_mean
from synthmon.model.quiet import Quiet
from synthmon.web import asking
from synthmon.web.calendar import calendar
from synthmon.web.silences import said_of
from synthmon.web.views import View


def silences(view: View, _request: Request) -> Response:
    """Those in force, coming, and of the last thirty days."""
    known = calendar(view.ports.store, view.ports.windows(), view.ports.now())
    parts = {"in_force": known.in_force, "coming": known.coming, "past": known.past}
    return JSONResponse({name: [wire.quiet_to_json(quiet) for quiet in found] for name, found in parts.items()})


def add(view: View, request: Request) -> Response:
    """201 with what it keeps back, 400 with what is wrong. Takes what `asking` reads, as parameters."""
    try:
        said = request.query_params
        quiet = asking.read({**said, "author": view.actor(request, said.get("author", ""), "")}, view.ports.now())
    except ValueError as error:
        return JSONResponse({"error": str(error)}, 400)
    view.ports.people.ask_for(quiet)
    said_of(view, request, quiet)
    return JSONResponse(_added(view, quiet), 201)


def lift(view: View, request: Request) -> Response:
    """`?actor=NAME` ends it now; 409 when there is none of that id, or it is over."""
    quiet_id = request.path_params["silence"]
    actor = view.actor(request, request.query_params.get("actor", ""), "the command line")
    if not view.ports.people.lift(quiet_id, actor):
        return JSONResponse({"error": "there is no such silence or maintenance, or it is over"}, 409)
    return JSONResponse({"lifted": quiet_id})


def _added(view: View, quiet: Quiet) -> dict[str, Any]:
    probes = view.ports.probes()
    names = [probe.name for probe in covered(quiet, probes.values())]
    known = view.ports.store.incidents(current=True)
    held = kept_back(quiet, known, probes.values(), view.ports.now())
    meant = quiet.covers.probe
    return {
        "quiet": wire.quiet_to_json(quiet),
        "probes": names,
        "did_you_mean": did_you_mean(meant, probes) if meant and not names else None,
        "keeps_back": [
            {"incident": one.id, "probe": one.probe, "reason": one.reason, "told": list(one.told)} for one in held
        ],
    }
