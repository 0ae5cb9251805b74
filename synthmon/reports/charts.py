"""Drawings as numbers for the templates: positions and widths, text alternatives, no colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from synthmon.model import words
from synthmon.model.incident import Health
from synthmon.reports.figures.health import MAINTENANCE, Span
from synthmon.reports.figures.period import Period

WHOLE = 100.0  # positions and widths are per cent of the drawing, so that it fits a desk and a telephone
LEAST = 0.2  # an outage of seconds is seen too
EVERY = timedelta(hours=3)  # between the ticks of a day
_WEEKS = frozenset({1, 8, 15, 22, 29})  # days of a month that have a tick


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of one state, in per cent; `label` is what a pointer or a screen reader says."""

    x: float
    width: float
    state: str
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float  # per cent
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    summary: str


def strip(spans: tuple[Span, ...], period: Period) -> Strip:
    """The states of a probe along the period; what is not known yet stays empty."""
    bars = tuple(_bar(span, period) for span in spans)
    return Strip(bars, _ticks(period), _summary(spans))


def _bar(span: Span, period: Period) -> Bar:
    x = _x((span.start - period.start).total_seconds(), period)
    width = max(LEAST, _x(span.seconds, period))
    form = "%H:%M:%S" if period.seconds < 2 * 86_400 else "%-d %b %H:%M:%S"
    label = (
        f"{period.local(span.start):{form}} to {period.local(span.end):{form}}: {span.state}"
        f" for {words.span(span.seconds)}" + (f" – {span.reason}" if span.reason else "")
    )
    return Bar(round(min(x, WHOLE - LEAST), 3), round(min(width, max(LEAST, WHOLE - x)), 3), span.state, label)


def _x(seconds: float, period: Period) -> float:
    return WHOLE * seconds / period.seconds


@lru_cache(maxsize=8)
def _ticks(period: Period) -> tuple[Tick, ...]:
    """Of a day full local hours that are multiples of three, of more the beginnings of days, not evenly spread where
    clocks change.
    """
    quarter = timedelta(minutes=15)  # some zones lie so far off the full hour
    start = period.start.replace(minute=period.start.minute // 15 * 15, second=0, microsecond=0)
    instants = [start + index * quarter for index in range(int(period.seconds // 900) + 2)]
    return tuple(
        Tick(round(_x((at - period.start).total_seconds(), period), 3), _label(period, at))
        for at in instants
        if period.start <= at <= period.end and _has_tick(period, period.local(at))
    )


def _has_tick(period: Period, local: datetime) -> bool:
    days = period.seconds / 86_400
    if days < 2:
        return timedelta(hours=local.hour, minutes=local.minute) % EVERY == timedelta()
    if local.hour or local.minute:
        return False
    return days <= 10 or (local.day in _WEEKS if days <= 100 else local.day == 1)


def _label(period: Period, at: datetime) -> str:
    local = period.local(at)
    if period.seconds < 2 * 86_400:
        return f"{local:%H:%M}"
    return f"{local:%-d %b}" if period.seconds <= 100 * 86_400 else f"{local:%b %Y}"


def _summary(spans: tuple[Span, ...]) -> str:
    states = (*(health.value for health in Health), MAINTENANCE)
    totals = {state: sum(span.seconds for span in spans if span.state == state) for state in states}
    said = [f"{state} {words.span(total)}" for state, total in totals.items() if total]
    return ", ".join(said) or "nothing known yet"
