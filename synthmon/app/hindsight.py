"""Why somebody was, or was not, told about a probe at an instant of the past: read from what was decided then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from synthmon.model import words
from synthmon.model.incident import Delivery, DeliveryStatus, Health, HealthChange, Incident, IncidentEvent, Occasion
from synthmon.model.probe import NAMESAKES, Probe
from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.store.interface import Store

_INSTANT = timedelta(milliseconds=1)
_ALARMS = frozenset({Occasion.TRIGGER, Occasion.REMIND})


@dataclass(frozen=True, slots=True)
class Then:
    """What is known of a probe at `at`. `incidents` are those whose time from the first bad run to their end holds it.

    `last` is the newest incident that was over by then. Events and deliveries are those up to `at`, by incident id.
    """

    probe: str
    at: datetime
    health: HealthChange | None
    incidents: tuple[Incident, ...]
    last: Incident | None
    events: dict[str, list[IncidentEvent]]
    deliveries: dict[str, list[Delivery]]
    quiets: tuple[Quiet, ...]


def look_back(store: Store, probe: str, declared: Probe | None, at: datetime) -> Then:
    """Gather it. Tags and owner of a probe that is not declared any more are not known."""
    changes = store.health_changes(at, at + _INSTANT, probe)
    believed = [change for change in changes if change.region is None and change.at <= at]
    about = [one for one in store.incidents(probe=probe, end=at + _INSTANT) if one.track not in NAMESAKES]
    found = [one for one in about if one.began_at <= at and (one.resolved_at is None or one.resolved_at >= at)]
    over = [one for one in about if one.resolved_at and one.resolved_at <= at]
    quiets = store.quiets(at, at + _INSTANT)
    return Then(
        probe=probe,
        at=at,
        health=believed[-1] if believed else None,
        incidents=tuple(one for one in found if one.resolved_at is None or one.resolved_at > at),
        last=over[0] if over else None,
        events={one.id: [event for event in store.events(one.id) if event.at <= at] for one in found},
        deliveries={one.id: _deliveries(store, one, at) for one in found},
        quiets=tuple(one for one in quiets if _is_about(one, probe, declared)),
    )


def _deliveries(store: Store, incident: Incident, at: datetime) -> list[Delivery]:
    found = [one for one in store.deliveries(incident.id) if one.notification.created_at <= at]
    return sorted(found, key=lambda one: one.notification.created_at)


def _is_about(quiet: Quiet, name: str, declared: Probe | None) -> bool:
    return quiet.covers.covers(declared) if declared else quiet.covers.covers_name(name)


def tell(then: Then) -> Iterator[str]:
    """Sentences: first the answer, then what it rests on."""
    yield f"{then.probe} at {words.instant(then.at)}: {_answer(then)}"
    if then.health is None:
        yield "nothing was known of it yet"
    else:
        reason = f": {words.printable(then.health.reason)}" if then.health.reason else ""
        yield f"it was {then.health.health.value} since {words.instant(then.health.at)}{reason}"
    for incident in then.incidents:
        yield from _story(then, incident)
    for quiet in then.quiets:
        until = words.instant(quiet.ends_at)
        yield (
            f"in force: {quiet.kind} of {words.printable(str(quiet.covers))} until {until}, by "
            f"{words.printable(quiet.author)}: {words.printable(quiet.reason)}"
        )
    if not then.incidents and then.last is not None:
        yield f"the incident before had ended {words.instant(then.last.resolved_at)}"


def _answer(then: Then) -> str:
    known = [incident for incident in then.incidents if incident.opened_at <= then.at]
    told = [one for incident in known for one in then.deliveries[incident.id] if _is_alarm(one)]
    if told:
        channels = ", ".join(dict.fromkeys(one.notification.channel for one in told))
        accepted = any(one.sent_at is not None and one.sent_at <= then.at for one in told)
        text = f"{channels} had been told" if accepted else f"{channels} were owed a message that none had accepted yet"
        return f"{text}{_since(then, known)}"
    if known:
        held = [reason for incident in known if (reason := _held(then.events[incident.id]))]
        return f"nobody was told: {held[0]}" if held else "nobody was told: no channel was owed a message"
    if then.incidents:
        opened = min(incident.opened_at for incident in then.incidents)
        return f"nobody was told yet: it had begun to fail, and was sure {words.instant(opened)}"
    if then.health is None or then.health.health is Health.UNKNOWN:
        return "nobody was told: nothing was known, and silence opens nothing"
    if then.health.health is Health.UP:
        return "nobody was told: it was up"
    return "nobody was told: no alert rule was met"


def _since(then: Then, known: list[Incident]) -> str:
    """What kept further messages back at that time."""
    for incident in known:
        taken = [event for event in then.events[incident.id] if event.what in {"acknowledged", "expired"}]
        if taken and taken[-1].what == "acknowledged":
            return f", and {words.printable(taken[-1].actor or 'somebody')} had taken it on: nobody was reminded"
    held = [reason for incident in known if (reason := _held(then.events[incident.id]))]
    if held:
        return f", and further messages were kept back: {held[0]}"
    if then.quiets:
        return ", and further messages were kept back"
    return ""


def _held(events: list[IncidentEvent]) -> str | None:
    """The reason for which messages were kept back after these events; None: for none."""
    turns = [event for event in events if event.what in {"withheld", "released"}]
    if not turns or turns[-1].what == "released":
        return None
    return words.printable(turns[-1].text.removeprefix("nobody is told for now: "))


def _is_alarm(delivery: Delivery) -> bool:
    return delivery.notification.occasion in _ALARMS


def _story(then: Then, incident: Incident) -> Iterator[str]:
    yield f"incident {incident.id}, which began {words.instant(incident.began_at)}"
    for event in then.events[incident.id]:
        by = f" ({words.printable(event.actor)})" if event.actor else ""
        yield f"  {words.instant(event.at)} {event.what}: {words.printable(event.text)}{by}"
    for delivery in then.deliveries[incident.id]:
        told = delivery.notification
        yield f"  {words.instant(told.created_at)} {told.occasion.value} to {told.channel}: {_state(delivery, then.at)}"


def _state(delivery: Delivery, at: datetime) -> str:
    """As it was at that time, as far as it is kept: attempts are not dated."""
    if delivery.sent_at is not None and delivery.sent_at <= at:
        return f"accepted {words.instant(delivery.sent_at)}"
    if delivery.sent_at is not None:
        return f"not accepted until {words.instant(delivery.sent_at)}"
    error = f": {words.printable(delivery.last_error)}" if delivery.last_error else ""
    given_up = delivery.status is DeliveryStatus.DEAD
    return f"{'never accepted, given up' if given_up else 'not accepted to this day'}{error}"
