"""The probes by how they stand, each list worst first."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.reports import wording
from synthmon.reports.figures.report import Report


def lines(report: Report) -> Iterator[str]:
    for _, heading, probes in wording.groups(report):
        yield ""
        yield f"{heading} ({len(probes)})"
        yield from (f"  {probe.name}: {wording.availability(probe.total, idle=probe.idle)}" for probe in probes)
