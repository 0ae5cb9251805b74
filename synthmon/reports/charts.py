"""Drawings as numbers for the templates: positions and widths, text alternatives, no colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from synthmon.model import words
from synthmon.model.incident import Health
from synthmon.reports.figures.health import Span
from synthmon.reports.figures.period import Period

WIDTH, HEIGHT = 960.0, 30.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of one state; `label` is what a pointer or a screen reader says."""

    x: float
    width: float
    state: str
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    summary: str


def strip(spans: tuple[Span, ...], period: Period) -> Strip:
    """The states of a probe along the period; what is not known yet stays empty."""
    bars = tuple(_bar(span, period) for span in spans)
    return Strip(bars, tuple(_ticks(period)), _summary(spans))


def _bar(span: Span, period: Period) -> Bar:
    x = _x((span.start - period.start).total_seconds(), period)
    width = max(1.0, _x(span.seconds, period))  # an outage of seconds is seen too
    label = (
        f"{period.local(span.start):%H:%M:%S} to {period.local(span.end):%H:%M:%S}: {span.health.value}"
        f" for {words.span(span.seconds)}" + (f" – {span.reason}" if span.reason else "")
    )
    return Bar(round(x, 2), round(min(width, WIDTH - x), 2), span.health.value, label)


def _x(seconds: float, period: Period) -> float:
    return WIDTH * seconds / period.seconds


def _ticks(period: Period) -> list[Tick]:
    hours = round(period.seconds / 3600)
    step = 3 if hours <= 26 else max(3, hours // 8)
    ticks = []
    for hour in range(0, hours + 1, step):
        at = period.start + timedelta(hours=hour)
        ticks.append(Tick(round(_x(hour * 3600.0, period), 2), f"{period.local(at):%H:%M}"))
    return ticks


def _summary(spans: tuple[Span, ...]) -> str:
    totals = {health: sum(span.seconds for span in spans if span.health is health) for health in Health}
    said = [f"{health.value} {words.span(total)}" for health, total in totals.items() if total]
    return ", ".join(said) or "nothing known yet"
