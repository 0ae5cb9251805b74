"""What must hold after every turn. Which check holds which of the invariants of judging and telling:

I1  absence is not recovery            `Watch._resolved`, `RegionWatch._resolved`: an end needs good news
I2  our error is no failure of theirs  `Watch._beliefs`, `Watch._opened`: to the oracle an error says nothing, and a
                                       latency that we spoilt neither
I3  atomic                             `Watch._opened`: an incident without a word owed; the oracle hears what was
                                       committed, and the process dies around every commit
I4  triggered means resolved           `Watch._resolved`: to all who were told; `ending.at_the_end`: nothing is open
                                       at a receiver, nothing is owed
I5  triggers fail open                 `Watch._nothing_missed`: told, and as a page; `RegionWatch._spoken_for`: alone or
                                       as one; `ending._backups_were_told`
I6  one run is one row                 `ending._every_slot_is_accounted_for`
I7  timers are kept                    all of them, as processes die between turns and the oracle does not;
                                       `RegionWatch._silences`: a start calls nobody silent
I8  the slot is the order              `Watch._beliefs`, `Watch._opened`: the oracle sorts by slots, results come late
I9  bounded noise                      `Watch._current`, `ending._rows_are_bounded`, who woke twice in `at_the_end`;
                                       `Watch._views`: no budget beside its outage
I10 the watcher is watched             `RegionWatch._silences`, `RegionWatch._stuck`: what is not heard of is told

That a centre which cannot judge at all is missed from outside (a part of I10) is not drawn here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from synthmon.judge.telling import REMOVED
from synthmon.model.incident import Incident, Occasion, RegionPhase, RegionState
from synthmon.model.probe import OWN_TRACKS, Probe, Severity, Track
from tests.simulation.oracle import View
from tests.simulation.plan import MINUTE, SECOND, Span, instant
from tests.simulation.regions import RegionWatch
from tests.simulation.world import World

DOWN = {RegionPhase.DOWN, RegionPhase.SOFT_UP}
TICKS = 10 * SECOND
HANDED_ON = 2 * SECOND  # from a decision to its acceptance, where the receiver is well


class Broken(AssertionError):
    """An invariant does not hold; the text says which, in which world and when."""


@dataclass(slots=True)
class Seen:
    """An incident as it was after the last turn."""

    current: bool
    severity: Severity


class Watch:
    """Holds what was decided against the oracle after every turn."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: dict[str, Seen] = {}
        self.pages = self.false_pages = 0
        self.paged: dict[str, list[Span]] = {name: [] for name in world.all}  # when a page's incident was current
        self.opened: Counter[Track] = Counter()
        self.regions = RegionWatch(self)
        self._open_since: dict[str, int] = {}
        self._outages: dict[str, Incident] = {}  # the present or latest one of each probe, as of the last turn
        world.watchers.append(self.look)

    def broken(self, what: str) -> Broken:
        return Broken(f"seed {self.world.plan.seed}, {self.world.at / 1000:.3f} s: {what}")

    def look(self, world: World) -> None:
        incidents = world.store.incidents()
        if self._swept and world.centre is not None:
            world.oracle.sweep(world.now, world.declared, world.centre._upkeep)
        current = self._current(incidents)
        outages = {incident.probe: incident for incident in reversed(incidents) if incident.track is Track.DOWN}
        outages |= {probe: incident for (probe, track), incident in current.items() if track is Track.DOWN}
        views = self._views(outages)
        for incident in incidents:
            if incident.track not in OWN_TRACKS:
                self._changed(incident, views.get((incident.probe, incident.track), []))
        for (name, track), some in views.items():
            if some and name in world.declared:
                self._nothing_missed(world.all[name], track, some, current.get((name, track)), incidents)
        for name in world.all:
            outage = current.get((name, Track.DOWN))
            self._remember(name, outage is not None and outage.severity is Severity.PAGE)
        self._outages = outages
        self._beliefs()
        if self._swept:
            self.regions.look(incidents)

    def _current(self, incidents: list[Incident]) -> dict[tuple[str, Track], Incident]:
        found: dict[tuple[str, Track], Incident] = {}
        for incident in incidents:
            if incident.current:
                if (incident.probe, incident.track) in found:
                    raise self.broken(f"two incidents of {incident.probe}, {incident.track} are current (I9)")
                found[incident.probe, incident.track] = incident
        return found

    def _views(self, outages: dict[str, Incident]) -> dict[tuple[str, Track], list[View]]:
        """What the oracle said since the last turn; of a budget, without what an outage that was told explains."""
        views = self.world.oracle.views
        self.world.oracle.views = {key: [] for key in views}
        for (name, track), some in views.items():
            if track is Track.BUDGET and some:
                before, after = self._outages.get(name), outages.get(name)
                views[name, track] = [_unexplained(view, before, after, self.world.now) for view in some]
        return views

    def _nothing_missed(
        self, probe: Probe, track: Track, views: list[View], current: Incident | None, incidents: list[Incident]
    ) -> None:
        """A budget speaks up once, at a bad run; of the others the newest view counts."""
        must = frozenset().union(*(view.must for view in views)) if track is Track.BUDGET else views[-1].must
        if not must:
            return
        about = f"{probe.name} ({track})"
        if current is None:
            if track is Track.BUDGET and any(
                one.probe == probe.name and one.track is track and one.resolved_at == self.world.now
                for one in incidents
            ):
                return
            raise self.broken(f"{about} meets a rule, and no incident is open (missed)")
        if Severity.PAGE not in must:
            return
        if current.severity is not Severity.PAGE:
            raise self.broken(f"{about} has to page, and no page's incident is open (missed)")
        told = any(row.severity is Severity.PAGE for row in self._rows(current, Occasion.TRIGGER))
        excused = self.world.hushed(probe.name) or self.regions.excused(current)
        if self._swept and not told and not excused:
            raise self.broken(f"{about} pages, and nobody was told that it is a page (I5)")

    @property
    def _swept(self) -> bool:
        return self.world.centre is not None and self.world.centre._swept_at == self.world.now

    def _remember(self, name: str, page: bool) -> None:
        if page:
            self._open_since.setdefault(name, self.world.at)
        elif name in self._open_since:
            self.paged[name].append(Span(self._open_since.pop(name), self.world.at))

    def _changed(self, incident: Incident, views: list[View]) -> None:
        before = self.seen.get(incident.id)
        after = Seen(incident.current, incident.severity)
        if before == after:
            return
        self.seen[incident.id] = after
        if before is None or before.severity is not after.severity:
            self._opened(incident, views)
        if (before is None or before.current) and not after.current:
            self._resolved(incident, views)

    def _opened(self, incident: Incident, views: list[View]) -> None:
        told = self._rows(incident, Occasion.TRIGGER)
        if not incident.current and not told:
            return  # a backlog: kept, and nobody is told
        about = f"{incident.probe} ({incident.track})"
        self.opened[incident.track] += 1
        may = frozenset().union(*(view.may for view in views))
        if incident.severity is Severity.PAGE and Severity.PAGE not in may:
            raise self.broken(f"{about} pages, and no page's rule is met")
        if not may:
            raise self.broken(f"{about} opens a ticket, and no rule is met anywhere")
        if incident.track is Track.DOWN and incident.severity is Severity.PAGE:
            self._paged(incident, told=bool(told))
        if incident.current and not told and not self._kept_back(incident):
            raise self.broken(f"an incident of {about} is open, and nobody is owed a word of it (I3)")

    def _paged(self, incident: Incident, *, told: bool) -> None:
        self.pages += told
        true = self._true(incident)
        self.false_pages += not true
        if not true and not self.world.plan.flake:
            raise self.broken(f"{incident.probe} pages, and its target was well all the time")

    def _resolved(self, incident: Incident, views: list[View]) -> None:
        about = f"{incident.probe} ({incident.track})"
        gone = incident.resolved_because == REMOVED and self._was_removed(incident)
        if incident.probe in self.world.declared and not gone and not any(view.over for view in views):
            raise self.broken(f"{about} is resolved without recovery (I1)")
        told = {row.channel for row in self._rows(incident, Occasion.TRIGGER)}
        over = {row.channel for row in self._rows(incident, Occasion.RESOLVE)}
        if told - over:
            raise self.broken(f"no resolve is owed to {sorted(told - over)} about {about} (I4)")

    def _kept_back(self, incident: Incident) -> bool:
        """Somebody had asked for silence, whose end is seen at the next sweep; or a region's incident speaks for it."""
        quiet = any(span.start <= self.world.at <= span.end + TICKS for span in self._quiets(incident.probe))
        return quiet or self.regions.excused(incident)

    def _quiets(self, probe: str) -> list[Span]:
        return [span for span in self.world.plan.quiets if span.who == probe]

    def _was_removed(self, incident: Incident) -> bool:
        """It may be declared again by now, if a crash was between."""
        spans = [span for span in self.world.plan.removals if span.who == incident.probe]
        ended = incident.resolved_at or self.world.now
        return any(instant(span.start) <= ended <= instant(span.end) for span in spans)

    def _rows(self, incident: Incident, occasion: Occasion) -> list[_Row]:
        return [
            _Row(one.notification.channel, one.notification.message.severity)
            for one in self.world.store.deliveries(incident.id)
            if one.notification.occasion is occasion and one.notification.level == 0
        ]

    def _true(self, incident: Incident) -> bool:
        """Whether the target really was down in some region not long before the page's evidence."""
        patience = 15 * MINUTE
        spans = [outage.span for outage in self.world.plan.outages if outage.probe == incident.probe]
        spans += self.world.plan.cutoffs
        return any(instant(span.start) <= incident.cause.slot <= instant(span.end + patience) for span in spans)

    def _beliefs(self) -> None:
        states = {(state.probe, state.region): state for state in self.world.store.states()}
        for (probe, region), place in self.world.oracle.places.items():
            if probe in self.world.declared and place.heard:
                believed = _believed_down(states.get((probe, region)))
                if believed is not place.down:
                    raise self.broken(f"{probe} in {region} is believed {'down' if believed else 'up'}, wrongly")


