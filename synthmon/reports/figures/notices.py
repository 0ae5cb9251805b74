"""What became of the notifications of a period: accepted, waiting, given up; and what was kept back, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from synthmon.model.incident import Delivery, DeliveryStatus, Incident, IncidentEvent, Occasion
from synthmon.nouns import dataclass

WITHHELD = "withheld"
_TRIALS = frozenset({Occasion.TEST, Occasion.LOOK})


@dataclass(frozen=True, slots=True)
class Told:
    """One channel. `retried` were accepted, but not at the first attempt; `error` is what a receiver said last."""

    channel: str
    sent: int = 0
    retried: int = 0
    waiting: int = 0
    given_up: int = 0
    error: str | None = None

    @property
    def undelivered(self) -> bool:
        return bool(self.waiting or self.given_up)


@dataclass(frozen=True, slots=True)
class KeptBack:
    """From `at` on nobody was told of an incident, and why."""

    at: datetime
    incident: Incident
    why: str


@dataclass(frozen=True, slots=True)
class Notices:
    channels: tuple[Told, ...] = ()
    kept_back: tuple[KeptBack, ...] = ()


def notices(
    deliveries: Iterable[Delivery], events: Iterable[IncidentEvent], incidents: Mapping[str, Incident], as_of: datetime
) -> Notices:
    """As of an instant: what was accepted after it waits. `events` of other kinds and other incidents are left out."""
    found: dict[str, Told] = {}
    for one in deliveries:
        told = one.notification
        if told.occasion not in _TRIALS and told.incident_id in incidents:
            found[told.channel] = _with(found.get(told.channel, Told(told.channel)), one, as_of)
    kept = (
        KeptBack(event.at, incidents[event.incident_id], event.text.removeprefix("nobody is told for now: "))
        for event in events
        if event.what == WITHHELD and event.incident_id in incidents
    )
    by_time = sorted(kept, key=lambda one: (one.at, one.incident.id))
    return Notices(tuple(found[name] for name in sorted(found)), tuple(by_time))


def _with(before: Told, one: Delivery, as_of: datetime) -> Told:
    accepted = one.status is DeliveryStatus.SENT and one.sent_at is not None and one.sent_at <= as_of
    given_up = one.status is DeliveryStatus.DEAD
    return Told(
        channel=before.channel,
        sent=before.sent + accepted,
        retried=before.retried + (accepted and one.attempts > 1),
        waiting=before.waiting + (not accepted and not given_up),
        given_up=before.given_up + given_up,
        error=before.error if accepted else one.last_error or before.error,
    )
