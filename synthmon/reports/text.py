"""A report as plain text, for mail without HTML, terminals and whoever reads with the ears."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model import words
from synthmon.model.incident import Incident
from synthmon.reports import wording
from synthmon.reports.figures.report import ProbeFigures, Report


def render(report: Report) -> str:
    """The report; the same one gives the same text."""
    return "\n".join(words.printable(line, len(line)) for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    subject = wording.subject(report)
    yield f"{report.environment}: {report.period.title}"
    yield f"{subject[:1].upper()}{subject[1:]}."
    yield ""
    yield wording.stretch(report)
    yield wording.completeness(report)
    if report.remark:
        yield report.remark
    for _, heading, probes in wording.groups(report):
        yield ""
        yield f"{heading} ({len(probes)})"
        yield from (f"  {probe.name}: {wording.availability(probe.total, idle=probe.idle)}" for probe in probes)
    yield from _incidents("Incidents", report.incidents, report)
    yield from _incidents("synthmon itself", report.own, report)
    for probe in report.probes:
        yield ""
        yield from _probe(probe)
    yield ""
    yield f"As of {wording.local(report, report.as_of)} {report.period.zone}, configuration {report.configuration}."


def _incidents(heading: str, incidents: tuple[Incident, ...], report: Report) -> Iterator[str]:
    if incidents:
        yield ""
        yield heading
    for incident in incidents:
        regions = f" in {', '.join(incident.regions)}" if incident.regions else ""
        taken = f"; taken on by {incident.acknowledged_by}" if incident.acknowledged_at else ""
        began, lasted = wording.local(report, incident.began_at), wording.incident_length(incident, report)
        yield f"  {began} {wording.headline(incident)}{regions}; lasted {lasted}{taken}"


def _probe(probe: ProbeFigures) -> Iterator[str]:
    total = probe.total
    yield f"{probe.title} ({probe.name})" + (f", {probe.owner}" if probe.owner else "")
    doubt = "" if probe.trusted else " (insufficient data)"
    share = f"{wording.availability(total, idle=probe.idle)}{doubt}"
    yield f"  availability {share}, {words.span(total.bad)} bad of {words.span(total.judged)}"
    yield f"  success ratio {wording.success(total)}, {total.bad_runs} of {total.judged_runs} runs failed"
    yield f"  coverage {wording.coverage(total)}, {total.judged_runs} judged of {total.due} due"
    for figures in probe.objectives:
        aim = f"objective {figures.objective.name} {wording.target(figures.objective.target)}"
        state = f"{wording.objective_state(figures)}, {wording.achieved(figures)}"
        yield f"  {aim}: {state}; error budget: {wording.budget(figures)}"
    states = ", ".join(f"{state.value} {words.span(spent)}" for state, spent in probe.states.items() if spent)
    yield f"  states: {states or 'nothing known'}"
    if probe.maintenance:
        yield f"  {wording.planned(probe)}"
    if len(probe.regions) > 1:
        for region, tally in probe.regions.items():
            yield f"  {region}: availability {wording.availability(tally)}, coverage {wording.coverage(tally)}"
    for step in probe.steps:
        p50, p95 = (words.seconds(step.latency.quantile(fraction)) for fraction in (0.5, 0.95))
        over = f", {step.over_budget} over the budget of {words.seconds(step.budget)}" if step.budget else ""
        yield f"  {step.id or 'journey'}: p50 {p50}, p95 {p95}{over}"
