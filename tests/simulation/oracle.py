"""What has to be believed, told from the rules in docs/alerts.md and from the runs alone; it knows no states.

For each probe and region it keeps the runs that count, in the order of their slots, and the silences between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from synthmon.judge.upkeep import Upkeep
from synthmon.model.condition import NoData
from synthmon.model.probe import AlertRule, Probe, RegionQuorum, Severity, Track
from synthmon.model.run import FailureKind, Outcome, RunKind, RunResult
from tests.simulation import doubtful, figures
from tests.simulation.fragile import Judged

GOOD = {Outcome.PASSED: True, Outcome.DEGRADED: True, Outcome.FAILED: False}
KINDS = (RunKind.SCHEDULED, RunKind.CONFIRM, RunKind.MANUAL)
BY_REGION = (Track.DOWN, Track.SLOW, Track.CLEANUP)  # the others look at all regions at once

Severities = frozenset[Severity]
NOBODY: Severities = frozenset()


@dataclass(slots=True)
class Belief:
    """One track of one probe in one region. `recent`: whether the runs that say something were good, newest last."""

    recent: list[bool] = field(default_factory=list)
    last: bool | None = None
    goods: int = 0  # in a row, without a silence between
    silent: bool = False  # since the last run that said something was too long ago
    down: bool = False
    held: set[str] = field(default_factory=set)
    first_bad: datetime | None = None
    last_bad: datetime | None = None
    kind: FailureKind | None = None  # of the last bad run
    recovered: datetime | None = None

    def hear(self, run: RunResult, good: bool, rules: Sequence[AlertRule], measured: set[str]) -> None:
        """`measured` are the rules about a figure that is out of bounds; the others count runs."""
        slot = run.key.slot
        counted = [rule for rule in rules if rule.condition is None]
        met = {rule.name for rule in counted if self.recent[-rule.of :].count(False) >= rule.at_least} | measured
        self.goods, self.silent = self.goods + 1 if good else 0, False
        self.last = good
        if not good:
            self.last_bad, self.first_bad = slot, self.first_bad or slot
            self.kind = run.failures[0].kind if run.failures else None
            self.down = self.down or bool(met)
        elif self.down and self.goods >= 2 and not met:
            self.down, self.recovered = False, slot
        if good and not self.down:
            self.first_bad = None
        self.held = self.held | met if self.down else set()

    @property
    def well(self) -> bool:
        return not self.down and self.last is True


@dataclass(slots=True)
class Place:
    """One probe in one region. `scheduled` are the runs that figures are made of, by their slots."""

    newest: tuple[datetime, int, int] | None = None
    beliefs: dict[Track, Belief] = field(default_factory=dict)
    scheduled: list[RunResult] = field(default_factory=list)

    def hear(self, run: RunResult, probe: Probe) -> None:
        if run.key.kind is RunKind.SCHEDULED:
            self.scheduled.append(run)
        for track in BY_REGION:
            rules = [figures.known(probe, rule) for rule in probe.alerts if rule.track is track]
            good = figures.says(run, track, rules)
            if good is not None:
                belief = self.beliefs.setdefault(track, Belief())
                belief.recent = [*belief.recent[-9:], good or not figures.counts(run, track)]
                belief.hear(run, good, rules, figures.out_of_bounds(rules, self.scheduled, run.key.slot))

    def fall_silent(self) -> None:
        for belief in self.beliefs.values():
            belief.goods, belief.silent = 0, True

    def knows(self, track: Track) -> Belief | None:
        """What is believed, if known: of a region that is heard again, but failing, nothing is known about speed."""
        belief = self.beliefs.get(track)
        return None if belief is None or belief.silent else belief

    @property
    def down(self) -> bool:
        return Track.DOWN in self.beliefs and self.beliefs[Track.DOWN].down

    @property
    def heard(self) -> bool:
        return Track.DOWN in self.beliefs


@dataclass(frozen=True, slots=True)
class View:
    """What holds of one probe and track after a piece of news: how loudly an incident may be told, and has to be.

    `over`: it may end. `short`: for so long an outage that was told explains a budget that burns.
    """

    may: Severities
    must: Severities
    over: bool
    short: timedelta = timedelta(0)


class Oracle:
    """`views` has everything that held since it was last asked; `places` what is believed, region by region."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        probes = list(probes)
        self.places = {(probe.name, region.name): Place() for probe in probes for region in probe.regions}
        self.views: dict[tuple[str, Track], list[View]] = {
            (probe.name, track): [] for probe in probes for track in tracks(probe)
        }
        self.expected: dict[str, datetime] = {}  # since when there ought to be data
        self.suspected: Mapping[str, datetime] = {}  # regions, and since when, as of the last sweep
        self.slots: dict[tuple[str, str], datetime] = {}  # the newest that came, by probe and region
        self.ended: dict[str, datetime] = {}  # the end of the newest run of each region
        self._doubted: frozenset[str] = frozenset()
        self._silent: set[str] = set()
        self._swept_at: datetime | None = None

    def follow(self, judged: Judged, declared: Mapping[str, Probe]) -> None:
        """What was just judged, as it was declared then; and as regions were seen, which `regions.py` checks."""
        if not judged.runs:
            self.sweep(judged.now, declared, judged.doubts)
        for run in judged.runs:
            self._note(run)
        self._take_doubts(judged.doubts, judged.now)
        named = {run.key.probe: self.expected.setdefault(run.key.probe, judged.now) for run in judged.runs}
        heard = set()
        for name in (one for one in named if one in declared):
            self._silent = set(judged.doubts.silent)
            about = [run for run in judged.runs if run.key.probe == name]
            for run in sorted(about, key=lambda run: (_order(run), run.key.region)):
                if self._counts(run):
                    self._hear(declared[name], run, judged.now)
                    heard.add(name)
            self._look(declared[name], judged.now, heard=name in heard)

    def sweep(self, now: datetime, declared: Mapping[str, Probe], doubts: Upkeep) -> None:
        """What was seen although no run came. Silences that nobody was there to see are told from the slots alone."""
        if now != self._swept_at:
            self._swept_at = now
            self.suspected = doubtful.suspects(declared, self.places)
        self._take_doubts(doubts, now)
        self._forget(declared)
        for probe in declared.values():
            self.expected.setdefault(probe.name, now)
            self._look(probe, now, looking=True)

    def _take_doubts(self, doubts: Upkeep, now: datetime) -> None:
        self._silent = set(doubts.silent)
        self._doubted = frozenset(name for name, one in doubts.suspect.items() if now - one.since < doubtful.HELD)

    def _note(self, run: RunResult) -> None:
        """Whatever a run found, its region gave a sign of life, and its slot was seen to."""
        end = run.started_at + timedelta(seconds=run.duration)
        self.ended[run.key.region] = max(end, self.ended.get(run.key.region, end))
        if run.key.kind is RunKind.SCHEDULED:
            pair = (run.key.probe, run.key.region)
            self.slots[pair] = max(run.key.slot, self.slots.get(pair, run.key.slot))

    def _look(self, probe: Probe, now: datetime, *, heard: bool = False, looking: bool = False) -> None:
        self._settle(probe, now)
        self._see(probe, now, None)
        if Track.NO_DATA in tracks(probe):
            self.views[probe.name, Track.NO_DATA].append(self._silence(probe, now, heard=heard, looking=looking))

    def _see(self, probe: Probe, now: datetime, run: RunResult | None) -> None:
        for track in tracks(probe):
            if track in BY_REGION:
                good_news = run is not None and (run.outcome.good or track is Track.CLEANUP)
                self.views[probe.name, track].append(self._view(probe, track, now, good_news=good_news))
            elif track is Track.BUDGET:
                self.views[probe.name, track].append(self._budgets(probe, now, run))

    def _counts(self, run: RunResult) -> bool:
        place = self.places[run.key.probe, run.key.region]
        newer = place.newest is None or _order(run) > place.newest
        return newer and run.outcome in GOOD and run.key.kind is not RunKind.MANUAL

    def _hear(self, probe: Probe, run: RunResult, now: datetime) -> None:
        place = self.places[probe.name, run.key.region]
        if now - run.key.slot <= patience(probe):
            self._silent.discard(run.key.region)
        if place.newest is not None and run.key.slot > place.newest[0] + patience(probe):
            place.fall_silent()
            self._see(probe, now, None)
        place.hear(run, probe)
        place.newest = _order(run)
        self._settle(probe, now)
        self._see(probe, now, run)

    def _settle(self, probe: Probe, now: datetime) -> None:
        for region, place in self._places(probe).items():
            stale = place.newest is not None and now > place.newest[0] + patience(probe)
            if place.beliefs and (stale or region in self._silent):
                place.fall_silent()

    def _view(self, probe: Probe, track: Track, now: datetime, *, good_news: bool) -> View:
        places = self._places(probe)
        trusted = {region: place for region, place in places.items() if region not in self._doubted}
        known = {region: belief for region, place in trusted.items() if (belief := place.knows(track))}
        down = [belief for belief in known.values() if belief.down]
        rules = [rule for rule in probe.alerts if rule.track is track]
        met = {rule.severity for rule in rules if _count(down, rule) >= max(1, _needed(rule, len(known)))}
        began = min((one.first_bad for one in down if one.first_bad), default=now)
        trembles = track is Track.DOWN and any(one.last is False for one in down)
        lasting = trembles and now - began > timedelta(seconds=2 * probe.interval)
        over = 2 * len(known) >= len(places) and all(one.well for one in known.values())
        return View(
            may=frozenset(met) | _ticket(bool(met) or trembles),
            must=frozenset(met) | _ticket(lasting),
            over=good_news and over and bool(known) and _overtaken(places.values(), known.values(), track),
        )

    def _budgets(self, probe: Probe, now: datetime, run: RunResult | None) -> View:
        places = self._places(probe)
        if run is None:
            return View(NOBODY, NOBODY, over=False)
        known = [region for region, place in places.items() if place.knows(Track.DOWN)]
        runs = {region: place.scheduled for region, place in places.items()}
        burns = figures.burns(probe, runs, now)
        news = [burn for burn in burns if run.key.region in known and figures.spends(burn.objective, run)]
        return View(
            may=frozenset(burn.rule.severity for burn in news if burn.may),
            must=frozenset(burn.rule.severity for burn in news if burn.must),
            over=run.outcome.good and 2 * len(known) >= len(places) and all(burn.calm for burn in burns),
            short=min((burn.short for burn in news if burn.must), default=timedelta(0)),
        )

    def _silence(self, probe: Probe, now: datetime, *, heard: bool, looking: bool) -> View:
        newest = [place.newest[0] for place in self._places(probe).values() if place.newest]
        lasts = now - max([*newest, self.expected[probe.name]])
        limits = [(rule, rule.condition.after) for rule in probe.alerts if isinstance(rule.condition, NoData)]
        missed = [rule.severity for rule, after in limits if lasts >= timedelta(seconds=after)]
        said = frozenset(missed if looking else ())
        return View(may=said, must=said, over=heard and not missed)

    def _places(self, probe: Probe) -> Mapping[str, Place]:
        return {region.name: self.places[probe.name, region.name] for region in probe.regions}

    def _forget(self, declared: Mapping[str, Probe]) -> None:
        for name in [name for name in self.expected if name not in declared]:
            del self.expected[name]
        for (probe, _), place in self.places.items():
            if probe not in declared:
                kept = place.newest
                place.__init__()  # type: ignore[misc]  # as new, but for the order
                place.newest = kept


