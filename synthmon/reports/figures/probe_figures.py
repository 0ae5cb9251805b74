"""The figures of one probe in a report, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from synthmon.model.histogram import Histogram
from synthmon.model.incident import Health, Incident
from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.reports.figures.beyond import Beyond
from synthmon.reports.figures.budget import ObjectiveFigures
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.course import Course
from synthmon.reports.figures.health import Span
from synthmon.reports.figures.latency import StepFigures, Steps
from synthmon.reports.figures.past import Day

ENOUGH = 0.95  # coverage below which a figure is not to be trusted


@dataclass(frozen=True, slots=True)
class ProbeFigures:
    """One probe over the period. `maintenance` is what was planned in it, `planned` its seconds.

    `excused` are the ids of incidents that only maintenance knew: they began in it, and were over or told to nobody
    when it ended. `cleanup_steps` are the cleanup steps that failed, by name, each with in how many runs. `unverified`
    are the steps whose target's certificate was not verified, by name, each with why. The `course` of the period is
    known of the worst ones alone that are worth drawing, or of all where they are few.
    """

    name: str
    title: str
    owner: str | None
    tags: tuple[str, ...]
    total: Tally
    regions: Mapping[str, Tally]
    objectives: tuple[ObjectiveFigures, ...]
    steps: Sequence[StepFigures]
    spans: tuple[Span, ...]
    states: Mapping[Health, float]
    incidents: tuple[Incident, ...]
    flaky: int = 0
    cleanup_failed: int = 0
    cleanup_steps: Mapping[str, int] = field(default_factory=dict)
    unverified: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[str, datetime] = field(default_factory=dict)  # until when, by host, as seen last
    late: Histogram = field(default_factory=Histogram)  # seconds by which runs began after their slots
    maintenance: tuple[Quiet, ...] = ()
    planned: float = 0.0
    excused: frozenset[str] = frozenset()
    by_cron: bool = False
    region_steps: Mapping[str, Steps] = field(default_factory=dict)
    days: tuple[Day, ...] = ()
    beyond: Beyond = field(default_factory=Beyond)
    course: Course | None = None

    @property
    def idle(self) -> bool:
        """Whether all of it lies in a pause of its cron expression: nothing was due, so nothing is missing."""
        return self.by_cron and not self.total.due and not self.total.judged_runs

    @property
    def now(self) -> Health:
        """What was believed at the end of what is known."""
        return self.spans[-1].health if self.spans else Health.UNKNOWN

    @property
    def in_maintenance(self) -> bool:
        """Whether it was in maintenance at the end of what is known."""
        return bool(self.spans) and self.spans[-1].planned

    @property
    def down_now(self) -> bool:
        return self.now is Health.DOWN and not self.in_maintenance

    @property
    def unexcused(self) -> tuple[Incident, ...]:
        return tuple(incident for incident in self.incidents if incident.id not in self.excused)

    @property
    def was_down(self) -> bool:
        return self.states[Health.DOWN] > 0

    @property
    def trusted(self) -> bool:
        """Whether enough of the due runs were judged for the figures to mean something."""
        if self.idle or (self.total.planned and not self.total.due):
            return True  # all of it was a pause or maintenance: nothing is missing
        return (self.total.coverage or 0.0) >= ENOUGH

    @property
    def flawless(self) -> bool:
        """Only then may 100 % be printed: nothing bad, nothing missing."""
        return self.total.bad == 0 and self.total.bad_runs == 0 and self.total.coverage == 1.0

    @property
    def fine(self) -> bool:
        """Whether there is nothing to complain of."""
        missed = any(figures.met is False for figures in self.objectives)
        return not missed and self.trusted and not self.unexcused and self.total.bad == 0

    @property
    def worth_drawing(self) -> bool:
        """Whether there is something to see that figures alone do not say."""
        return not self.fine or bool(self.beyond.creeps) or any(step.over_budget for step in self.steps)
