"""The strip: the states of a probe along the period, with what was released and when it was in maintenance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from synthmon.model import words
from synthmon.model.incident import Health
from synthmon.nouns import dataclass
from synthmon.reports.charts.axis import WHOLE, Tick, along, ticks
from synthmon.reports.figures.health import MAINTENANCE, Span
from synthmon.reports.figures.period import Period

LEAST = 0.2  # per cent: an outage of seconds is seen too
MARKED = 12  # releases that are named below a strip
DRAWN = 60  # releases that are marked in it
SLOTS = 400  # stretches in it; where states changed more often, each of so many parts shows the worst of them
REASON, NAME = 200, 60  # characters
_WORST = (Health.DOWN.value, Health.DEGRADED.value, Health.UNKNOWN.value, MAINTENANCE, Health.UP.value)


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
    bars = tuple(_bar(span, period) for span in spans) if len(spans) <= SLOTS else _coarse(spans, period)
    inside = sorted(one for one in releases if period.start <= one[0] < period.end)
    marks = tuple(
        Mark(along(at, period), f"{period.local(at):{_form(period)}}: {words.printable(name, NAME)}")
        for at, name in inside[:DRAWN]
    )
    named = "; ".join(mark.label for mark in marks[:MARKED])
    more = f" and {len(inside) - MARKED} more" if len(inside) > MARKED else ""
    return Strip(bars, ticks(period), _summary(spans) + (f". Released: {named}{more}" if marks else ""), marks)


def _form(period: Period) -> str:
    return "%H:%M:%S" if period.seconds < 2 * 86_400 else "%-d %b %H:%M:%S"


def _bar(span: Span, period: Period) -> Bar:
    x = along(span.start, period)
    width = max(LEAST, WHOLE * span.seconds / period.seconds)
    form = _form(period)
    label = (
        f"{period.local(span.start):{form}} to {period.local(span.end):{form}}: {span.state}"
        f" for {words.span(span.seconds)}" + (f" – {words.printable(span.reason, REASON)}" if span.reason else "")
    )
    return Bar(round(min(x, WHOLE - LEAST), 3), round(min(width, max(LEAST, WHOLE - x)), 3), span.state, label)


def _coarse(spans: Sequence[Span], period: Period) -> tuple[Bar, ...]:
    """Of states that changed very often `SLOTS` parts, each shown as the worst that it saw, neighbours alike as one."""
    width, found = period.seconds / SLOTS, [set[str]() for _ in range(SLOTS)]
    for span in spans:
        first, end = ((at - period.start).total_seconds() / width for at in (span.start, span.end))
        for index in range(max(0, int(first)), min(SLOTS, ceil(round(end, 6)))):
            found[index].add(span.state)
    worst = [min(seen, key=_WORST.index, default="") for seen in found]
    edges = [index for index in range(SLOTS) if not index or worst[index] != worst[index - 1]] + [SLOTS]
    share = WHOLE / SLOTS
    return tuple(
        Bar(round(share * start, 3), round(share * (end - start), 3), worst[start], _spell(period, start, end, worst))
        for start, end in pairwise(edges)
        if worst[start]
    )


def _spell(period: Period, start: int, end: int, worst: Sequence[str]) -> str:
    first, last = (period.local(period.start + timedelta(seconds=period.seconds / SLOTS * at)) for at in (start, end))
    form = _form(period)
    return f"{first:{form}} to {last:{form}}: {worst[start]}{'' if worst[start] == 'up' else ' at times'}"


def _summary(spans: tuple[Span, ...]) -> str:
    states = (*(health.value for health in Health), MAINTENANCE)
    totals = {state: sum(span.seconds for span in spans if span.state == state) for state in states}
    said = [f"{state} {words.span(total)}" for state, total in totals.items() if total]
    return ", ".join(said) or "nothing known yet"
