"""Latencies over the period: p50 to p95 as floating bars, the budget across them, failures beneath, gaps left empty."""

from __future__ import annotations

from collections.abc import Sequence

from synthmon.model import words
from synthmon.nouns import dataclass
from synthmon.reports.charts.axis import Scale, Tick, along, scale, ticks
from synthmon.reports.charts.shapes import Box, path
from synthmon.reports.figures.course import Moment
from synthmon.reports.figures.period import Period

HEIGHT = 120.0  # pixels of the plot
LANE = 8.0  # pixels of the lane of failures beneath it
AIR = 0.12  # per cent between bars
LINE = 2.0  # pixels


@dataclass(frozen=True, slots=True)
class Latency:
    """`band`, `p50` and `p95` are paths for a stretched view box; `over` what lies above the budget; `lines` are values
    with `x` pixels down.
    """

    band: str
    p50: str
    p95: str
    over: tuple[Box, ...]
    failures: tuple[Box, ...]
    columns: tuple[Box, ...]
    budget: Tick | None
    lines: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    summary: str
    height: float = HEIGHT
    lane: float = LANE


def latency(moments: Sequence[Moment], period: Period, budget: float | None = None) -> Latency:
    """`moments` in order. The scale is linear from zero, or logarithmic if the values lie too far apart for that."""
    known = [moment for moment in moments if moment.p95 is not None]
    values = [value for moment in known for value in (moment.p50, moment.p95) if value is not None]
    up = scale([*values, budget] if budget else values, HEIGHT)
    bars = [_bar(moment, period, up) for moment in known]
    return Latency(
        band=path(bars),
        p50=path(Box(bar.x, bar.y + bar.height - LINE, bar.width, LINE) for bar in bars),
        p95=path(Box(bar.x, bar.y, bar.width, LINE) for bar in bars),
        over=tuple(_over(bar, up.y(budget)) for bar in bars if bar.y < up.y(budget)) if budget else (),
        failures=tuple(_failure(moment, period) for moment in moments if moment.failed),
        columns=tuple(_column(moment, period) for moment in moments if moment.runs),
        budget=Tick(up.y(budget), f"budget {words.seconds(budget)}") if budget else None,
        lines=_lines(up, budget),
        ticks=ticks(period),
        summary=_summary(moments, known, period, budget) + ("; logarithmic scale" if up.logarithmic else ""),
    )


def _bar(moment: Moment, period: Period, up: Scale) -> Box:
    x, width = _place(moment, period)
    top, bottom = up.y(moment.p95 or 0.0), up.y(moment.p50 or 0.0)
    return Box(x, min(top, HEIGHT - LINE), width, max(LINE, bottom - top))


def _place(moment: Moment, period: Period) -> tuple[float, float]:
    x = along(moment.start, period)
    return x, max(0.1, round(along(moment.end, period) - x - AIR, 3))


def _over(bar: Box, budget: float) -> Box:
    """The part of a bar above the budget; a median above it leaves nothing below."""
    return Box(bar.x, bar.y, bar.width, round(max(LINE, min(budget, bar.y + bar.height) - bar.y), 1), "over")


def _failure(moment: Moment, period: Period) -> Box:
    x, width = _place(moment, period)
    text = f"{_when(moment, period)}: {moment.failed} of {moment.runs} runs failed"
    return Box(x, HEIGHT + 2, width, LANE - 2, "down", text)


def _column(moment: Moment, period: Period) -> Box:
    x, width = _place(moment, period)
    failed = f", {moment.failed} of {moment.runs} failed" if moment.failed else ""
    measured = f"p50 {words.seconds(moment.p50)}, p95 {words.seconds(moment.p95)}"
    return Box(x, 0.0, width, HEIGHT + LANE, "", f"{_when(moment, period)}: {measured}{failed}")


def _lines(up: Scale, budget: float | None) -> tuple[Tick, ...]:
    """Without those whose label would lie on the budget's or above the drawing."""
    near = up.y(budget) if budget else None
    marks = [Tick(up.y(value), words.seconds(value)) for value in up.marks]
    return tuple(mark for mark in marks if mark.x >= 12 and (near is None or abs(mark.x - near) >= 13))


def _when(moment: Moment, period: Period) -> str:
    start = period.local(moment.start)
    if period.seconds < 2 * 86_400:
        return f"{start:%H:%M}"
    return f"{start:%-d %b}" if (moment.end - moment.start).total_seconds() > 12 * 3600 else f"{start:%-d %b %H:%M}"


def _summary(moments: Sequence[Moment], known: Sequence[Moment], period: Period, budget: float | None) -> str:
    """`p95 from 180 ms to 5.20 s, slowest at 12:15; above the budget of 1.00 s in 9 of 96 stretches; 14 runs failed`"""
    failed = sum(moment.failed for moment in moments)
    lost = f"; {failed} run{'s' if failed > 1 else ''} failed" if failed else ""
    if not known:
        return f"nothing measured{lost}"
    slowest = max(known, key=lambda moment: (moment.p95 or 0.0, -moment.start.timestamp()))
    least = min(moment.p95 or 0.0 for moment in known)
    first, last = words.seconds(least), words.seconds(slowest.p95)
    text = (
        f"p95 from {first} to {last}, slowest at {_when(slowest, period)}"
        if first != last
        else f"p95 {last} throughout"
    )
    if budget:
        over = sum((moment.p95 or 0.0) > budget for moment in known)
        where = (
            f"above it in {over} of {len(known)} stretch{'es' if len(known) > 1 else ''}" if over else "never above it"
        )
        text += f"; budget {words.seconds(budget)}, {where}"
    return text + lost
