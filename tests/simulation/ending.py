"""What must hold at the end of a world, and how soon its outages were told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from synthmon.model.incident import DeliveryStatus, Occasion
from synthmon.model.probe import OWN_TRACKS, Probe, Severity
from synthmon.model.run import RunKind
from synthmon.schedule import slots
from tests.making import NOON
from tests.simulation.checks import TICKS, Watch
from tests.simulation.plan import CHAT, MINUTE, PAGER, SECOND, Outage, Plan, Span, instant
from tests.simulation.world import World

OTHER_CAUSES_EVERY = timedelta(minutes=5)


@dataclass(slots=True)
class Detection:
    """How the outages of a world fared. `seconds` are from the start of each outage to the acceptance of its page."""

    checked: int = 0
    not_held: int = 0  # too short, too disturbed, or in too few regions: nothing is promised
    seconds: list[float] = field(default_factory=list)


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
    """Once for each severity, and again for each other cause, of which there is one in five minutes at most.

    When a silence ends, whoever was told before is told again, once for each silence.
    """
    store = watch.world.store
    rows = Counter(
        (told.incident_id, told.channel, told.level, told.occasion, told.message.severity, told.message.probe)
        for told in (row.notification for row in store.deliveries())
        if told.occasion is not Occasion.REMIND  # every half an hour, as long as nobody takes it on
    )
    for (incident, channel, _, occasion, _, probe), count in rows.items():
        began = occasion is Occasion.TRIGGER
        if count > 1 + began * (
            _other_causes(watch, incident) + sum(span.who == probe for span in watch.world.plan.quiets)
        ):
            raise watch.broken(f"{channel} is told of {probe} {count} times that it is a {occasion} (I9)")


def _other_causes(watch: Watch, incident: str) -> int:
    at = sorted(event.at for event in watch.world.store.events(incident) if event.what in {"changed", "again"})
    calm = [event.at for event in watch.world.store.events(incident) if event.what == "held"]
    for earlier, later in pairwise(at):
        if later - earlier < OTHER_CAUSES_EVERY and not any(earlier <= one <= later for one in calm):
            raise watch.broken(f"two other causes were told within {later - earlier} (I9)")
    return len(at)


def _silence_was_kept(watch: Watch) -> None:
    for told in (row.notification for row in watch.world.store.deliveries()):
        spans = [span for span in watch.world.plan.quiets if span.who == told.message.probe]
        began = told.occasion is Occasion.TRIGGER and told.message.track not in OWN_TRACKS
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
                for row in world.store.run_rows(probe=probe.name, region=region.name, start=NOON)
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
    if len(outage.regions) < len(probe.regions) or probe.alerts[0].severity is not Severity.PAGE:
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
    found += [Span(one.span.start, one.span.end + TICKS, who=one.probe) for one in plan.stuck]
    found += [Span(span.start, span.end + TICKS) for span in plan.silences]
    return found


def _first_page(world: World, outage: Outage) -> list[float]:
    if any(span.covers(outage.span.start + ahead) for span in world.plan.receivers for ahead in (0, 2 * MINUTE)):
        return []
    heard = [
        taken.at
        for taken in world.receivers[PAGER].taken
        if taken.woke and taken.key.endswith(f"/down/{outage.probe}") and outage.span.covers(taken.at)
    ]
    return [(heard[0] - outage.span.start) / 1000] if heard else []
