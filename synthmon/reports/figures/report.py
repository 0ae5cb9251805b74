"""From what is known of each probe to the figures of a report, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.incident import Health, HealthChange, Incident
from synthmon.model.probe import Objective
from synthmon.model.quiet import Quiet
from synthmon.model.rollup import Rollup
from synthmon.model.run import Outcome, RunKind, RunResult
from synthmon.reports.figures.beyond import Beyond
from synthmon.reports.figures.budget import ObjectiveFigures, objective_figures
from synthmon.reports.figures.coarser import merged_details
from synthmon.reports.figures.compare import compare
from synthmon.reports.figures.counting import (
    IsGood,
    Stretch,
    Tally,
    due_slots,
    good_outcome,
    good_within,
    staleness,
    tally,
)
from synthmon.reports.figures.course import Course, Kept, course, in_order
from synthmon.reports.figures.creep import creeping
from synthmon.reports.figures.disagreement import disagreements
from synthmon.reports.figures.health import Span, seconds_per_state, seconds_planned, timeline
from synthmon.reports.figures.latency import JOURNEY, StepFigures, Steps, steps_by_region, together
from synthmon.reports.figures.named import untidy, unverified
from synthmon.reports.figures.near import NearMisses, flaps, soft_failures
from synthmon.reports.figures.outages import Outages, in_all, outages
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.period import Period
from synthmon.reports.figures.phases import phases
from synthmon.reports.figures.planned import Planned, counts, planned
from synthmon.reports.figures.releases import Sightings, files_changed, released
from synthmon.reports.figures.rolled_steps import rolled_by_region
from synthmon.reports.figures.rolling import tally_of

RUNS_GONE = (
    "Runs of this period are gone. What they came to is counted from what was kept of each quarter of an hour; "
    "objectives on latency are counted over what there are runs of."
)
COURSES = 40  # probes whose course is told
FEW = 3  # probes of which each is drawn, worth it or not: whoever asks for so few wants to see them
ENOUGH = 0.95  # coverage below which a figure is not to be trusted


@dataclass(frozen=True, slots=True)
class Material:
    """All that is known of one probe. `rows` and `versions` reach back over the longest window of its objectives.

    `regions` are those in which it ran at some time of the period; title, interval and timeout are the latest.
    Before `raw_from`, where a quarter of an hour begins, runs may be gone: there the `rollups` are counted.
    `quiets` are silences and maintenance about it, those that recur included; silences change no figure.
    `days` are those of the period and some before, oldest first; `since` is when it was first declared, as far as that
    is known; `accepted` says by incident id when a receiver first accepted a notification of it.
    """

    name: str
    title: str
    regions: tuple[str, ...]
    interval: float
    timeout: float
    owner: str | None = None
    tags: tuple[str, ...] = ()
    objectives: tuple[Objective, ...] = ()
    rows: Sequence[RunRow] = ()
    results: Iterable[RunResult] = ()
    missed: Sequence[MissedSlot] = ()
    versions: Sequence[ProbeVersion] = ()
    changes: Sequence[HealthChange] = ()
    incidents: Sequence[Incident] = ()
    quiets: Sequence[Quiet] = ()
    rollups: Sequence[Rollup] = ()
    raw_from: datetime | None = None
    days: Sequence[Day] = ()
    since: datetime | None = None
    accepted: Mapping[str, datetime] = field(default_factory=dict)

    def planned(self) -> Planned:
        return planned(self.quiets)


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
    steps: tuple[StepFigures, ...]
    spans: tuple[Span, ...]
    states: Mapping[Health, float]
    incidents: tuple[Incident, ...]
    flaky: int = 0
    cleanup_failed: int = 0
    cleanup_steps: Mapping[str, int] = field(default_factory=dict)
    unverified: Mapping[str, str] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a report; `as_of` is when it was made, `last_result` the newest slot it considered."""

    environment: str
    period: Period
    as_of: datetime
    last_result: datetime | None
    probes: tuple[ProbeFigures, ...]
    incidents: tuple[Incident, ...]
    configuration: str  # a short hash over the versions of the probes
    own: tuple[Incident, ...] = ()  # synthmon's own troubles: they count in no figure of a probe
    remark: str | None = None  # where the figures come from, if not from runs alone
    about: str | None = None  # which probes, if not all

    @property
    def outages(self) -> Outages:
        """Of all probes together."""
        return in_all(probe.beyond.outages for probe in self.probes)

    @property
    def known_until(self) -> datetime:
        return self.period.until(self.as_of)

    @property
    def closed(self) -> bool:
        return self.period.closed(self.as_of)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report is about and as of when."""

    environment: str
    period: Period
    as_of: datetime
    configuration: str
    about: str | None = None  # which probes, if not all


def build(frame: Frame, materials: Iterable[Material], own: Iterable[Incident] = ()) -> Report:
    """The figures of every probe, worst first; `own` are the incidents about synthmon itself."""
    known = list(materials)
    probes = _with_courses(sorted((_probe(material, frame) for material in known), key=_badness), known, frame)
    incidents = {incident.id: incident for probe in probes for incident in probe.incidents}
    slots = [row.slot for material in known for row in material.rows if row.slot < frame.period.until(frame.as_of)]
    return Report(
        environment=frame.environment,
        period=frame.period,
        as_of=frame.as_of,
        last_result=max(slots, default=None),
        probes=tuple(probes),
        incidents=tuple(sorted(incidents.values(), key=lambda incident: (incident.began_at, incident.id))),
        configuration=frame.configuration,
        remark=_remark(known, frame),
        about=frame.about,
        own=tuple(sorted(own, key=lambda incident: (incident.began_at, incident.id))),
    )


def _remark(materials: Iterable[Material], frame: Frame) -> str | None:
    """What a reader has to know about where the figures come from."""
    if any(one.raw_from is not None and one.raw_from > frame.period.start for one in materials):
        return RUNS_GONE
    return None


def _probe(material: Material, frame: Frame) -> ProbeFigures:
    start, end = frame.period.start, frame.period.until(frame.as_of)
    regions = {region: _counted(material, region, start, end) for region in material.regions}
    quiet, raw_from = material.planned(), material.raw_from or start
    rolled = [one for one in material.rollups if start <= one.bucket < min(raw_from, end)]
    spans = timeline((change for change in material.changes if change.region is None), start, end, quiet)
    sightings = Sightings()
    runs = (run for run in material.results if run.key.slot >= raw_from and not quiet.holds(run.key.slot))
    counted = list(_noting_releases(runs, sightings))
    detail = merged_details(rolled)
    by_region = _by_region(rolled_by_region(rolled), steps_by_region(counted))
    steps = together(by_region.values())
    inside = [row for row in material.rows if max(start, raw_from) <= row.slot < end and not quiet.holds(row.slot)]
    total = sum(regions.values(), Tally())
    excused = frozenset(incident.id for incident in material.incidents if _excused(incident, quiet))
    itself = Day(start, frame.period.end, total, steps)
    return ProbeFigures(
        name=material.name,
        title=material.title,
        owner=material.owner,
        tags=material.tags,
        total=total,
        regions=regions,
        objectives=tuple(_objective(material, objective, end) for objective in material.objectives),
        steps=tuple(steps.values()),
        spans=spans,
        states=seconds_per_state(spans),
        incidents=tuple(material.incidents),
        flaky=sum(row.flaky for row in inside) + sum(one.flaky for one in rolled),
        cleanup_failed=sum(row.cleanup_failed for row in inside) + sum(one.cleanup_failed for one in rolled),
        cleanup_steps=_most_first(detail.cleanup, untidy(counted)),
        unverified={**detail.unverified, **unverified(counted)},
        maintenance=tuple(one for one in material.quiets if counts(one) and one.start < end and one.ends_at > start),
        planned=seconds_planned(spans),
        excused=excused,
        by_cron=bool(material.versions) and all(version.cron is not None for version in material.versions),
        region_steps=by_region,
        days=tuple(material.days),
        beyond=_beyond(material, frame, itself, spans, excused, sightings),
    )


def _with_courses(probes: Sequence[ProbeFigures], materials: Iterable[Material], frame: Frame) -> list[ProbeFigures]:
    of = {material.name: material for material in materials}
    chosen = probes if len(probes) <= FEW else [one for one in probes if one.worth_drawing]
    drawn = {probe.name for probe in chosen[:COURSES]}
    return [replace(probe, course=_course(of[probe.name], frame)) if probe.name in drawn else probe for probe in probes]


def _course(material: Material, frame: Frame) -> Course:
    def count(kept: Kept, region: str, start: datetime, end: datetime) -> Tally:
        part = replace(material, rows=kept.rows, missed=kept.missed, rollups=kept.rollups)
        return _counted(part, region, start, end)

    kept = in_order(material.rows, material.missed, material.rollups, material.raw_from, material.planned())
    reach = timedelta(seconds=limits_of(material).longest)
    return course(kept, material.regions, frame.period, frame.period.until(frame.as_of), count, reach)


def _beyond(
    material: Material, frame: Frame, itself: Day, spans: Sequence[Span], excused: frozenset[str], seen: Sightings
) -> Beyond:
    start, end = frame.period.start, frame.period.until(frame.as_of)
    quiet, raw_from, longest = material.planned(), max(start, material.raw_from or start), limits_of(material).longest
    states = seconds_per_state(spans)
    working = states[Health.UP] + states[Health.DEGRADED]
    down = outages((one for one in material.incidents if one.id not in excused), start, end, working, material.accepted)
    inside = [row for row in material.rows if raw_from <= row.slot < end]
    soft = soft_failures(inside, start, end, down.parts, quiet) if raw_from == start else None
    flaky = sum(row.flaky for row in inside if not quiet.holds(row.slot))
    markers = [*files_changed(material.versions, start, end), *seen.markers()]
    return Beyond(
        outages=down,
        comparisons=compare(itself, material.days, frame.period, material.since),
        creeps=creeping(_with(material.days, itself), end),
        releases=released(markers, (start, end), partial(_stretch, material)),
        disagreements=disagreements(material.rows, raw_from, end, longest, quiet) if raw_from < end else None,
        near=NearMisses(soft, flaky, flaps(spans)),
        phases=phases(material.days, itself),
    )


def _with(days: Sequence[Day], itself: Day) -> list[Day]:
    """The days, where the period is one of them as it is told of here."""
    return [itself if (one.start, one.end) == (itself.start, itself.end) else one for one in days]


def _stretch(material: Material, start: datetime, end: datetime) -> Day:
    """What the probe came to between any two instants of the period."""
    journey, quiet = StepFigures(JOURNEY, "whole journey"), material.planned()
    for row in material.rows:
        if start <= row.slot < end and _scheduled(row) and row.outcome.good and not quiet.holds(row.slot):
            journey.runs += 1
            if row.latency is not None:
                journey.latency.add(row.latency)
    tallies = (_counted(material, region, start, end) for region in material.regions)
    return Day(start, end, sum(tallies, Tally()), {JOURNEY: journey})


def _by_region(*parts: Mapping[str, Steps]) -> Mapping[str, Steps]:
    regions = dict.fromkeys(region for part in parts for region in part)
    return {region: together(part[region] for part in parts if region in part) for region in regions}


def _most_first(*counts: Mapping[str, int]) -> Mapping[str, int]:
    """Their sums, the greatest first."""
    together: Counter[str] = Counter()
    for one in counts:
        together.update(one)
    return dict(sorted(together.items(), key=lambda item: (-item[1], item[0])))


def _noting_releases(results: Iterable[RunResult], seen: Sightings) -> Iterator[RunResult]:
    """The same runs in passing; notes which releases they met."""
    for result in results:
        seen.note(result)
        yield result


def _excused(incident: Incident, quiet: Planned) -> bool:
    ends = quiet.ends(incident.began_at)
    if ends is None:
        return False
    return incident.told_at is None or (incident.resolved_at is not None and incident.resolved_at <= ends)


def _counted(material: Material, region: str, start: datetime, end: datetime) -> Tally:
    """From rollups where the runs may be gone, from runs after that."""
    raw_from = max(start, min(end, material.raw_from or start))
    rolled = tally_of(material.rollups, region, start, raw_from)
    return rolled + _tally(material, region, raw_from, end) if raw_from < end else rolled


def _tally(material: Material, region: str, start: datetime, end: datetime, is_good: IsGood = good_outcome) -> Tally:
    limit, limits = staleness(material.interval, material.timeout), _limits(material)
    earliest = start - timedelta(seconds=max([limit, *(seconds for _, seconds in limits)]))
    rows = [row for row in material.rows if row.region == region and earliest <= row.slot < end]
    missed = [slot for slot in material.missed if slot.region == region and earliest <= slot.slot < end]
    # A slot that fell due just now may still be running: it is due once it left a trace or its limit has passed.
    settled = end - timedelta(seconds=material.timeout + 5)
    quiet = material.planned()
    traces = [row.slot for row in rows if row.outcome is not Outcome.MISSED and _scheduled(row)]
    traces += [slot.slot for slot in missed]
    recent = sum(slot >= max(start, settled) and not quiet.holds(slot) for slot in traces)
    due = due_slots(material.versions, material.name, region, start, max(start, settled), quiet) + recent
    return tally(rows, missed, due, Stretch(start, end, limit, limits, quiet), is_good)


def _scheduled(row: RunRow) -> bool:
    return row.kind is RunKind.SCHEDULED


def _objective(material: Material, objective: Objective, end: datetime) -> ObjectiveFigures:
    start = end - timedelta(seconds=objective.window)
    is_good = good_outcome if objective.within is None else good_within(objective.within)
    spells = _spells(material, start, end)
    regions = dict.fromkeys(region for version, _ in spells for region in version.regions) or material.regions
    if objective.within is None:
        window = sum((_counted(material, region, start, end) for region in regions), Tally())
    else:  # how many of a quarter's runs were fast enough is not kept, so the window is what there are runs of
        raw_from = max(start, material.raw_from or start)
        window = sum((_tally(material, region, raw_from, end, is_good) for region in regions), Tally())
    in_force = sum(seconds for _, seconds in spells)
    # A region that came or went within the window counts for the time that it was there.
    mean = sum(len(version.regions) * seconds for version, seconds in spells) / in_force if in_force else len(regions)
    return objective_figures(objective, window, mean)


def _spells(material: Material, start: datetime, end: datetime) -> list[tuple[ProbeVersion, float]]:
    """The versions in force between the instants, each with the seconds for which it was."""
    spells = [
        (version, (min(version.until or end, end) - max(version.since, start)).total_seconds())
        for version in material.versions
        if version.probe == material.name
    ]
    return [(version, seconds) for version, seconds in spells if seconds > 0]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a run may own at most: `latest`, and `since` when which other limit held, ascending."""

    latest: float
    since: tuple[tuple[datetime, float], ...]

    @property
    def longest(self) -> float:
        return max([self.latest, *(seconds for _, seconds in self.since)])

    def at(self, slot: datetime) -> float:
        return next((seconds for since, seconds in reversed(self.since) if since <= slot), self.latest)


def limits_of(material: Material) -> Limits:
    """A probe that ran every five minutes had another limit than it has now."""
    return Limits(staleness(material.interval, material.timeout), _limits(material))


def _limits(material: Material) -> tuple[tuple[datetime, float], ...]:
    return tuple(
        (version.since, staleness(version.interval, version.timeout))
        for version in sorted(material.versions, key=lambda version: version.since)
        if version.probe == material.name
    )


def _badness(probe: ProbeFigures) -> tuple[float, float, float, str]:
    """Down first, then the least available, then the least known, then by name."""
    availability = probe.total.availability
    return (
        0.0 if probe.down_now else 1.0,
        availability if availability is not None else 1.1,
        -probe.states[Health.DEGRADED],
        probe.name,
    )
