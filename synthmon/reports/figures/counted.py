"""What a probe came to between two instants: from rollups for what is settled, from runs for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

from synthmon.model.histogram import Histogram
from synthmon.model.history import ProbeVersion, RunRow
from synthmon.model.probe import Objective
from synthmon.model.rollup import Grain, Rollup, Within, ceiling_of, floor_of
from synthmon.model.run import Outcome, RunKind
from synthmon.reports.figures.budget import ObjectiveFigures, objective_figures
from synthmon.reports.figures.counting import (
    IsGood,
    Stretch,
    Tally,
    add_up,
    due_slots,
    good_outcome,
    good_within,
    tally,
)
from synthmon.reports.figures.latency import JOURNEY, StepFigures
from synthmon.reports.figures.material import Limits, Material, limits_of
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.planned import Planned
from synthmon.reports.figures.rolling import as_tally, knows, tally_of


class Counted:
    """One probe's material, counted as of some instant."""

    def __init__(self, material: Material, as_of: datetime) -> None:
        self._material, self._as_of = material, as_of

    @cached_property
    def planned(self) -> Planned:
        return self._material.planned()

    @cached_property
    def limits(self) -> Limits:
        return limits_of(self._material)

    def raw_from(self, start: datetime, end: datetime) -> datetime:
        """From when on the runs of [start, end) are counted, and not rollups."""
        return max(start, min(end, self._material.raw_from or start))

    def rolled(self, start: datetime, end: datetime) -> list[Rollup]:
        """The rollups of [start, end), which begins where they were cut."""
        last = self.raw_from(start, end)
        return [one for one in self._material.rollups if start <= one.bucket < last]

    def wholes(self, start: datetime, end: datetime) -> list[Rollup]:
        """The same time, regions together where that is shorter to read."""
        last = self.raw_from(start, end)
        return [one for one in self._material.wholes or self._material.rollups if start <= one.bucket < last]

    def total(self, region: str, start: datetime, end: datetime) -> Tally:
        """What one region came to in the period."""
        raw_from = self.raw_from(start, end)
        rolled = tally_of(self._material.rollups, region, start, raw_from)
        return rolled + self._of_runs(region, raw_from, end) if raw_from < end else rolled

    def objective(self, objective: Objective, end: datetime) -> ObjectiveFigures:
        start = self.known(objective, end)
        spells = self._spells(end - timedelta(seconds=objective.window), end)
        regions = dict.fromkeys(region for version, _ in spells for region in version.regions)
        regions = regions or dict.fromkeys(self._material.regions)
        in_force = sum(seconds for _, seconds in spells)
        # A region that came or went within the window counts for the time that it was there.
        weighed = sum(len(version.regions) * seconds for version, seconds in spells)
        window = self._window(start, end, tuple(regions), objective.within)
        return objective_figures(objective, window, weighed / in_force if in_force else len(regions))

    def known(self, objective: Objective, end: datetime) -> datetime:
        """Since when it is known: since its window begins, or since rollups were counted with its bound."""
        start = end - timedelta(seconds=objective.window)
        if objective.within is None:
            return start
        return max([start, *(one.end for one in self._of_all(start, end) if not knows(one, objective.within))])

    def _of_all(self, start: datetime, end: datetime) -> list[Rollup]:
        """The rollups of whole quarters in [start, end), the regions together or one by one."""
        last = self.raw_from(start, end)
        rollups = (*self._material.before, *self._material.rollups)
        return [one for one in rollups if start <= one.bucket and one.end <= last]

    def _window(self, start: datetime, end: datetime, regions: Sequence[str], bound: float | None) -> Tally:
        """Where it begins within a quarter, that quarter's rest is counted from runs while they are there."""
        raw_from = self.raw_from(start, end)
        first = min(ceiling_of(start), raw_from)
        is_good = good_outcome if bound is None else good_within(bound)
        rolled = self._of_all(start, end)
        parts = [as_tally(one, one.detail.within.get(bound, Within()) if bound is not None else None) for one in rolled]
        if start < first and (self._material.kept_from is None or self._material.kept_from <= start):
            parts += [self._of_runs(region, start, first, is_good) for region in regions]
        if raw_from < end:
            parts += [self._of_runs(region, raw_from, end, is_good) for region in regions]
        return add_up(parts)

    def beside(self, start: datetime, end: datetime) -> Day:
        """Journeys and tally of the whole quarters of an hour that lie in [start, end), whatever else it cuts."""
        first, last = ceiling_of(start), floor_of(end)
        raw_from = self.raw_from(first, last)
        rolled = self._material.between(first, raw_from, Grain.QUARTER) if first < raw_from else ()
        journey = StepFigures(JOURNEY, "whole journey")
        for one in rolled:
            journey.runs += one.count(Outcome.PASSED) + one.count(Outcome.DEGRADED)
            journey.latency.merge(one.latency)
        fine = [row for row in self._material.rows if raw_from <= row.slot < last and self._fine(row)]
        journey.runs += len(fine)
        journey.latency.merge(Histogram.of(row.measured for row in fine if row.measured is not None))
        regions = dict.fromkeys((*self._material.regions, *(one.region for one in rolled)))
        tallies = [tally_of(rolled, region, first, raw_from) for region in regions]
        tallies += [self._of_runs(region, raw_from, last) for region in regions] if raw_from < last else []
        return Day(start, end, add_up(tallies), {JOURNEY: journey})

    def _fine(self, row: RunRow) -> bool:
        return row.kind is RunKind.SCHEDULED and row.outcome.good and not self.planned.holds(row.slot)

    def _of_runs(self, region: str, start: datetime, end: datetime, is_good: IsGood = good_outcome) -> Tally:
        material, quiet, limits = self._material, self.planned, self.limits
        earliest = start - timedelta(seconds=limits.longest)
        rows = [row for row in material.rows if row.region == region and earliest <= row.slot < end]
        missed = [slot for slot in material.missed if slot.region == region and earliest <= slot.slot < end]
        # A slot that fell due just now may still be running: it is due once it left a trace or its limit has passed.
        settled = max(start, min(end, self._as_of - timedelta(seconds=material.timeout + 5)))
        traces = [row.slot for row in rows if row.outcome is not Outcome.MISSED and row.kind is RunKind.SCHEDULED]
        traces += [slot.slot for slot in missed]
        recent = sum(slot >= settled and not quiet.holds(slot) for slot in traces)
        due = due_slots(material.versions, material.name, region, start, settled, quiet) + recent
        return tally(rows, missed, due, Stretch(start, end, limits.latest, limits.since, quiet), is_good)

    def _spells(self, start: datetime, end: datetime) -> list[tuple[ProbeVersion, float]]:
        """The versions in force between the instants, each with the seconds for which it was."""
        spells = [
            (version, (min(version.until or end, end) - max(version.since, start)).total_seconds())
            for version in self._material.versions
            if version.probe == self._material.name
        ]
        return [(version, seconds) for version, seconds in spells if seconds > 0]
