"""The figures of one probe for its page, counted as for a report and kept for a while, since many look at the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from time import monotonic

from synthmon.app.reporting import Chosen, ReportDesk
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass
from synthmon.reports.figures.period import Period, PeriodKind
from synthmon.reports.figures.report import Report

KEPT = 64  # reports
SHORTEST, TIMES = 10.0, 30  # seconds a report is kept at least; and how many times as long as counting it took


@dataclass(slots=True)
class _Slot:
    """One report, and the turn of whoever counts it."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    report: Report | None = None
    until: float = float("-inf")


class ProbeFiguresDesk:
    """Thread-safe. `of` counts the same probe and time once, however many ask."""

    def __init__(
        self, desk: ReportDesk, probes: Callable[[], Mapping[str, Probe]], now: Callable[[], datetime]
    ) -> None:
        self._desk, self._probes, self._now = desk, probes, now
        self._slots: dict[tuple[str, timedelta], _Slot] = {}
        self._lock = threading.Lock()

    def of(self, name: str, back: timedelta) -> Report | None:
        """The report of that long until now, which may be a little while ago; None: the probe was not declared then."""
        slot = self._slot(name, back)
        with slot.turn:
            began = monotonic()
            if began >= slot.until:
                slot.report = self._count(name, back)
                slot.until = monotonic() + max(SHORTEST, TIMES * (monotonic() - began))
            return slot.report

    def _slot(self, name: str, back: timedelta) -> _Slot:
        with self._lock:
            slot = self._slots.pop((name, back), None) or _Slot()
            self._slots[name, back] = slot  # the one that was asked for last is the last to go
            while len(self._slots) > KEPT:
                del self._slots[next(iter(self._slots))]
            return slot

    def _count(self, name: str, back: timedelta) -> Report | None:
        now = self._now()
        period = Period(now - back, now, self._desk.zone, PeriodKind.RANGE)
        report = self._desk.of(period, now, self._probes(), Chosen(frozenset({name})))
        return report if report.probes else None
