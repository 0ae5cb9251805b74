"""What must hold after every turn and at the end of a world, and how soon an outage is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from synthmon.judge.telling import REMOVED
from synthmon.model.incident import DeliveryStatus, Incident, Occasion, RegionPhase, RegionState
from synthmon.model.probe import Probe, Severity, Track
from synthmon.model.run import RunKind
from synthmon.schedule import slots
from tests.making import NOON
from tests.simulation.oracle import View
from tests.simulation.plan import CHAT, MINUTE, PAGER, SECOND, Outage, Plan, Span, instant
from tests.simulation.world import World

DOWN = {RegionPhase.DOWN, RegionPhase.SOFT_UP}
HANDED_ON = 2 * SECOND  # from a decision to its acceptance, where the receiver is well


class Broken(AssertionError):
    """An invariant does not hold; the text says which, in which world and when."""


@dataclass(slots=True)
class Seen:
    """An incident as it was after the last turn."""

    current: bool
    severity: Severity


@dataclass(slots=True)
class Detection:
    """How the outages of a world fared. `seconds` are from the start of each outage to the acceptance of its page."""

    checked: int = 0
    not_held: int = 0  # too short, too disturbed, or in too few regions: nothing is promised
    seconds: list[float] = field(default_factory=list)


class Watch:
    """Holds what was decided against the oracle after every turn."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen: dict[str, Seen] = {}
        self.pages = self.false_pages = 0
        self.paged: dict[str, list[Span]] = {name: [] for name in world.all}  # when a page's incident was current
        self._open_since: dict[str, int] = {}
        world.watchers.append(self.look)

    def broken(self, what: str) -> Broken:
        return Broken(f"seed {self.world.plan.seed}, {self.world.at / 1000:.3f} s: {what}")

    def look(self, world: World) -> None:
        incidents = world.store.incidents()
        if self._swept:
            world.oracle.sweep(world.now, world.declared)
        for probe in world.all.values():
            views, world.oracle.views[probe.name] = world.oracle.views[probe.name], []
            about = [incident for incident in incidents if incident.probe == probe.name]
            self._look_at(probe, about, views)
        self._beliefs()

    def _look_at(self, probe: Probe, about: list[Incident], views: list[View]) -> None:
        declared = probe.name in self.world.declared
        current = [incident for incident in about if incident.current]
        if len(current) > 1:
            raise self.broken("two incidents of one probe and track are current (I6)")
        for incident in about:
            self._changed(incident, views, declared)
        page = any(incident.severity is Severity.PAGE for incident in current)
        if declared and views:
            self._nothing_missed(probe, views[-1], current, page)
        self._remember(probe.name, page)

    def _nothing_missed(self, probe: Probe, present: View, current: list[Incident], page: bool) -> None:
        if present.page and not page:
            raise self.broken(f"{probe.name} is down, and no page's incident is open (missed)")
        if present.page and self._swept and not self.world.hushed(probe.name):
            rows = [row for one in current for row in self._rows(one, Occasion.TRIGGER)]
            if not any(row.severity is Severity.PAGE for row in rows):
                raise self.broken(f"{probe.name} is down, and nobody was told that it is a page (I5)")
        if present.ticket and not current:
            raise self.broken(f"{probe.name} meets a rule, and no incident is open (missed)")
        if present.trembling and present.lasting and not current:
            raise self.broken(f"{probe.name} is down in some region for long, and no incident is open (missed)")

    @property
    def _swept(self) -> bool:
        return self.world.centre is not None and self.world.centre._swept_at == self.world.now

    def _remember(self, name: str, page: bool) -> None:
        if page:
            self._open_since.setdefault(name, self.world.at)
        elif name in self._open_since:
            self.paged[name].append(Span(self._open_since.pop(name), self.world.at))

    def _changed(self, incident: Incident, views: list[View], declared: bool) -> None:
        before = self.seen.get(incident.id)
        after = Seen(incident.current, incident.severity)
        if before == after:
            return
        self.seen[incident.id] = after
        if before is None or before.severity is not after.severity:
            self._opened(incident, views)
        if (before is None or before.current) and not after.current:
            self._resolved(incident, views, declared)

    def _opened(self, incident: Incident, views: list[View]) -> None:
        told = self._rows(incident, Occasion.TRIGGER)
        if not incident.current and not told:
            return  # a backlog: kept, and nobody is told
        if incident.severity is Severity.PAGE:
            self.pages += bool(told)
            if not any(view.page for view in views):
                raise self.broken(f"{incident.probe} pages, and no page's rule is met")
            true = self._true(incident)
            self.false_pages += not true
            if not true and not self.world.plan.flake:
                raise self.broken(f"{incident.probe} pages, and its target was well all the time")
        elif not any(view.ticket or view.trembling for view in views):
            raise self.broken(f"{incident.probe} opens a ticket, and no rule is met anywhere")
        if incident.current and not told and not self._kept_back(incident):
            raise self.broken(f"an incident of {incident.probe} is open, and nobody is owed a word of it (I3)")

    def _resolved(self, incident: Incident, views: list[View], declared: bool) -> None:
        gone = incident.resolved_because == REMOVED and self._was_removed(incident)
        if declared and not gone and not any(view.over for view in views):
            raise self.broken(f"{incident.probe} is resolved without recovery (I1)")
        told = {row.channel for row in self._rows(incident, Occasion.TRIGGER)}
        over = {row.channel for row in self._rows(incident, Occasion.RESOLVE)}
        if told - over:
            raise self.broken(f"no resolve is owed to {sorted(told - over)} about {incident.probe} (I4)")

    def _kept_back(self, incident: Incident) -> bool:
        """Somebody had asked for silence; the end of it is seen at the next sweep."""
        return any(span.start <= self.world.at <= span.end + TICKS for span in self._quiets(incident.probe))

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
        return any(
            outage.probe == incident.probe
            and instant(outage.span.start) <= incident.cause.slot <= instant(outage.span.end + patience)
            for outage in self.world.plan.outages
        )

    def _beliefs(self) -> None:
        states = {(state.probe, state.region): state for state in self.world.store.states()}
        for (probe, region), place in self.world.oracle.places.items():
            if probe in self.world.declared and place.recent:
                believed = _believed_down(states.get((probe, region)))
                if believed is not place.down:
                    raise self.broken(f"{probe} in {region} is believed {'down' if believed else 'up'}, wrongly")


