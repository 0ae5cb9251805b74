"""Which charts a probe of a report has, and their geometry: full ones where there is something to see, else a strip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from synthmon.nouns import dataclass
from synthmon.reports.charts import Strip, strip
from synthmon.reports.charts.heat import Heat, heat
from synthmon.reports.charts.latency import Latency, latency
from synthmon.reports.charts.month import Budget, Month, month
from synthmon.reports.charts.phases import Day as PhaseDay
from synthmon.reports.charts.phases import Phases, phases
from synthmon.reports.figures.budget import ObjectiveFigures
from synthmon.reports.figures.course import Patch
from synthmon.reports.figures.latency import JOURNEY, Steps
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.report import ProbeFigures, Report

MONTH, WEEK = 30, 7  # days
LEAST_DAYS = 2  # with runs: a single bar compares with nothing


@dataclass(frozen=True, slots=True)
class Drawings:
    """None: nothing is drawn of it, because nothing is known or there is nothing to see."""

    latency: Latency | None = None
    heat: Heat | None = None
    phases: Phases | None = None
    month: Month | None = None

    @property
    def any(self) -> bool:
        return any((self.latency, self.heat, self.phases, self.month))


def states(report: Report, probe: ProbeFigures) -> Strip:
    """The strip, which every probe has."""
    releases = [(one.marker.at, one.marker.release or "the probe's file changed") for one in probe.beyond.releases]
    return strip(probe.spans, report.period, releases)


def drawings(report: Report, probe: ProbeFigures) -> Drawings:
    """The others, of a probe whose course is told."""
    if probe.course is None:
        return Drawings()
    aim = objective_of(probe)
    target = aim.objective.target if aim else None
    days = _days(report, probe)
    moments = probe.course.latency
    spent = [PhaseDay(report.period.local(one.start).date(), _phases(one.steps)) for one in days[-WEEK:]]
    known = sum(bool(one.tally.judged) for one in days)
    return Drawings(
        latency=latency(moments, report.period, _budget(probe)) if any(one.runs for one in moments) else None,
        heat=heat(probe.course.regions, report.period, target) if _is_seen(probe.course.regions) else None,
        phases=phases(spent) if sum(bool(one.seconds) for one in spent) >= LEAST_DAYS else None,
        month=_month(report, probe, days, aim) if known >= LEAST_DAYS else None,
    )


def objective_of(probe: ProbeFigures) -> ObjectiveFigures | None:
    """The first one for availability."""
    return next((one for one in probe.objectives if one.objective.within is None), None)


def _budget(probe: ProbeFigures) -> float | None:
    return next((step.budget for step in probe.steps if step.id == JOURNEY), None)


def _is_seen(regions: Mapping[str, Sequence[Patch]]) -> bool:
    return any(patch.tally.due for patches in regions.values() for patch in patches)


def _days(report: Report, probe: ProbeFigures) -> list[Day]:
    """The last thirty; a period within one day is that day, whatever else has two dates is told of by whole days."""
    period = report.period
    if period.first != period.last:
        return list(probe.days[-MONTH:])
    itself = Day(period.start, period.end, probe.total, {step.id: step for step in probe.steps})
    return [*(one for one in probe.days if one.end <= period.start), itself][-MONTH:]


def _phases(steps: Steps) -> Mapping[str, float]:
    """Seconds of a run in each phase, over all its steps: means, which add up. Sending is part of the wait."""
    spent: dict[str, float] = {}
    for figures in steps.values():
        runs = max((phase.count for phase in figures.phases.values()), default=0)
        for name, phase in figures.phases.items():
            shown = "first_byte" if name == "send" else name
            spent[shown] = spent.get(shown, 0.0) + (phase.mean or 0.0) * phase.count / runs
    return spent


def _month(report: Report, probe: ProbeFigures, days: Sequence[Day], aim: ObjectiveFigures | None) -> Month:
    patches = [Patch(one.start, one.end, one.tally) for one in days]
    if aim is None:
        return month(patches, report.period)
    start = report.known_until - timedelta(seconds=aim.objective.window)
    regions = float(max(1, len(probe.regions)))
    budget = Budget(aim.objective.name, aim.objective.target, aim.allowed, aim.left, start, regions)
    return month(patches, report.period, budget)
