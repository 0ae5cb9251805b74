"""The page of one probe: how it was, how fast, what runs and incidents there were, and what its file says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from synthmon.model.history import RunRow
from synthmon.model.probe import NAMESAKES, Probe
from synthmon.model.run import Outcome
from synthmon.nouns import dataclass
from synthmon.probefile.explain.probe import explain
from synthmon.reports.charts import strip
from synthmon.reports.figures.health import timeline
from synthmon.reports.figures.period import Period
from synthmon.reports.figures.planned import planned
from synthmon.reports.html import words_of
from synthmon.store.interface import Store
from synthmon.web.calendar import quiet_about, quiet_between
from synthmon.web.looks import templates, when_ago
from synthmon.web.overview import health_of
from synthmon.web.views import View

SPANS = {1: "24 hours", 7: "7 days", 30: "30 days"}
SHOWN, READ = 50, 2000  # runs on a page, and at most looked through for them
INCIDENTS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: how far back, and which runs. `before` is where an earlier page of runs begins."""

    days: int = 1
    region: str | None = None
    outcome: Outcome | None = None
    before: datetime | None = None

    def over(self, days: int) -> str:
        """The address of the same over another time."""
        return replace(self, days=days, before=None).query

    def from_(self, before: datetime | None) -> str:
        """The address of the runs before an instant; None: the newest."""
        return replace(self, before=before).query

    @property
    def query(self) -> str:
        pairs = {
            "days": str(self.days) if self.days != 1 else None,
            "region": self.region,
            "outcome": self.outcome.value if self.outcome else None,
            "before": self.before.isoformat() if self.before else None,
        }
        said = urlencode({name: value for name, value in pairs.items() if value})
        return f"?{said}" if said else "?"


@dataclass(frozen=True, slots=True)
class Runs:
    """A page of runs, newest first; `further` is before when the next page looks, None: there is nothing more."""

    rows: list[RunRow]
    further: datetime | None


def asked_for(query: QueryParams, probe: Probe) -> Asked:
    """What makes no sense in the address is left out."""
    days, outcome, region = query.get("days", ""), query.get("outcome", ""), query.get("region", "")
    return Asked(
        days=int(days) if days in map(str, SPANS) else 1,
        region=region if probe.region(region) else None,
        outcome=next((one for one in Outcome if one.value == outcome), None),
        before=_instant(query.get("before", "")),
    )


def _instant(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written.replace(" ", "+"))  # a plus that a hand-written address did not escape
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def runs_of(store: Store, name: str, asked: Asked, start: datetime) -> Runs:
    """Those that are asked for; runs of one slot stay on one page."""
    found = store.run_rows(probe=name, region=asked.region, start=start, end=asked.before, limit=READ)
    like = [row for row in found if asked.outcome in {None, row.outcome}]
    rows = like[:SHOWN]
    while rows and len(rows) < len(like) and like[len(rows)].slot == rows[-1].slot:
        rows.append(like[len(rows)])
    if len(rows) < len(like):
        return Runs(rows, rows[-1].slot)
    return Runs(rows, found[-1].slot if len(found) == READ else None)


def probe(view: View, request: Request) -> Response:
    """How it is, then what it was over the chosen time."""
    name = request.path_params["probe"]
    known = view.ports.probes().get(name)
    if known is None:
        return view.missing(request, f"There is no probe named {name!r}.")
    store, now, asked = view.ports.store, view.ports.now(), asked_for(request.query_params, known)
    period = Period(now - timedelta(days=asked.days), now, UTC)
    changes = [change for change in store.health_changes(period.start, now, name) if change.region is None]
    quiets = quiet_about(known, quiet_between(store, view.ports.windows(), period.start, now))
    about = store.incidents(probe=name, start=period.start, limit=INCIDENTS)
    return view.page(
        request,
        "probe.html",
        probe=known,
        health=health_of(store, {name: known}, now)[name],
        drawing=strip(timeline(changes, period.start, period.end, planned(quiets)), period),
        quiets=[quiet for quiet in quiets if quiet.holds(now)],
        asked=asked,
        spans=SPANS,
        outcomes=[one for one in Outcome if one is not Outcome.MISSED],
        listed=runs_of(store, name, asked, period.start),
        incidents=[one for one in about if one.track not in NAMESAKES],
        figures=_figures(view, name, timedelta(days=asked.days), now),
        explained=explain(known),
    )


def _figures(view: View, name: str, back: timedelta, now: datetime) -> Markup | None:
    """The sections of a report; None before there is anything to count."""
    report = view.ports.report_of(name, back)
    if report is None:
        return None
    given = {**words_of(report), "probe": report.probes[0], "ago": lambda instant: when_ago(instant, now)}
    html = templates().get_template("probe_figures.html").render(given)
    return Markup(html)  # noqa: S704 - a template's, which escaped what it was given
