"""The heat map: each region a row of hours (or days), how good each of them was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from synthmon.nouns import dataclass
from synthmon.reports.charts.axis import Tick, along, ticks
from synthmon.reports.charts.levels import USUAL, Level, legend, level, said, thin
from synthmon.reports.charts.shapes import Box, path
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.course import Patch
from synthmon.reports.figures.period import Period

NAME, CELL, GAP = 15.0, 16.0, 5.0  # pixels of a row: its name, its cells, what separates it from the next
AIR = 0.25  # per cent between cells
ROWS = 24  # of more regions the worst are drawn


@dataclass(frozen=True, slots=True)
class Row:
    """`fine` are the cells without failure as one path; `cells` the others; `thin` hatches over those with doubts."""

    name: str
    figure: str
    y: float
    fine: str
    cells: tuple[Box, ...]
    thin: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    height: float
    legend: tuple[tuple[Level, str], ...]
    summary: str
    unit: str  # what a cell is


def heat(regions: Mapping[str, Sequence[Patch]], period: Period, target: float | None = None) -> Heat:
    """`regions` has the stretches of each region in order; `target` is the objective for availability, if there is one.

    The height is that of the rows, without the axis beneath.
    """
    drawn = _worst(regions)
    rows = tuple(
        _row(name, regions[name], period, target or USUAL, index * (NAME + CELL + GAP))
        for index, name in enumerate(drawn)
    )
    seen = {level(patch.tally, target or USUAL) for patches in regions.values() for patch in patches}
    told = tuple((one, text) for one, text in legend(target) if one in seen)
    unit = _unit(next((patch for patches in regions.values() for patch in patches), None))
    left_out = len(regions) - len(drawn)
    summary = _summary(regions, period, target or USUAL, unit)
    summary += f"; {left_out} regions without more failures are not drawn" if left_out else ""
    return Heat(rows, ticks(period), len(rows) * (NAME + CELL + GAP), told, summary, unit)


def _worst(regions: Mapping[str, Sequence[Patch]]) -> list[str]:
    """Those to be drawn, in their order."""
    bad = {name: sum(patch.tally.bad for patch in patches) for name, patches in regions.items()}
    chosen = set(sorted(regions, key=lambda name: -bad[name])[:ROWS])
    return [name for name in regions if name in chosen]


def _unit(patch: Patch | None) -> str:
    """`hour`, `day` or `6 days`."""
    hours = (patch.end - patch.start).total_seconds() / 3600 if patch else 1
    return "hour" if hours <= 2 else "day" if hours <= 30 else f"{round(hours / 24)} days"


def _row(name: str, patches: Sequence[Patch], period: Period, target: float, y: float) -> Row:
    boxes = [(_box(patch, period, target, y + NAME), patch) for patch in patches]
    total = sum((patch.tally for patch in patches), Tally())
    fine = (box for box, _ in boxes if box.kind == Level.FINE)
    half = CELL / 2
    doubtful = (
        Box(box.x, box.y + half, box.width, half)
        for box, patch in boxes
        if thin(patch.tally) and box.kind != Level.INSUFFICIENT
    )
    return Row(
        name,
        said(total),
        y,
        path(fine),
        tuple(box for box, _ in boxes if box.kind != Level.FINE),
        tuple(doubtful),
    )


def _box(patch: Patch, period: Period, target: float, y: float) -> Box:
    x, end = along(patch.start, period), along(patch.end, period)
    width = max(0.1, round(end - x - AIR, 3))
    return Box(x, y, width, CELL, level(patch.tally, target), f"{_when(patch, period)}: {said(patch.tally)}")


def _when(patch: Patch, period: Period) -> str:
    start, end = period.local(patch.start), period.local(patch.end)
    hours = (patch.end - patch.start).total_seconds() / 3600
    if hours > 30:
        return f"{start:%-d %b} to {period.local(patch.end - timedelta(milliseconds=1)):%-d %b}"
    if hours > 12:
        return f"{start:%a %-d %b}"
    day = "" if period.seconds < 2 * 86_400 else f"{start:%-d %b} "
    return f"{day}{start:%H:%M} to {end:%H:%M}"


def _summary(regions: Mapping[str, Sequence[Patch]], period: Period, target: float, unit: str) -> str:
    """The worst stretch, and how many were not fine."""
    known = [(name, patch) for name, patches in regions.items() for patch in patches if patch.tally.judged]
    if not known:
        return "nothing judged"
    bad = [(name, patch) for name, patch in known if patch.tally.bad]
    lacking = sum(level(patch.tally, target) is Level.INSUFFICIENT for patches in regions.values() for patch in patches)
    doubt = f"; insufficient data in {lacking}" if lacking else ""
    what = f"stretches of {unit}" if unit.endswith("days") else unit + ("s" if len(known) > 1 else "")
    if not bad:
        return f"no failure in {len(known)} {what}{_of(len(regions))}{doubt}"
    name, worst = min(bad, key=lambda one: (one[1].tally.availability or 0.0, one[1].start, one[0]))
    return (
        f"failures in {len(bad)} of {len(known)} {what}{_of(len(regions))}; worst {name}, {_when(worst, period)}: "
        f"{said(worst.tally)}{doubt}"
    )


def _of(regions: int) -> str:
    return f" of {regions} regions" if regions > 1 else ""
