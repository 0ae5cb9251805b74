"""Figures of any period for programs: what the API hands out is the JSON document of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from synthmon.app import clock
from synthmon.app.reporting import Chosen, ReportDesk
from synthmon.model.probe import Probe
from synthmon.reports import document
from synthmon.reports.figures.period import Period, PeriodKind
from synthmon.web import ports


def figures_of(
    desk: ReportDesk, probes: Callable[[], Mapping[str, Probe]], now: Callable[[], datetime] = clock.now
) -> Callable[[datetime, datetime, ports.Chosen], dict[str, Any]]:
    """Counts the period as of now, with its days cut where the reports' are."""

    def figures(start: datetime, end: datetime, asked: ports.Chosen) -> dict[str, Any]:
        period = Period(start, end, desk.zone, PeriodKind.RANGE)
        chosen = Chosen(frozenset(asked.names), frozenset(asked.tags), frozenset(asked.owners))
        report = desk.of(period, now(), probes(), None if chosen == Chosen() else chosen)
        return document.to_json(report)

    return figures
