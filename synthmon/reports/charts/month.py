"""Thirty days of availability as bars, and beneath them the error budget as it was spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from synthmon.model import words
from synthmon.nouns import dataclass
from synthmon.reports.charts.axis import WHOLE, Tick
from synthmon.reports.charts.levels import USUAL, Level, legend, level, said, thin
from synthmon.reports.charts.shapes import Box, path, steps
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.course import Patch
from synthmon.reports.figures.period import Period

BAR, BURN = 34.0, 54.0  # pixels
DEEPEST = -1.0  # an overspent budget is drawn down to its own size below zero


@dataclass(frozen=True, slots=True)
class Budget:
    """The objective `name` allows `allowed` seconds of bad time since `start`, of which `left` are left at the end of
    the days shown (fewer than none: overspent); `regions` are pooled in the days, on average.
    """

    name: str
    target: float
    allowed: float
    left: float
    start: datetime
    regions: float = 1.0


@dataclass(frozen=True, slots=True)
class Burn:
    """`left` and `overspent` are paths for a stretched view box; `zero` pixels down is where nothing is left."""

    left: str
    overspent: tuple[Box, ...]
    zero: float
    full: str
    text: str
    height: float = BURN


@dataclass(frozen=True, slots=True)
class Month:
    fine: str
    bars: tuple[Box, ...]
    thin: tuple[Box, ...]
    burn: Burn | None
    ticks: tuple[Tick, ...]
    legend: tuple[tuple[Level, str], ...]
    summary: str
    height: float = BAR


def month(days: Sequence[Patch], zone: Period, budget: Budget | None = None) -> Month:
    """`days` in order, each as wide as the next however long it was; `zone` is a period of the zone that cuts them."""
    target = budget.target if budget else None
    aim = target if target is not None else USUAL
    share = WHOLE / max(1, len(days))
    bars = [_bar(index, day, share, zone, aim) for index, day in enumerate(days)]
    seen = {bar.kind for bar in bars}
    return Month(
        fine=path(bar for bar in bars if bar.kind == Level.FINE),
        bars=tuple(bar for bar in bars if bar.kind != Level.FINE),
        thin=tuple(
            Box(bar.x, BAR / 2, bar.width, BAR / 2)
            for bar, day in zip(bars, days, strict=True)
            if thin(day.tally) and bar.kind != Level.INSUFFICIENT
        ),
        burn=_burn(days, share, budget) if budget and days else None,
        ticks=_ticks(days, share, zone),
        legend=tuple((one, text) for one, text in legend(target) if one in seen),
        summary=_summary(days, zone, budget),
    )


def _bar(index: int, day: Patch, share: float, zone: Period, target: float) -> Box:
    label = f"{zone.local(day.start):%a %-d %b}: {said(day.tally)}"
    return Box(round(share * (index + 0.08), 3), 0.0, round(share * 0.84, 3), BAR, level(day.tally, target), label)


def _ticks(days: Sequence[Patch], share: float, zone: Period) -> tuple[Tick, ...]:
    """Mondays, in the middle of their bars."""
    local = [zone.local(day.start) for day in days]
    return tuple(
        Tick(round(share * (index + 0.5), 3), f"{at:%-d %b}") for index, at in enumerate(local) if at.weekday() == 0
    )


def _shares(days: Sequence[Patch], budget: Budget) -> list[float | None]:
    """The share of the budget that was left at the end of each day, counted back from what is left now; None before
    its window began.
    """
    after = list(accumulate((day.tally.bad / max(1.0, budget.regions) for day in reversed(days)), initial=0.0))
    spent_later = reversed(after[: len(days)])
    return [
        (budget.left + later) / budget.allowed if day.end > budget.start and budget.allowed else None
        for day, later in zip(days, spent_later, strict=True)
    ]


def _burn(days: Sequence[Patch], share: float, budget: Budget) -> Burn:
    shares = [(index, min(1.0, one)) for index, one in enumerate(_shares(days, budget)) if one is not None]
    lowest = min(0.0, max(DEEPEST, min((one for _, one in shares), default=0.0)))
    zero = round(BURN / (1 - lowest), 1)
    above = ((share * index, zero * (1 - one), share) for index, one in shares if one > 0)
    below = tuple(
        Box(round(share * index, 3), zero, round(share, 3), max(1.0, round(zero * -max(DEEPEST, one), 1)), "down")
        for index, one in shares
        if one < 0
    )
    return Burn(steps(above, zero), below, zero, "error budget", _state(budget))


def _state(budget: Budget) -> str:
    if budget.left < 0:
        return f"overspent by {words.span(-budget.left)}"
    return f"{words.span(budget.left)} of {words.span(budget.allowed)} left"


def _summary(days: Sequence[Patch], zone: Period, budget: Budget | None) -> str:
    known = [day for day in days if day.tally.judged]
    if not known:
        return f"nothing judged in {len(days)} days"
    total = sum((day.tally for day in known), Tally())
    text = f"{len(known)} of {len(days)} days judged: {said(total)}"
    bad = [day for day in known if day.tally.bad]
    if bad:
        worst = min(bad, key=lambda day: (day.tally.availability or 0.0, day.start))
        text += f"; worst {zone.local(worst.start):%-d %b}: {said(worst.tally)}"
    if budget:
        text += f"; error budget of {budget.name}: {_state(budget)}"
    return text
