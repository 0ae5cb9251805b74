"""All probes together, and what is worth a look."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.reports import telling
from synthmon.reports.figures.report import Report


def lines(report: Report) -> Iterator[str]:
    if not report.probes:
        return
    yield ""
    found = report.outages
    told = telling.outages(found, closed=report.closed)
    yield f"{told[:1].upper()}{told[1:]}"
    if found.count:
        yield from (f"  {name}: {figure} ({about})" for name, figure, about in telling.delays(found))
    if (counted := telling.objectives(report)) is not None:
        yield f"Objectives: {counted[0]}, {counted[1]}"


def notable(report: Report) -> Iterator[str]:
    remarks, more = telling.notable(report)
    if remarks:
        yield ""
        yield "Worth a look"
    yield from (f"  {probe.name}: {remark}" for probe, remark in remarks)
    if more:
        yield f"  and {more} more"
