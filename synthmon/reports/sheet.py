"""The runs that a report was counted from as a table (CSV, RFC 4180), so that anybody can count them again.

A row for each scheduled slot that left a trace, by probe, region and slot, from one staleness limit before the period
on, as a run from before may own its first seconds. `good` is 1, 0, or nothing where the target was not judged; a slot
in `maintenance` counts in nothing. A run owns the time until the next row of its probe and region, at most
`owns_at_most` seconds, within the period.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from synthmon.model import words
from synthmon.model.history import MissedSlot, RunRow
from synthmon.model.run import Outcome, RunKind
from synthmon.reports.figures.material import Material, limits_of
from synthmon.reports.figures.period import Period

COLUMNS = (
    "probe",
    "region",
    "slot",
    "local",
    "outcome",
    "good",
    "latency",
    "failed_step",
    "failure_kind",
    "message",
    "flaky",
    "late",
    "suspect",
    "maintenance",
    "owns_at_most",
)
_FORMULAS = ("=", "+", "-", "@")


def render(materials: Iterable[Material], period: Period, until: datetime) -> str:
    """The table, `until` the end of what is known. The same material gives the same bytes."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for material in sorted(materials, key=lambda one: one.name):
        table.writerows([cell(value) for value in row] for row in _rows(material, period, until))
    return out.getvalue()


def _rows(material: Material, period: Period, until: datetime) -> Iterator[Sequence[object]]:
    limits, quiet = limits_of(material), material.planned()
    earliest = period.start - timedelta(seconds=limits.longest)
    traces: list[RunRow | MissedSlot] = [row for row in material.rows if row.kind is RunKind.SCHEDULED]
    traces += material.missed
    for trace in sorted(traces, key=lambda one: (one.region, one.slot)):
        if earliest <= trace.slot < until:
            shared = (int(quiet.holds(trace.slot)), limits.at(trace.slot))
            found = _of_run(trace) if isinstance(trace, RunRow) else _of_missed(trace)
            yield (
                material.name,
                trace.region,
                trace.slot.isoformat(timespec="milliseconds"),
                period.local(trace.slot).isoformat(sep=" ", timespec="seconds"),
                *found,
                *shared,
            )


def _of_run(row: RunRow) -> Sequence[object]:
    good = int(row.outcome.good) if row.outcome.judged else None
    return (
        row.outcome.value,
        good,
        row.latency,
        row.failed_step,
        row.failure_kind,
        row.message,
        int(row.flaky),
        row.late,
        int(row.suspect),
    )


def _of_missed(slot: MissedSlot) -> Sequence[object]:
    return (Outcome.MISSED.value, None, None, None, slot.reason, None, 0, None, 0)


def cell(value: object) -> object:
    """What a spreadsheet takes for a formula is text: a target must not get a say in anybody's table.

    Control characters and those that turn the direction of writing are shown as everywhere; one line stays one line.
    """
    if not isinstance(value, str):
        return value
    shown = words.printable(value, len(value))
    return f"'{shown}" if value.lstrip().startswith(_FORMULAS) or value.startswith(("\t", "\r", "\n")) else shown
