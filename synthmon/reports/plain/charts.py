"""What the drawings of a probe show, a line each."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.reports.drawn import drawings
from synthmon.reports.figures.report import ProbeFigures, Report


def lines(probe: ProbeFigures, report: Report) -> Iterator[str]:
    shown = drawings(report, probe)
    for name, drawing in (
        ("latency over the period", shown.latency),
        ("regions over the period", shown.heat),
        ("thirty days", shown.month),
        ("where the time goes", shown.phases),
    ):
        if drawing is not None:
            yield f"  {name}: {drawing.summary}"
