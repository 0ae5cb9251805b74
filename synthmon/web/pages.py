"""The pages for people: status, probe, run, incidents, reports, signing in."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta

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
_REPORT_NAME = re.compile(r"(?P<kind>[a-z]+)-(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\.html")


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


def reports(view: View, request: Request) -> Response:
    """The archive, newest first."""
    folder = view.ports.reports
    names = sorted((path.name for path in folder.glob("*.html")), reverse=True) if folder.is_dir() else []
    return view.page(request, "reports.html", archive=[entry for name in names if (entry := _entry(name))])


def _entry(name: str) -> tuple[str, str, str] | None:
    """File name, kind and day of a report; None for a file that is none."""
    found = _REPORT_NAME.fullmatch(name)
    try:
        return (name, found["kind"], f"{date.fromisoformat(found['day']):%A, %-d %B %Y}") if found else None
    except ValueError:
        return None


def report(view: View, request: Request) -> Response:
    """A report as it was written; its own policy allows its own style only."""
    name = request.path_params["name"]
    path = view.ports.reports / name
    if not _REPORT_NAME.fullmatch(name) or not path.is_file():
        return view.missing(request, "There is no such report.")
    html = path.read_text("utf-8")
    found = re.search(r"style-src '(sha256-[A-Za-z0-9+/=]+)'", html)
    style = f"'{found[1]}'" if found else "'none'"
    policy = f"default-src 'none'; style-src {style}; frame-ancestors 'none'"
    return Response(html, media_type="text/html", headers={"content-security-policy": policy})


def stylesheet(view: View, _request: Request) -> Response:
    """The reports' style with the pages' own added, so that both look alike."""
    return Response(view.stylesheet(), media_type="text/css", headers={"cache-control": "max-age=300"})
