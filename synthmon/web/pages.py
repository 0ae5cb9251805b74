"""The pages for people: status, probe, incidents, signing in."""

from __future__ import annotations

from datetime import UTC, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.model.probe import NAMESAKES
from synthmon.probefile.explain.probe import explain
from synthmon.reports.charts import strip
from synthmon.reports.figures.health import timeline
from synthmon.reports.figures.latency import step_figures
from synthmon.reports.figures.period import Period
from synthmon.reports.figures.planned import planned
from synthmon.web.calendar import quiet_about, quiet_between
from synthmon.web.overview import health_of
from synthmon.web.views import View

RUNS_SHOWN = 50
RUNS_COUNTED = 500  # for the latencies on a probe's page


def probe(view: View, request: Request) -> Response:
    """One probe: 24 hours, latencies against budgets, runs, incidents, its file."""
    name = request.path_params["probe"]
    known = view.ports.probes().get(name)
    if known is None:
        return view.missing(request, f"There is no probe named {name!r}.")
    store, now = view.ports.store, view.ports.now()
    day = Period(now - timedelta(hours=24), now, UTC)
    changes = [change for change in store.health_changes(day.start, now, name) if change.region is None]
    rows = store.run_rows(probe=name, limit=RUNS_SHOWN)
    quiets = quiet_about(known, quiet_between(store, view.ports.windows(), day.start, now))
    recent = store.runs(rows[-1].slot, now, name) if rows else iter(())
    return view.page(
        request,
        "probe.html",
        probe=known,
        health=health_of(store, {name: known}, now)[name],
        drawing=strip(timeline(changes, day.start, day.end, planned(quiets)), day),
        quiets=[quiet for quiet in quiets if quiet.holds(now)],
        steps=list(step_figures(recent).values()),
        rows=rows,
        incidents=[one for one in store.incidents(probe=name, limit=20) if one.track not in NAMESAKES],
        started=request.query_params.get("started"),
        explained=explain(known),
    )


def run_again(view: View, request: Request) -> Response:
    """Start a manual run, then show the probe."""
    name = request.path_params["probe"]
    region = str(request.state.form.get("region", ""))
    started = view.ports.run_again(name, region)
    if started is None:
        return view.missing(request, f"{name!r} cannot be run in {region!r} here.")
    return RedirectResponse(f"/runs/{started}?waiting", 303)


def stylesheet(view: View, _request: Request) -> Response:
    """The reports' style with the pages' own added, so that both look alike."""
    return Response(view.stylesheet(), media_type="text/css", headers={"cache-control": "max-age=300"})
