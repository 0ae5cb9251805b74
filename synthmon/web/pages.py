"""The pages for people: status, probe, incidents, signing in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.web.views import View


def run_again(view: View, request: Request) -> Response:
    """Start a manual run, then show the probe."""
    name = request.path_params["probe"]
    region = str(request.state.form.get("region", ""))
    started = view.ports.run_again(name, region)
    if started is None:
        return view.missing(request, f"{name!r} cannot be run in {region!r} here.")
    view.said(request).target = f"{name} in {region}"
    return RedirectResponse(f"/runs/{started}?waiting", 303)


def stylesheet(view: View, _request: Request) -> Response:
    """The reports' style with the pages' own added, so that both look alike."""
    return Response(view.stylesheet(), media_type="text/css", headers={"cache-control": "max-age=300"})