@dataclass(frozen=True, slots=True)
class _Row:
    channel: str
    severity: Severity


def _believed_down(state: RegionState | None) -> bool:
    track = state.tracks.get(Track.DOWN) if state else None
    if track is None:
        return False
    return (track.before_blind if track.phase is RegionPhase.BLIND else track.phase) in DOWN


def at_the_end(watch: Watch) -> None:
    """After so long a calm nothing is open, nothing is owed, and every slot has its run or its note."""
    world = watch.world
    if current := world.store.incidents(current=True):
        raise watch.broken(f"still open after the calm: {[one.dedup_key for one in current]}")
    if world.store.owed():
        raise watch.broken("something is still owed after the calm (I4)")
    buried = [row.notification for row in world.store.deliveries() if row.status is DeliveryStatus.DEAD]
    by_hand = {(told.channel, told.dedup_key) for told in buried}
    for receiver in world.receivers.values():
        left = {(receiver.name, key) for key in receiver.alerts}
        if left - by_hand:
            raise watch.broken(f"still open at the receiver: {sorted(left - by_hand)} (I4)")
        woke = Counter(taken.incident for taken in receiver.taken if taken.woke)
        if again := [incident for incident, times in woke.items() if times > 1]:
            raise watch.broken(f"one incident woke somebody twice through {receiver.name}: {again} (I9)")
    _rows_are_bounded(watch)
    _silence_was_kept(watch)
    _what_is_marked_sent_was_taken(watch)
    _backups_were_told(watch)
    _every_slot_is_accounted_for(watch)


def _rows_are_bounded(watch: Watch) -> None:
    """Once for each severity. When a silence ends, whoever was told before is told again, once for each silence."""
    rows = Counter(
        (told.incident_id, told.channel, told.level, told.occasion, told.message.severity, told.message.probe)
        for told in (row.notification for row in watch.world.store.deliveries())
        if told.occasion is not Occasion.REMIND  # every half an hour, as long as nobody takes it on
    )
    for (_, channel, _, occasion, _, probe), count in rows.items():
        most = 1 + sum(span.who == probe for span in watch.world.plan.quiets) * (occasion is Occasion.TRIGGER)
        if count > most:
            raise watch.broken(f"{channel} is told of {probe} {count} times that it is a {occasion} (I9)")


def _silence_was_kept(watch: Watch) -> None:
    for told in (row.notification for row in watch.world.store.deliveries()):
        spans = [span for span in watch.world.plan.quiets if span.who == told.message.probe]
        began = told.occasion is Occasion.TRIGGER
        if began and any(instant(span.start) <= told.created_at < instant(span.end) for span in spans):
            raise watch.broken(f"{told.message.probe} was told of in spite of a silence")


