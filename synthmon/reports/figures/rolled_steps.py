"""Figures of steps from rollups, as the runs would give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synthmon.model.rollup import Rollup
from synthmon.model.stepsums import merge_steps
from synthmon.reports.figures.latency import JOURNEY, StepFigures, Steps, together
from synthmon.reports.figures.rolling import journey_of, judged_runs


def rolled_figures(rollups: Iterable[Rollup]) -> Steps:
    """The same as `step_figures` of the runs that they were made from."""
    return together(rolled_by_region(rollups).values())


def rolled_by_region(rollups: Iterable[Rollup]) -> Mapping[str, Steps]:
    """The same as `steps_by_region` of them."""
    regions: dict[str, dict[str, StepFigures]] = {}
    for one in sorted(rollups, key=lambda one: (one.bucket, one.region)):
        if judged_runs(one):
            figures = regions.setdefault(one.region, {JOURNEY: StepFigures(JOURNEY, "whole journey")})
            merge_steps(figures, (journey_of(one), *one.detail.steps))
    return {region: together([figures]) for region, figures in regions.items()}
