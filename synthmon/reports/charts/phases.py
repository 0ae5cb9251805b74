"""Phases day by day: what a step spent on names, connections, TLS, waiting and reading, stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from synthmon.model import words
from synthmon.nouns import dataclass
from synthmon.reports.charts.axis import WHOLE, Scale, Tick
from synthmon.reports.charts.shapes import Box

HEIGHT = 110.0  # pixels of the plot
ROOM = 14.0  # pixels above the highest column for its figure
BROAD = 0.62  # of its day's width
NAMES = {"dns": "DNS", "connect": "connect", "tls": "TLS", "first_byte": "first byte", "transfer": "transfer"}


@dataclass(frozen=True, slots=True)
class Day:
    """Means per run in seconds, by phase; nothing where nothing was measured. Means add up, percentiles would not."""

    date: date
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Column:
    boxes: tuple[Box, ...]
    total: Tick
    y: float  # pixels down to the top
    day: Tick


@dataclass(frozen=True, slots=True)
class Phases:
    columns: tuple[Column, ...]
    legend: tuple[tuple[str, str], ...]
    summary: str
    height: float = HEIGHT


def phases(days: Sequence[Day]) -> Phases:
    """`days` in order, one column each. Raises `ValueError` for a phase that is not among `NAMES`."""
    totals = [sum(day.seconds.values()) for day in days]
    up = Scale(0.0, max([*totals, 1e-9]), HEIGHT - ROOM)  # from zero: parts of a sum have no logarithm
    columns = tuple(_column(index, day, len(days), up) for index, day in enumerate(days))
    seen = {name for day in days for name, value in day.seconds.items() if value > 0}
    if not seen <= NAMES.keys():
        raise ValueError(f"no phases: {', '.join(sorted(seen - NAMES.keys()))}")
    return Phases(columns, tuple((name, text) for name, text in NAMES.items() if name in seen), _summary(days))


def _column(index: int, day: Day, count: int, up: Scale) -> Column:
    share = WHOLE / count
    x, width = round(share * (index + (1 - BROAD) / 2), 3), round(share * BROAD, 3)
    boxes, below = [], 0.0
    for name, title in NAMES.items():
        value = day.seconds.get(name, 0.0)
        if value > 0:
            top, bottom = ROOM + up.y(below + value), ROOM + up.y(below)
            label = f"{day.date:%a %-d %b}: {title} {words.seconds(value)}"
            boxes.append(Box(x, round(top, 1), width, round(max(0.5, bottom - top), 1), name, label))
            below += value
    middle = round(share * (index + 0.5), 3)
    total = Tick(middle, words.seconds(below) if below else "–")
    return Column(tuple(boxes), total, round(ROOM + up.y(below), 1), Tick(middle, f"{day.date:%a %-d}"))


def _summary(days: Sequence[Day]) -> str:
    """The newest day's phases, and what became of the longest since the first."""
    known = [day for day in days if day.seconds]
    if not known:
        return "nothing measured"
    last = known[-1]
    parts = ", ".join(f"{NAMES[name]} {words.seconds(last.seconds[name])}" for name in NAMES if last.seconds.get(name))
    text = f"mean of a run on {last.date:%-d %b}: {words.seconds(sum(last.seconds.values()))} ({parts})"
    first = known[0]
    if first is last:
        return text
    return f"{text}; on {first.date:%-d %b} {words.seconds(sum(first.seconds.values()))}"