def _what_is_marked_sent_was_taken(watch: Watch) -> None:
    """Where a receiver was told of several at once, the group's message speaks for its members."""
    own = {incident.id for incident in watch.world.store.incidents()}
    rows = [row for row in watch.world.store.deliveries() if row.status is DeliveryStatus.SENT]
    for receiver in watch.world.receivers.values():
        taken = {one.incident for one in receiver.taken if one.occasion is Occasion.TRIGGER}
        for told in (row.notification for row in rows if row.notification.channel == receiver.name):
            if told.occasion is Occasion.TRIGGER and taken <= own and told.incident_id not in taken:
                raise watch.broken(f"{receiver.name} never took what is marked as sent, about {told.message.probe}")


def _backups_were_told(watch: Watch) -> None:
    """A page that the pager refuses for good has to wake somebody through its backup."""
    rows = watch.world.store.deliveries()
    told = {(row.notification.incident_id, row.notification.channel) for row in rows}
    for row in rows:
        one = row.notification
        page = one.occasion is Occasion.TRIGGER and one.message.severity is Severity.PAGE
        refused = row.status is DeliveryStatus.DEAD and one.channel == PAGER
        if page and refused and (one.incident_id, CHAT) not in told:
            raise watch.broken(f"the pager refused a page of {one.message.probe}, and its backup was not told")


def _every_slot_is_accounted_for(watch: Watch) -> None:
    """Each run that was kept is there once, whatever was delivered twice."""
    world = watch.world
    for probe in world.all.values():
        for region in probe.regions:
            due = set(slots(probe.name, region.name, probe.interval, NOON, instant(world.plan.end)))
            kept = [
                row.slot
                for row in world.store.run_rows(probe=probe.name, region=region.name)
                if row.kind is RunKind.SCHEDULED
            ]
            if len(kept) != len(set(kept)) or not due.issuperset(kept):
                raise watch.broken(f"{probe.name} in {region.name} has runs twice, or of no slot (I6)")


def detection(watch: Watch) -> Detection:
    """Holds every outage that nothing disturbed for long enough against the bound that is promised."""
    world, found = watch.world, Detection()
    for name, since in watch._open_since.items():
        watch.paged[name].append(Span(since, world.plan.end))
    disturbances = _disturbances(world)
    for outage in world.plan.outages:
        probe = world.all[outage.probe]
        due = _due(probe, outage, [one for one in disturbances if one.who in {"", probe.name}])
        if due is None:
            found.not_held += 1
            continue
        found.checked += 1
        if not any(span.covers(due) for span in watch.paged[probe.name]):
            raise watch.broken(
                f"missed: {probe.name}, down from {outage.span.start / 1000} s, not told by {due / 1000} s"
            )
        if not any(
            one.start < outage.span.start + bound(probe) and one.end > outage.span.start for one in disturbances
        ):
            found.seconds += _first_page(world, outage)
    return found


def bound(probe: Probe) -> int:
    """Milliseconds from an outage to its page, as docs/alerts.md has it, for the first rule, plus its way out."""
    rule, interval, timeout = probe.alerts[0], int(probe.interval), int(probe.journey.timeout)
    seconds = interval + timeout + 2
    if rule.at_least >= 2:
        seconds = max(interval + 2 * timeout + 7, (rule.at_least - 1) * interval + timeout + 2)
    return seconds * SECOND


def _due(probe: Probe, outage: Outage, disturbances: list[Span]) -> int | None:
    """By when it has to be told: the bound after its start, or after the last disturbance that was in the way."""
    if len(outage.regions) < len(probe.regions):
        return None
    begin = outage.span.start
    for span in sorted(disturbances, key=lambda span: span.start):
        if span.start < begin + bound(probe) and span.end > begin - SECOND:
            begin = max(begin, span.end)
    due = begin + bound(probe)
    return due if due < outage.span.end else None


def _disturbances(world: World) -> list[Span]:
    """Whatever keeps a run from being made, kept or judged, and for how long it may still be felt."""
    plan: Plan = world.plan
    found = [Span(span.start, span.end + TICKS) for span in (*plan.stops, *plan.database, *world.down)]
    found += [Span(span.start, span.end + TICKS, who=span.who) for span in (*world.late, *plan.removals)]
    found += [Span(span.start, span.end + TICKS) for span in plan.silences]
    return found


def _first_page(world: World, outage: Outage) -> list[float]:
    if any(span.covers(outage.span.start + ahead) for span in world.plan.receivers for ahead in (0, 2 * MINUTE)):
        return []
    heard = [
        taken.at
        for taken in world.receivers[PAGER].taken
        if taken.woke and taken.key.endswith(f"/{outage.probe}") and outage.span.covers(taken.at)
    ]
    return [(heard[0] - outage.span.start) / 1000] if heard else []


TICKS = 10 * SECOND
