"""What has to be believed, told from the rules in docs/alerts.md and from the runs alone; it knows no states.

For each probe and region it keeps the runs that count, in the order of their slots, and the silences between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from synthmon.model.probe import AlertRule, Probe, RegionQuorum, Severity
from synthmon.model.run import Outcome, RunKind, RunResult
from tests.simulation.fragile import Judged

GOOD = {Outcome.PASSED: True, Outcome.DEGRADED: True, Outcome.FAILED: False}
KINDS = (RunKind.SCHEDULED, RunKind.CONFIRM, RunKind.MANUAL)


@dataclass(slots=True)
class Place:
    """One probe in one region."""

    newest: tuple[datetime, int, int] | None = None
    recent: list[bool] = field(default_factory=list)  # of the runs that count, newest last; True is good
    goods: int = 0  # in a row, without a silence between
    silent: bool = False
    down: bool = False
    held: set[str] = field(default_factory=set)
    first_bad: datetime | None = None
    last_bad: datetime | None = None
    recovered: datetime | None = None

    def hear(self, run: RunResult, rules: Sequence[AlertRule]) -> None:
        good, slot = GOOD[run.outcome], run.key.slot
        self.recent = [*self.recent[-9:], good]
        met = {rule.name for rule in rules if self.recent[-rule.of :].count(False) >= rule.at_least}
        self.goods = self.goods + 1 if good else 0
        if not good:
            self.last_bad, self.first_bad = slot, self.first_bad or slot
            self.down = self.down or bool(met)
        elif self.down and self.goods >= 2 and not met:
            self.down, self.recovered = False, slot
        if good and not self.down:
            self.first_bad = None
        self.held = self.held | met if self.down else set()
        self.silent = False

    def fall_silent(self) -> None:
        self.silent, self.goods = True, 0

    @property
    def well(self) -> bool:
        return not self.down and self.recent[-1:] == [True]


@dataclass(frozen=True, slots=True)
class View:
    """What holds of one probe after a piece of news: a page, a ticket because too few regions see it, an end."""

    page: bool
    ticket: bool
    trembling: bool  # some known region sees it down, and saw it fail in its newest run
    lasting: bool  # for so long that a ticket is due by now
    over: bool


class Oracle:
    """`views` has everything that held since it was last asked; `down` what is believed, region by region."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        self.places = {(probe.name, region.name): Place() for probe in probes for region in probe.regions}
        self.views: dict[str, list[View]] = {probe.name: [] for probe in probes}

    def follow(self, judged: Judged, declared: Mapping[str, Probe]) -> None:
        """What was just judged, as it was declared then."""
        if not judged.runs:
            self.sweep(judged.now, declared)
        for run in sorted(judged.runs, key=lambda run: (_order(run), run.key.region)):
            probe_of = declared.get(run.key.probe)
            if probe_of is not None and self._counts(run):
                self._hear(probe_of, run, judged.now)
        for name in dict.fromkeys(run.key.probe for run in judged.runs):
            if name in declared:
                self._look(declared[name], judged.now)

    def sweep(self, now: datetime, declared: Mapping[str, Probe]) -> None:
        """What was seen although no run came. Silences that nobody was there to see are told from the slots alone."""
        self._forget(declared)
        for probe in declared.values():
            self._look(probe, now)

    def _look(self, probe: Probe, now: datetime) -> None:
        self._settle(probe, now)
        self.views[probe.name].append(self._view(probe, now, good_news=False))

    def _counts(self, run: RunResult) -> bool:
        place = self.places[run.key.probe, run.key.region]
        newer = place.newest is None or _order(run) > place.newest
        return newer and run.outcome in GOOD and run.key.kind is not RunKind.MANUAL

    def _hear(self, probe: Probe, run: RunResult, now: datetime) -> None:
        place = self.places[probe.name, run.key.region]
        if place.newest is not None and run.key.slot > place.newest[0] + _patience(probe):
            place.fall_silent()
            self.views[probe.name].append(self._view(probe, now, good_news=False))
        place.hear(run, probe.alerts)
        place.newest = _order(run)
        self._settle(probe, now)
        self.views[probe.name].append(self._view(probe, now, good_news=run.outcome.good))

    def _settle(self, probe: Probe, now: datetime) -> None:
        for region in probe.regions:
            place = self.places[probe.name, region.name]
            if place.newest is not None and place.recent and now > place.newest[0] + _patience(probe):
                place.fall_silent()

    def _view(self, probe: Probe, now: datetime, *, good_news: bool) -> View:
        places = [self.places[probe.name, region.name] for region in probe.regions]
        known = [place for place in places if place.recent and not place.silent]
        down = [place for place in known if place.down]
        met = {rule for rule in probe.alerts if _count(down, rule) >= max(1, _needed(rule, len(known)))}
        failing = [place for place in down if not place.recent[-1]]
        began = min((place.first_bad for place in down if place.first_bad), default=now)
        return View(
            page=any(rule.severity is Severity.PAGE for rule in met),
            ticket=bool(met),
            trembling=bool(failing),
            lasting=bool(failing) and now - began > timedelta(seconds=2 * probe.interval),
            over=good_news
            and 2 * len(known) >= len(places)
            and all(place.well for place in known)
            and _overtaken(places),
        )

    def _forget(self, declared: Mapping[str, Probe]) -> None:
        for (probe, _), place in self.places.items():
            if probe not in declared:
                kept = place.newest
                place.__init__()  # type: ignore[misc]  # as new, but for the order
                place.newest = kept


def _order(run: RunResult) -> tuple[datetime, int, int]:
    return (run.key.slot, KINDS.index(run.key.kind), run.key.n)


def _patience(probe: Probe) -> timedelta:
    return timedelta(seconds=2 * probe.interval + probe.journey.timeout + 5)


def _count(down: Sequence[Place], rule: AlertRule) -> int:
    return sum(rule.name in place.held for place in down)


def _needed(rule: AlertRule, known: int) -> int:
    match rule.regions:
        case RegionQuorum.ANY:
            return 1
        case RegionQuorum.MAJORITY:
            return known // 2 + 1
        case number:
            return min(int(number), known)


def _overtaken(places: Sequence[Place]) -> bool:
    """A region that fell silent while it was down has to be overtaken by a later recovery elsewhere."""
    words = [place.last_bad for place in places if place.silent and place.down and place.last_bad]
    latest = max((place.recovered for place in places if place.recovered and not place.silent), default=None)
    return all(latest is not None and word < latest for word in words)
