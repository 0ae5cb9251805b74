"""An incident as a story: what happened and who was told, in one line of time, and what each region saw. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.model.history import RunRow
from synthmon.model.incident import Delivery, DeliveryStatus, Incident, IncidentEvent, Occasion
from synthmon.model.run import Outcome, RunKind
from synthmon.nouns import dataclass

TOGETHER = timedelta(minutes=10)  # incidents that began so near to each other may have one cause
TOGETHER_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `what` is the kind of event, `told` or `not told`; `who` None is synthmon."""

    at: datetime
    what: str
    text: str
    who: str | None = None


def entries(events: Iterable[IncidentEvent], deliveries: Iterable[Delivery]) -> list[Entry]:
    """Events and what became of messages, in order. A test or a look is no message about an incident."""
    told = [_told(one) for one in deliveries if one.notification.occasion not in {Occasion.TEST, Occasion.LOOK}]
    found = [*(Entry(event.at, event.what, event.text, event.actor) for event in events), *told]
    return sorted(found, key=lambda entry: entry.at)  # what happened at one instant stays in the order of events


def last_note(events: Iterable[IncidentEvent]) -> IncidentEvent | None:
    """What a person noted last: whoever is woken reads it before anything else."""
    return max((event for event in events if event.what == "note"), key=lambda event: event.at, default=None)


def _told(one: Delivery) -> Entry:
    message = one.notification
    tries = f"{one.attempts} attempt{'s' if one.attempts != 1 else ''}"
    text = f"{message.channel}: {message.occasion.value}"
    if one.sent_at is not None:
        after = f" after {tries}" if one.attempts > 1 else ""
        return Entry(one.sent_at, "told", f"{text} accepted{after}")
    if one.waits:
        return Entry(message.created_at, "not told", f"{text} {one.waits}")
    why = f": {one.last_error}" if one.last_error else ""
    state = "given up" if one.status is DeliveryStatus.DEAD else "not accepted yet"
    return Entry(message.created_at, "not told", f"{text} {state}, {tries}{why}")


@dataclass(frozen=True, slots=True)
class RegionStory:
    """What runs of one region found while the incident lasted. `first_bad` and `last_bad` are of those that failed."""

    region: str
    named: bool  # the incident names this region
    judged: int
    failed: int
    slow: int
    first_bad: RunRow | None
    last: RunRow | None
    steps: Mapping[str, int]  # failing steps, and how often


def by_region(incident: Incident, rows: Iterable[RunRow], regions: Iterable[str] = ()) -> list[RegionStory]:
    """Regions of the incident first, then the others that ran the probe or should have."""
    kept: dict[str, list[RunRow]] = {region: [] for region in (*incident.regions, *regions)}
    for row in sorted(rows, key=lambda row: (row.slot, row.kind is not RunKind.SCHEDULED, row.n)):
        kept.setdefault(row.region, []).append(row)
    return [_region(region, region in incident.regions, found) for region, found in kept.items()]


def _region(region: str, named: bool, rows: Sequence[RunRow]) -> RegionStory:
    bad = [row for row in rows if row.outcome is Outcome.FAILED]
    steps: dict[str, int] = {}
    for row in bad:
        name = row.failed_step or "the journey"
        steps[name] = steps.get(name, 0) + 1
    return RegionStory(
        region=region,
        named=named,
        judged=sum(row.outcome.judged for row in rows),
        failed=len(bad),
        slow=sum(row.outcome is Outcome.DEGRADED for row in rows),
        first_bad=bad[0] if bad else None,
        last=rows[-1] if rows else None,
        steps=dict(sorted(steps.items(), key=lambda step: -step[1])),
    )


def together(incident: Incident, others: Iterable[Incident], known: Iterable[str]) -> list[Incident]:
    """Incidents that began at about the same time and are not named otherwise, the nearest first."""
    leave = {incident.id, *known}
    near = [other for other in others if other.id not in leave and _apart(incident, other) <= TOGETHER]
    return sorted(near, key=lambda other: _apart(incident, other))[:TOGETHER_SHOWN]


def _apart(one: Incident, other: Incident) -> timedelta:
    return abs(one.began_at - other.began_at)
