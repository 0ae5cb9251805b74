"""How good a stretch of time was, in five steps and a blank, each with a pattern of its own."""

from __future__ import annotations

from enum import StrEnum

from synthmon.model import words
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.report import ENOUGH

USUAL = 0.99  # what is aimed at where no objective says


class Level(StrEnum):
    """FINE: nothing bad. SLIGHT: something, within the objective. SOME: below it. BAD: ten times as bad as it allows.

    INSUFFICIENT: too little was judged to say. NOTHING: nothing was due.
    """

    FINE = "fine"
    SLIGHT = "slight"
    SOME = "some"
    BAD = "bad"
    INSUFFICIENT = "insufficient"
    NOTHING = "nothing"


def level(tally: Tally, target: float = USUAL) -> Level:
    """`target` is the availability aimed at. What was seen to be bad is not hidden by a lack of data beside it."""
    if not tally.due and not tally.judged_runs:
        return Level.NOTHING
    availability = tally.availability
    if availability is None or (thin(tally) and not tally.bad):
        return Level.INSUFFICIENT
    if not tally.bad:
        return Level.FINE
    if availability >= target:
        return Level.SLIGHT
    return Level.SOME if availability >= 1 - 10 * (1 - target) else Level.BAD


def thin(tally: Tally) -> bool:
    """Whether too few of the due runs were judged for a figure to be trusted."""
    return bool(tally.due) and (tally.coverage or 0.0) < ENOUGH


def said(tally: Tally) -> str:
    """`98.30 %, 1 min bad`, or why there is no figure."""
    if not tally.due and not tally.judged_runs:
        return "maintenance" if tally.planned else "nothing due"
    doubt = f" ({tally.judged_runs} of {tally.due} due runs judged)" if thin(tally) else ""
    if tally.availability is None:
        return f"no data{doubt}"
    if not tally.bad:
        return f"no failure seen{doubt}" if doubt or tally.coverage != 1.0 else "100 %"
    return f"{words.percent(min(tally.availability, 0.9999))}, {words.span(tally.bad)} bad{doubt}"


def legend(target: float | None) -> tuple[tuple[Level, str], ...]:
    """Each level in a few words, best first."""
    aim = USUAL if target is None else target
    within = f"{aim * 100:.6g} %"
    least = f"{max(0.0, 1 - 10 * (1 - aim)) * 100:.6g} %"
    return (
        (Level.FINE, "no failure"),
        (Level.SLIGHT, f"{within} or better"),
        (Level.SOME, f"below {within}"),
        (Level.BAD, f"below {least}"),
        (Level.INSUFFICIENT, "insufficient data"),
        (Level.NOTHING, "nothing due"),
    )
