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
    label = (
        f"{period.local(span.start):%H:%M:%S} to {period.local(span.end):%H:%M:%S}: {span.state}"
        f" for {words.span(span.seconds)}" + (f" – {span.reason}" if span.reason else "")
    )
    return Bar(round(min(x, WHOLE - LEAST), 3), round(min(width, max(LEAST, WHOLE - x)), 3), span.state, label)


def _x(seconds: float, period: Period) -> float:
    return WHOLE * seconds / period.seconds


@lru_cache(maxsize=8)
def _ticks(period: Period) -> tuple[Tick, ...]:
    """Full local hours that are multiples of three; on a day when clocks change they are not evenly spread."""
    quarter = timedelta(minutes=15)  # some zones lie so far off the full hour
    start = period.start.replace(minute=period.start.minute // 15 * 15, second=0, microsecond=0)
    instants = [start + index * quarter for index in range(int(period.seconds // 900) + 2)]
    step = EVERY if period.seconds <= 26 * 3600 else timedelta(days=1)
    return tuple(
        Tick(round(_x((at - period.start).total_seconds(), period), 3), _label(period, at, step))
        for at in instants
        if period.start <= at <= period.end and _full(period.local(at), step)
    )


def _full(local: datetime, step: timedelta) -> bool:
    return timedelta(hours=local.hour, minutes=local.minute) % step == timedelta()


def _label(period: Period, at: datetime, step: timedelta) -> str:
    return f"{period.local(at):%H:%M}" if step == EVERY else f"{period.local(at):%-d %b}"


def _summary(spans: tuple[Span, ...]) -> str:
    states = (*(health.value for health in Health), MAINTENANCE)
    totals = {state: sum(span.seconds for span in spans if span.state == state) for state in states}
    said = [f"{state} {words.span(total)}" for state, total in totals.items() if total]
    return ", ".join(said) or "nothing known yet"
