"""From what is known of each probe to the figures of a report, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from synthmon.model.histogram import Histogram
from synthmon.model.history import RunRow
from synthmon.model.incident import Health, Incident
from synthmon.model.later import Later, LaterByKey
from synthmon.model.rollup import Grain, Rollup
from synthmon.model.run import RunResult
from synthmon.nouns import dataclass
from synthmon.reports.figures.beside import Beside
from synthmon.reports.figures.beyond import Beyond
from synthmon.reports.figures.compare import compare
from synthmon.reports.figures.counted import Counted
from synthmon.reports.figures.counting import Tally, add_up
from synthmon.reports.figures.course import Course, Kept, course, grain_of, in_order
from synthmon.reports.figures.creep import creeping
from synthmon.reports.figures.disagreement import disagreements
from synthmon.reports.figures.health import seconds_per_state, seconds_planned, timeline
from synthmon.reports.figures.latency import JOURNEY, Steps, steps_by_region, together
from synthmon.reports.figures.material import Material, limits_of
from synthmon.reports.figures.named import certificates, untidy, unverified
from synthmon.reports.figures.near import NearMisses, flaps, soft_failures
from synthmon.reports.figures.outages import Outages, in_all, outages
from synthmon.reports.figures.past import Day, Unpacked, merged_journey
from synthmon.reports.figures.period import Period
from synthmon.reports.figures.phases import phases
from synthmon.reports.figures.planned import Planned, counts
from synthmon.reports.figures.probe_figures import ENOUGH, ProbeFigures
from synthmon.reports.figures.releases import Marker, Sightings, files_changed, released
from synthmon.reports.figures.rolled_steps import rolled_figures
from synthmon.reports.figures.rolling import began, failed, journey_of, judged_runs, tally_of

__all__ = ["CARDS", "COURSES", "ENOUGH", "FEW", "RUNS_GONE", "Frame", "Material", "ProbeFigures", "Report", "build"]

T = TypeVar("T")

RUNS_GONE = "Runs of this period are gone: in which of them regions disagreed is not known any more."
CARDS = 100  # probes that are told of one by one, the worst; of the others there is a line
COURSES = 40  # probes whose course is told
FEW = 3  # probes of which each is drawn, worth it or not: whoever asks for so few wants to see them


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
    beside: Beside | None = None  # what is told beside the figures of probes; None: nothing was gathered

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
    probes = _with_courses(sorted((_figures(material, frame) for material in known), key=_badness), known, frame)
    incidents = {incident.id: incident for probe in probes for incident in probe.incidents}
    slots = [row.slot for material in known for row in material.rows if row.slot < frame.period.until(frame.as_of)]
    slots += [one.last for material in known for one in material.rollups if one.last is not None]
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


def _remark(materials: Sequence[Material], frame: Frame) -> str | None:
    """What a reader has to know about where the figures come from: what only runs know, and those are gone."""
    start = frame.period.start
    gone = any(one.kept_from is not None and one.kept_from > start and len(one.regions) > 1 for one in materials)
    said = [RUNS_GONE] if gone else []
    said += [_since(one.name, since) for one in materials if (since := _bound_known(one, frame)) is not None]
    return " ".join(said) or None


def _since(name: str, since: datetime) -> str:
    return f"The objective on latency of {name} is counted since {since:%-d %B %Y %H:%M} UTC: its bound is new."


def _bound_known(material: Material, frame: Frame) -> datetime | None:
    """From when on it is known how many runs were fast enough, where that is not for the whole of a window."""
    end = frame.period.until(frame.as_of)
    counted = Counted(material, frame.as_of)
    known = ((objective, counted.known(objective, end)) for objective in material.objectives)
    late = [since for objective, since in known if since > end - timedelta(seconds=objective.window)]
    return max(late, default=None)


def _late(rolled: Iterable[Histogram], rows: Iterable[RunRow]) -> Histogram:
    late = Histogram.of(row.late for row in rows if began(row))
    for one in rolled:
        late.merge(one)
    return late


def _figures(material: Material, frame: Frame) -> ProbeFigures:
    """Of one probe; what was unpacked for them is let go of before the next one has its turn."""
    figures = _probe(material, frame)
    for one in (*material.before, *material.rollups, *material.wholes):
        one.forget()
    return figures


def _probe(material: Material, frame: Frame) -> ProbeFigures:
    start, end = frame.period.start, frame.period.until(frame.as_of)
    counted = Counted(material, frame.as_of)
    quiet, raw_from, rolled = counted.planned, counted.raw_from(start, end), counted.rolled(start, end)
    regions = {region: counted.total(region, start, end) for region in material.regions}
    spans = timeline((change for change in material.changes if change.region is None), start, end, quiet)
    runs = [run for run in material.results if raw_from <= run.key.slot and not quiet.holds(run.key.slot)]
    wholes = counted.wholes(start, end)
    details = [one.detail for one in wholes]
    of_runs = steps_by_region(runs)
    by_region = _by_region(rolled, of_runs)
    steps = _steps(wholes, of_runs.values())
    inside = [row for row in material.rows if raw_from <= row.slot < end and not quiet.holds(row.slot)]
    total = add_up(regions.values())
    excused = frozenset(incident.id for incident in material.incidents if _excused(incident, quiet))
    itself = Day(start, frame.period.end, total, steps)
    states = seconds_per_state(spans)
    flaky = sum(row.flaky for row in inside) + sum(one.flaky for one in rolled)
    down = outages(
        (one for one in material.incidents if one.id not in excused),
        start,
        end,
        states[Health.UP] + states[Health.DEGRADED],
        material.accepted,
        quiet,
    )
    told = rolled if any(one.releases for one in details) else ()  # regions are asked where any met one
    markers = partial(_markers, material, told, runs, start, end)
    missteps = [*(slot for one in details for slot in one.failed), *failed(inside)]
    return ProbeFigures(
        name=material.name,
        title=material.title,
        owner=material.owner,
        tags=material.tags,
        total=total,
        regions=regions,
        objectives=tuple(counted.objective(objective, end) for objective in material.objectives),
        steps=Later(lambda: tuple(steps.values())),
        spans=spans,
        states=states,
        incidents=tuple(material.incidents),
        flaky=flaky,
        cleanup_failed=sum(row.cleanup_failed for row in inside) + sum(one.cleanup_failed for one in rolled),
        cleanup_steps=_most_first(*(one.cleanup for one in details), untidy(runs)),
        unverified=_newest(*(one.unverified for one in details), unverified(runs)),
        certificates=_newest(*(one.certificates for one in details), certificates(runs)),
        late=_late((one.late for one in details), inside),
        maintenance=tuple(one for one in material.quiets if counts(one) and one.start < end and one.ends_at > start),
        planned=seconds_planned(spans),
        excused=excused,
        by_cron=bool(material.versions) and all(version.cron is not None for version in material.versions),
        region_steps=by_region,
        days=tuple(material.days),
        beyond=Beyond(
            outages=down,
            comparisons=compare(itself, material.days, frame.period, material.since),
            creeps=Later(lambda: creeping(_with(material.days, itself), end)),
            releases=Later(lambda: released(markers(), (start, end), counted.beside)),
            disagreements=_disagreements(material, counted, regions, start, end),
            near=NearMisses(soft_failures(missteps, down.parts), flaky, flaps(spans)),
            phases=Later(lambda: phases(material.days, itself)),
        ),
    )


def _with_courses(probes: Sequence[ProbeFigures], materials: Iterable[Material], frame: Frame) -> list[ProbeFigures]:
    of = {material.name: material for material in materials}
    chosen = probes if len(probes) <= FEW else [one for one in probes[:CARDS] if one.worth_drawing]
    drawn = {probe.name for probe in chosen[:COURSES]}
    return [replace(probe, course=_course(of[probe.name], frame)) if probe.name in drawn else probe for probe in probes]


def _course(material: Material, frame: Frame) -> Course:
    def count(kept: Kept, region: str, start: datetime, end: datetime) -> Tally:
        if material.raw_from is not None and end <= material.raw_from:
            return tally_of(kept.rollups, region, start, end)
        part = replace(material, rows=kept.rows, missed=kept.missed, rollups=kept.rollups)
        return Counted(part, frame.as_of).total(region, start, end)

    kept = in_order(material.rows, material.missed, _cut_for(material, frame), material.raw_from, material.planned())
    reach = timedelta(seconds=limits_of(material).longest)
    made = course(kept, material.regions, frame.period, frame.period.until(frame.as_of), count, reach)
    for one in kept.rollups:
        one.forget()
    return made


def _cut_for(material: Material, frame: Frame) -> Sequence[Rollup]:
    """Rollups none of which lies in two stretches of the course: for days those that are there already."""
    if material.raw_from is None:
        return ()
    grain, start = grain_of(frame.period), frame.period.start
    if grain is Grain.DAY:
        return [one for one in material.rollups if start <= one.bucket < material.raw_from]
    return material.between(start, material.raw_from, grain)


def _markers(
    material: Material, rolled: Iterable[Rollup], runs: Iterable[RunResult], start: datetime, end: datetime
) -> list[Marker]:
    seen = Sightings()
    for one in rolled:
        seen.add(one.region, one.detail.releases)
    for run in runs:
        seen.note(run)
    return [*files_changed(material.versions, start, end), *seen.markers()]


def _disagreements(
    material: Material, counted: Counted, regions: Mapping[str, Tally], start: datetime, end: datetime
) -> Mapping[str, int] | None:
    """None: the runs that would tell are gone. They are read when somebody looks: where much fails, they are many."""
    if material.kept_from is not None and material.kept_from > start:
        return None
    known = [region for region, tally in regions.items() if tally.judged_runs]

    def work_out() -> Mapping[str, int]:
        rows = material.rows_around()
        found = disagreements(rows, start, end, counted.limits.longest, counted.planned)
        return {region: found.get(region, 0) for region in known}

    return LaterByKey(work_out) if len(known) > 1 else {}


def _with(days: Sequence[Day], itself: Day) -> list[Day]:
    """The days, where the period is one of them as it is told of here."""
    return [itself if (one.start, one.end) == (itself.start, itself.end) else one for one in days]


def _steps(rollups: Sequence[Rollup], of_runs: Iterable[Steps]) -> Steps:
    """Of both together, worked out when they are looked at."""
    rest = tuple(of_runs)
    return Unpacked(
        lambda: merged_journey([*map(journey_of, rollups), *(one[JOURNEY] for one in rest)]),
        lambda: together([rolled_figures(rollups), *rest]) if rest else rolled_figures(rollups),
    )


def _by_region(rollups: Sequence[Rollup], of_runs: Mapping[str, Steps]) -> Mapping[str, Steps]:
    rolled: dict[str, list[Rollup]] = {}
    for one in rollups:
        if judged_runs(one):
            rolled.setdefault(one.region, []).append(one)
    regions = dict.fromkeys((*rolled, *of_runs))
    return {
        region: _steps(rolled.get(region, ()), [of_runs[region]] if region in of_runs else ()) for region in regions
    }


def _newest(*told: Mapping[str, T]) -> Mapping[str, T]:
    """What was told last under each name."""
    return {name: value for one in told for name, value in one.items()}


def _most_first(*counts: Mapping[str, int]) -> Mapping[str, int]:
    """Their sums, the greatest first."""
    together: Counter[str] = Counter()
    for one in counts:
        together.update(one)
    return dict(sorted(together.items(), key=lambda item: (-item[1], item[0])))


def _excused(incident: Incident, quiet: Planned) -> bool:
    ends = quiet.ends(incident.began_at)
    if ends is None:
        return False
    return incident.told_at is None or (incident.resolved_at is not None and incident.resolved_at <= ends)


def _badness(probe: ProbeFigures) -> tuple[float, float, float, str]:
    """Down first, then the least available, then the least known, then by name."""
    availability = probe.total.availability
    return (
        0.0 if probe.down_now else 1.0,
        availability if availability is not None else 1.1,
        -probe.states[Health.DEGRADED],
        probe.name,
    )
