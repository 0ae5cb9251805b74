"""How the error budgets stand, counted a few at a time: a scrape reads what was counted last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.app.reporting import Chosen, ReportDesk
from synthmon.model.probe import Probe
from synthmon.reports.figures.budget import ObjectiveFigures
from synthmon.reports.figures.period import Period, PeriodKind
from synthmon.web.ports import Budget

AT_MOST = 0.5  # seconds of a turn; with many objectives the figures are a few minutes old
_PERIOD = timedelta(hours=1)  # any: an objective is counted over its own window, which ends with it


class Budgets:
    """`turn` counts the probes whose figures are oldest; `all` gives what is known. Thread-safe."""

    def __init__(
        self, desk: ReportDesk, probes: Callable[[], Mapping[str, Probe]], now: Callable[[], datetime]
    ) -> None:
        self._desk, self._probes, self._now = desk, probes, now
        self._known: dict[str, tuple[datetime, tuple[Budget, ...]]] = {}
        self._lock = threading.Lock()

    def all(self) -> Sequence[Budget]:
        """Of every objective that is declared and was counted."""
        declared = {(probe.name, one.name) for probe in self._probes().values() for one in probe.objectives}
        with self._lock:
            found = [budget for _, budgets in self._known.values() for budget in budgets]
        return [budget for budget in found if (budget.probe, budget.objective) in declared]

    def turn(self) -> None:
        """Count as many as there is time for; raises `StoreError`."""
        began = time.monotonic()
        with self._lock:
            counted = {name: at for name, (at, _) in self._known.items()}
        due = [probe for probe in self._probes().values() if probe.objectives]
        for probe in sorted(due, key=lambda one: (one.name in counted, counted.get(one.name))):
            now = self._now()
            made = self._count(probe, now)
            with self._lock:
                self._known[probe.name] = (now, made)
            if time.monotonic() - began > AT_MOST:
                break
        with self._lock:
            self._known = {name: known for name, known in self._known.items() if name in self._probes()}

    def _count(self, probe: Probe, now: datetime) -> tuple[Budget, ...]:
        period = Period(now - _PERIOD, now, self._desk.zone, PeriodKind.RANGE)
        report = self._desk.figures(period, now, {probe.name: probe}, Chosen(frozenset({probe.name})))
        return tuple(_budget(probe, one, now) for found in report.probes for one in found.objectives)


def _budget(probe: Probe, one: ObjectiveFigures, now: datetime) -> Budget:
    left = one.left / one.allowed if one.achieved is not None and one.allowed else None
    return Budget(probe.name, one.objective.name, one.objective.target, one.achieved, left, now)
