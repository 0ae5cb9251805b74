"""Incidents about probes, and below them those about synthmon itself."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model.incident import Incident
from synthmon.reports import beside_words, wording
from synthmon.reports.figures.report import Report


def lines(report: Report) -> Iterator[str]:
    yield from _listed("Incidents", report.incidents, report)
    yield from _listed("synthmon itself", report.own, report)


def _listed(heading: str, incidents: tuple[Incident, ...], report: Report) -> Iterator[str]:
    if incidents:
        yield ""
        yield heading
    for incident in incidents:
        regions = f" in {', '.join(incident.regions)}" if incident.regions else ""
        taken = f"; taken on by {incident.acknowledged_by}" if incident.acknowledged_at else ""
        began, lasted = wording.local(report, incident.began_at), wording.incident_length(incident, report)
        yield f"  {began} {wording.headline(incident)}{regions}; lasted {lasted}{taken}"
        story = beside_words.story_of(report, incident)
        if story is not None and (said := beside_words.story(story, incident.reason)):
            yield f"    {said}"
