"""Objectives and their error budgets.

The budget is the bad time an objective allows in its window, (1 - target) x window; what was used is the bad time of
the window's part that has passed, averaged over the probe's regions. After "Implementing SLOs", The Site Reliability
Workbook (Google, 2018), with time owned by runs as the measure.
"""

from __future__ import annotations

from enum import StrEnum

from synthmon.model.probe import Objective
from synthmon.nouns import dataclass
from synthmon.reports.figures.counting import Tally


class Standing(StrEnum):
    """How an objective stands. BELOW: the share is below the objective, but its window's budget is not spent yet."""

    NO_DATA = "none"
    MET = "met"
    BELOW = "below"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class ObjectiveFigures:
    """How an objective stands: `achieved` over its window so far (None: nothing judged), its budget in seconds."""

    objective: Objective
    achieved: float | None
    allowed: float
    used: float

    @property
    def left(self) -> float:
        """Seconds of bad time still allowed; negative when overspent."""
        return self.allowed - self.used

    @property
    def met(self) -> bool | None:
        """Whether the budget holds. Over a full window this is the same as having achieved the target."""
        return None if self.achieved is None else self.left >= 0

    @property
    def standing(self) -> Standing:
        """Early in a window the share can be below the objective while most of the budget is left: that is not met."""
        if self.achieved is None:
            return Standing.NO_DATA
        if self.left < 0:
            return Standing.MISSED
        return Standing.MET if self.achieved >= self.objective.target else Standing.BELOW


def objective_figures(objective: Objective, window: Tally, regions: float) -> ObjectiveFigures:
    """`window` is the tally over the objective's window, pooled over so many regions, on average."""
    achieved = window.availability
    allowed = (1 - objective.target) * objective.window
    return ObjectiveFigures(objective, achieved, allowed, window.bad / max(1.0, regions))
