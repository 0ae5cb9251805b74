"""What other machines look at without the API: health, and metrics."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from synthmon.web.metrics import CONTENT_TYPE
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