@dataclass(frozen=True, slots=True)
class _Row:
    channel: str
    severity: Severity


def _unexplained(view: View, before: Incident | None, after: Incident | None, now: datetime) -> View:
    """Without what an outage explains that is told at least as loudly, or was until just now."""
    may = frozenset(one for one in view.may if not _lasts(before, after, one))
    explained = [one for one in (before, after) if one is not None]
    must = frozenset(
        severity
        for severity in view.must
        if not any(_loud(one, severity) and (one.current or _ended(one, now) < view.short) for one in explained)
    )
    return replace(view, may=may, must=must)


def _lasts(before: Incident | None, after: Incident | None, severity: Severity) -> bool:
    """Whether one outage was current all through the turn, and as loud."""
    same = before is not None and after is not None and before.id == after.id
    return same and before is not None and _loud(before, severity) and before.current and after.current  # type: ignore[union-attr]


def _loud(outage: Incident, severity: Severity) -> bool:
    return severity is Severity.TICKET or outage.severity is Severity.PAGE


def _ended(outage: Incident, now: datetime) -> timedelta:
    return now - (outage.resolved_at or now)


def _believed_down(state: RegionState | None) -> bool:
    track = state.tracks.get(Track.DOWN) if state else None
    if track is None:
        return False
    return (track.before_blind if track.phase is RegionPhase.BLIND else track.phase) in DOWN
