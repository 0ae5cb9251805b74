"""A report as plain text, for mail without HTML, terminals and whoever reads with the ears."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from synthmon.model import words
from synthmon.reports import wording
from synthmon.reports.figures.report import ProbeFigures, Report
from synthmon.reports.plain import beside, beyond, charts, incidents, lists, probe, summary

ALL, WORST = 100, 50  # of so many probes each is told of one by one, of more so many

# In the order in which they are read: a new section or part is a file in `plain` and a line here.
_SECTIONS: tuple[Callable[[Report], Iterator[str]], ...] = (
    summary.lines,
    lists.lines,
    summary.notable,
    incidents.lines,
    beside.notices,
    beside.expiring,
    beside.maintenance,
    beside.hygiene,
    beside.watching,
)
_OF_PROBE: tuple[Callable[[ProbeFigures, Report], Iterator[str]], ...] = (
    probe.figures,
    probe.objectives,
    probe.states,
    charts.lines,
    beyond.outages,
    beyond.notes,
    beyond.regions,
    beyond.compared,
    probe.latency,
    beyond.failing,
    beyond.phases,
    beyond.releases,
)


def render(report: Report) -> str:
    """The report; the same one gives the same text."""
    return "\n".join(words.printable(line, len(line)) for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from _head(report)
    for section in _SECTIONS:
        yield from section(report)
    told = _told(report)
    for one in told:
        yield ""
        yield f"{one.title} ({one.name})" + (f", {one.owner}" if one.owner else "")
        for part in _OF_PROBE:
            yield from part(one, report)
    if len(told) < len(report.probes):
        yield ""
        yield f"{len(report.probes) - len(told)} probes that are better off are left out here; the JSON has all."
    yield ""
    yield f"As of {wording.local(report, report.as_of)} {report.period.zone}, configuration {report.configuration}."


def _told(report: Report) -> tuple[ProbeFigures, ...]:
    """The probes that are told of one by one: all, or of very many the worst."""
    return report.probes if len(report.probes) <= ALL else report.probes[:WORST]


def _head(report: Report) -> Iterator[str]:
    subject = wording.subject(report)
    yield f"{report.environment}: {report.period.title}" + (f", {report.about}" if report.about else "")
    yield f"{subject[:1].upper()}{subject[1:]}."
    yield ""
    yield wording.stretch(report)
    yield wording.completeness(report)
    if report.remark:
        yield report.remark
