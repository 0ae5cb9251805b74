"""Figures of steps from rollups, as the runs would give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synthmon.model.rollup import Rollup
from synthmon.reports.figures.latency import JOURNEY, Steps, together
from synthmon.reports.figures.rolling import journey_of, judged_runs


def rolled_figures(rollups: Iterable[Rollup]) -> Steps:
    """The same as `step_figures` of the runs that they were made from."""
    return together(rolled_by_region(rollups).values())


def rolled_by_region(rollups: Iterable[Rollup]) -> Mapping[str, Steps]:
    """The same as `steps_by_region` of them."""
    regions: dict[str, list[Steps]] = {}
    for one in sorted(rollups, key=lambda one: (one.bucket, one.region)):
        if judged_runs(one):
            steps = {JOURNEY: journey_of(one)} | {step.id: step for step in one.detail.steps}
            regions.setdefault(one.region, []).append(steps)
        one.forget()  # what is added up here is not asked for again
    return {region: parts[0] if len(parts) == 1 else together(parts) for region, parts in regions.items()}