def tracks(probe: Probe) -> tuple[Track, ...]:
    """Those that some rule of the probe asks about."""
    return tuple(dict.fromkeys(rule.track for rule in probe.alerts))


def patience(probe: Probe) -> timedelta:
    """After which silence a region is blind."""
    return timedelta(seconds=2 * probe.interval + probe.journey.timeout + 5)


def _order(run: RunResult) -> tuple[datetime, int, int]:
    return (run.key.slot, KINDS.index(run.key.kind), run.key.n)


def _ticket(wanted: bool) -> Severities:
    return frozenset({Severity.TICKET}) if wanted else NOBODY


def _count(down: Sequence[Belief], rule: AlertRule) -> int:
    return sum(rule.name in belief.held for belief in down)


def _needed(rule: AlertRule, known: int) -> int:
    match rule.regions:
        case RegionQuorum.ANY:
            return 1
        case RegionQuorum.MAJORITY:
            return known // 2 + 1
        case number:
            return min(int(number), known)


def _overtaken(places: Collection[Place], known: Collection[Belief], track: Track) -> bool:
    """A region that fell silent while it was down has to be overtaken by a later recovery elsewhere."""
    beliefs = [place.beliefs[track] for place in places if track in place.beliefs]
    words = [one.last_bad for one in beliefs if one.silent and one.down and one.last_bad]
    latest = max((one.recovered for one in known if one.recovered), default=None)
    return all(latest is not None and word < latest for word in words)
