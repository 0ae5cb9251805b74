"""Gathers what a report tells beside the figures of probes: who was told, what ends soon, how the watching went."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.judge.policy import Policy
from synthmon.judge.windows import Window, occurrences
from synthmon.model.incident import Incident
from synthmon.model.probe import Probe
from synthmon.model.quiet import Quiet, QuietKind
from synthmon.nouns import dataclass
from synthmon.reports.figures import expiring
from synthmon.reports.figures.beside import Beside
from synthmon.reports.figures.hygiene import Declared, Hygiene, hygiene
from synthmon.reports.figures.notices import WITHHELD, Notices, notices
from synthmon.reports.figures.report import ProbeFigures, Report
from synthmon.reports.figures.stories import Story, stories
from synthmon.reports.figures.watching import Happening, Watching, watching
from synthmon.store.interface import Store

AHEAD = timedelta(days=7)
TRACED = 100  # incidents whose trace is looked up
CONSOLE = "console"  # what it prints, nobody may read
TERMS, JUMPS = "watch.terms", "watch.jumps"
REMEMBERED = 200  # happenings of each kind


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an installation decides. Without a `policy` it is not known whom anybody tells.

    `base` is the address of the pages, if people can reach them; `trace_url` that of a trace, with `{trace_id}` in it.
    """

    policy: Callable[[], Policy | None] = lambda: None
    base: Callable[[], str | None] = lambda: None
    trace_url: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What is read. `whole`: it is a report of all probes."""

    store: Store
    windows: Sequence[Window]
    around: Surroundings
    whole: bool


def beside(report: Report, probes: Mapping[str, Probe], ground: Ground) -> Beside:
    """As far as it was known at `as_of`."""
    store, around = ground.store, ground.around
    declared = {probe.name: probes[probe.name] for probe in report.probes if probe.name in probes}
    quiets = _quiets(report, declared, store, ground.windows)
    planned = [one for one in quiets if one.kind is QuietKind.MAINTENANCE]
    period, until = report.period, report.known_until
    incidents = {one.id: one for one in (*report.incidents, *report.own)}
    return Beside(
        stories=_stories(report, store, around),
        notices=_notices(report, store, incidents),
        expiring=_expiring(report, store, whole=ground.whole),
        done=tuple(one for one in planned if one.start < until and one.ends_at > period.start),
        coming=tuple(one for one in planned if one.start >= until),
        hygiene=_hygiene(declared, quiets, around, until),
        watch=_watching(report, store) if ground.whole else None,
        base=around.base(),
        trace_url=around.trace_url,
    )


def _quiets(report: Report, declared: Mapping[str, Probe], store: Store, windows: Sequence[Window]) -> list[Quiet]:
    """Silences and maintenance about these probes from the period's beginning to a week after what is known."""
    start, end = report.period.start, report.known_until + AHEAD
    found = [*store.quiets(start, end), *occurrences(windows, start, end)]
    about = (one for one in found if any(one.covers.covers(probe) for probe in declared.values()))
    return sorted(about, key=lambda one: (one.start, one.id))


def _stories(report: Report, store: Store, around: Surroundings) -> dict[str, Story]:
    traces = {}
    for one in report.incidents[:TRACED] if around.trace_url else ():
        run = store.run(one.cause.run_id) if one.cause.run_id else None
        if run is not None and run.trace_id:
            traces[run.key.id] = run.trace_id
    markers = {probe.name: [one.marker for one in probe.beyond.releases] for probe in report.probes}
    return stories(report.incidents, traces, markers)


def _notices(report: Report, store: Store, incidents: Mapping[str, Incident]) -> Notices:
    start, end = report.period.start, report.known_until
    deliveries, events = store.deliveries_between(start, end), store.events_between(start, end, WITHHELD)
    return notices(deliveries, events, incidents, report.as_of)


def _expiring(report: Report, store: Store, *, whole: bool) -> tuple[expiring.Expiring, ...]:
    until = report.known_until
    seen = {probe.name: probe.certificates for probe in report.probes}
    tokens = expiring.tokens(store.tokens(), until) if whole else []
    return expiring.soonest_first([*expiring.certificates(seen, until), *tokens])


def _hygiene(declared: Mapping[str, Probe], quiets: Iterable[Quiet], around: Surroundings, now: datetime) -> Hygiene:
    policy = around.policy()
    return hygiene((_declared(probe, policy, now) for probe in declared.values()), quiets, now)


def _declared(probe: Probe, policy: Policy | None, now: datetime) -> Declared:
    told = {name for rule in probe.alerts for name in (policy.route(probe, rule, now) if policy else ())}
    journey = probe.journey
    return Declared(
        name=probe.name,
        alerts=bool(probe.alerts),
        heard=policy is None or bool(told - {CONSOLE}),
        owner=probe.owner,
        budget=journey.latency_budget is not None or any(step.latency_budget is not None for step in journey.steps),
        runbook=probe.runbook is not None or any(rule.runbook for rule in probe.alerts),
    )


def _watching(report: Report, store: Store) -> Watching:
    start, end = report.period.start, report.known_until
    notes = store.notes()
    return watching(
        (probe.late for probe in report.probes),
        store.missed_by_reason(start, end),
        (step.kinds for probe in report.probes if _broke(probe) for step in probe.steps if step.id),
        _happened(notes.get(TERMS), start, end),
        _happened(notes.get(JUMPS), start, end),
    )


def _broke(probe: ProbeFigures) -> bool:
    """Only such a run can have a step that could not judge; of others there is no need to open what steps came to."""
    return any(outcome.broken and number for outcome, number in (probe.total.by_outcome or {}).items())


def _happened(note: str | None, start: datetime, end: datetime) -> list[Happening]:
    known = (Happening(datetime.fromisoformat(at), what) for at, what in json.loads(note or "[]"))
    return [one for one in known if start <= one.at < end]


def remember(store: Store, name: str, at: datetime, what: str, epoch: int | None = None) -> None:
    """Note that something happened to synthmon itself, for the reports that tell of that time."""
    known = json.loads(store.notes().get(name, "[]"))
    store.note(name, json.dumps([*known, [at.isoformat(), what]][-REMEMBERED:]), epoch)
