"""Objectives and their error budgets.

The budget is the bad time an objective allows in its window, (1 - target) x window; what was used is the bad time of
the window's part that has passed, averaged over the probe's regions. After "Implementing SLOs", The Site Reliability
Workbook (Google, 2018), with time owned by runs as the measure.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthmon.model.probe import Objective
from synthmon.reports.figures.counting import Tally


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


def objective_figures(objective: Objective, window: Tally, regions: float) -> ObjectiveFigures:
    """`window` is the tally over the objective's window, pooled over so many regions, on average."""
    achieved = window.availability
    allowed = (1 - objective.target) * objective.window
    return ObjectiveFigures(objective, achieved, allowed, window.bad / max(1.0, regions))
