"""Gathers what a post-mortem tells of an incident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.judge.windows import Window
from synthmon.model.history import RunRow
from synthmon.model.incident import Incident
from synthmon.model.probe import Probe
from synthmon.reports.figures.counting import Stretch, Tally, staleness, tally
from synthmon.reports.figures.planned import Planned, planned
from synthmon.reports.postmortem import Case
from synthmon.store.interface import Store
from synthmon.web.calendar import quiet_about, quiet_between

_INSTANT = timedelta(milliseconds=1)
RUNS_READ = 5000


def gather(
    store: Store, incident: Incident, probe: Probe | None, windows: Iterable[Window], link_base: str | None
) -> Case:
    """The whole case. `probe` is None when it is not declared any more."""
    rows = store.run_rows(
        probe=incident.probe, start=incident.began_at, end=incident.resolved_at, limit=RUNS_READ, newest_first=False
    )
    ends = incident.resolved_at or max((row.slot for row in rows), default=incident.began_at)
    afterwards = incident.resolved_at and store.run_rows(
        probe=incident.probe, start=incident.resolved_at, limit=1, newest_first=False
    )
    good = [run for run in (*rows, *(afterwards or ())) if run.outcome.good and run.slot > incident.cause.slot]
    return Case(
        incident=incident,
        events=store.events(incident.id),
        deliveries=sorted(store.deliveries(incident.id), key=lambda one: one.notification.created_at),
        runs=rows,
        before=store.last_good_run(incident.probe, before=incident.began_at),
        after=good[0] if good and incident.resolved_at else None,
        lost=_lost(store, incident, rows, ends, _planned(store, probe, windows, (incident.began_at, ends))),
        objectives=probe.objectives if probe else (),
        children=children(store, incident),
        link_base=link_base,
    )


def children(store: Store, incident: Incident) -> Sequence[Incident]:
    """Incidents of probes that depend on this one's, which it explains; the first to begin comes first."""
    found = store.incidents(start=incident.began_at, end=incident.resolved_at)
    return [other for other in reversed(found) if other.parent == incident.probe and other.id != incident.id]


def _planned(
    store: Store, probe: Probe | None, windows: Iterable[Window], stretch: tuple[datetime, datetime]
) -> Planned:
    return planned(quiet_about(probe, quiet_between(store, windows, *stretch)) if probe else ())


def _lost(
    store: Store, incident: Incident, rows: Sequence[RunRow], ends: datetime, quiet: Planned
) -> Mapping[str, Tally]:
    """What the runs of that time owned of it, by region."""
    versions = [one for one in store.versions(incident.began_at, ends + _INSTANT) if one.probe == incident.probe]
    limit = max((staleness(one.interval, one.timeout) for one in versions), default=0.0)
    stretch = Stretch(incident.began_at, ends, limit, planned=quiet)
    regions = sorted({row.region for row in rows})
    return {region: tally([row for row in rows if row.region == region], (), 0, stretch) for region in regions}
