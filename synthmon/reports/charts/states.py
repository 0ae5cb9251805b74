"""The strip: the states of a probe along the period, with what was released and when it was in maintenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from synthmon.model import words
from synthmon.model.incident import Health
from synthmon.reports.charts.axis import WHOLE, Tick, along, ticks
from synthmon.reports.figures.health import MAINTENANCE, Span
from synthmon.reports.figures.period import Period

LEAST = 0.2  # per cent: an outage of seconds is seen too
MARKED = 12  # releases that are named below a strip


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of one state, in per cent; `label` is what a pointer or a screen reader says."""

    x: float
    width: float
    state: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an instant: a release."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    summary: str
    marks: tuple[Mark, ...] = ()


def strip(spans: tuple[Span, ...], period: Period, releases: Iterable[tuple[datetime, str]] = ()) -> Strip:
    """The states of a probe along the period; what is not known yet stays empty. `releases` are instants and names."""
    bars = tuple(_bar(span, period) for span in spans)
    marks = tuple(
        Mark(along(at, period), f"{period.local(at):{_form(period)}}: {name}")
        for at, name in sorted(releases)
        if period.start <= at < period.end
    )
    named = "; ".join(mark.label for mark in marks[:MARKED])
    more = f" and {len(marks) - MARKED} more" if len(marks) > MARKED else ""
    return Strip(bars, ticks(period), _summary(spans) + (f". Released: {named}{more}" if marks else ""), marks)


def _form(period: Period) -> str:
    return "%H:%M:%S" if period.seconds < 2 * 86_400 else "%-d %b %H:%M:%S"


def _bar(span: Span, period: Period) -> Bar:
    x = along(span.start, period)
    width = max(LEAST, WHOLE * span.seconds / period.seconds)
    form = _form(period)
    label = (
        f"{period.local(span.start):{form}} to {period.local(span.end):{form}}: {span.state}"
        f" for {words.span(span.seconds)}" + (f" – {span.reason}" if span.reason else "")
    )
    return Bar(round(min(x, WHOLE - LEAST), 3), round(min(width, max(LEAST, WHOLE - x)), 3), span.state, label)


def _summary(spans: tuple[Span, ...]) -> str:
    states = (*(health.value for health in Health), MAINTENANCE)
    totals = {state: sum(span.seconds for span in spans if span.state == state) for state in states}
    said = [f"{state} {words.span(total)}" for state, total in totals.items() if total]
    return ", ".join(said) or "nothing known yet"
