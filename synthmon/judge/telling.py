"""What is told to people: from an incident to messages complete enough that no channel has to ask anybody.

Much of the text came from the target. It is made printable and cut here, whatever the engine did before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from synthmon.model import words
from synthmon.model.incident import Incident, Message, Notification, Occasion, RunNote
from synthmon.model.probe import OWN_TRACKS, Track
from synthmon.model.run import FailureKind
from synthmon.nouns import dataclass

LONGEST_TITLE, LONGEST_CAUSE, LONGEST_VALUE = 200, 500, 300  # characters

LEAST_PHASE = 0.0005  # seconds: shorter ones explain nothing

REMOVED = "the probe was removed"
UNASKED = "no alert asks for it any more"
UNUSED = "no probe runs there any more"
_UNWATCHED = frozenset({REMOVED, UNASKED, UNUSED})

_CONDITIONS: Mapping[Track, str] = {
    Track.DOWN: "down",
    Track.BUDGET: "burning its error budget",
    Track.CLEANUP: "not cleaning up",
    Track.NO_DATA: "without data",
    Track.SYNTHMON: "in trouble",
    Track.NOTIFY: "not taking messages",
    Track.REGION: "in trouble",
}
_OVER: Mapping[Track, str] = {
    Track.DOWN: "is up again",
    Track.CLEANUP: "cleans up again",
    Track.NO_DATA: "is heard of again",
    Track.SYNTHMON: "is well again",
    Track.NOTIFY: "takes messages again",
    Track.REGION: "is well again",
}
_NO_LONGER: Mapping[str, str] = {
    "suspect": "is trusted again",
    "cut off": "gets through again",
    "silent": "is heard of again",
    "blind": "sees again",
    "stuck": "runs again",
}
_COMPARED_ALREADY = frozenset({FailureKind.STATUS, FailureKind.BUDGET})
_CODES = frozenset("0123456789x-, ")


@dataclass(frozen=True, slots=True)
class Ground:
    """On what a message rests besides its incident."""

    now: datetime
    basis: str = ""
    last_good_at: datetime | None = None
    link_base: str | None = None


def what_is_wrong(track: Track, cause: RunNote, only_in: Iterable[str] = ()) -> str:
    """What follows `is`: `down: step "Pay" answered 500, expected 201`. `only_in`: the others see the target well."""
    where = ", ".join(only_in)
    place = f" in {where} only" if where else ""
    return f"{condition(track, cause)}{place}: {cause_text(cause)}"


def condition(track: Track, cause: RunNote) -> str:
    """What follows `is`: `down`, `slow`, or `degraded` where something other than speed is at fault, and so on."""
    if cause.condition is not None:
        return cause.condition
    if track is not Track.SLOW:
        return _CONDITIONS[track]
    return "slow" if cause.kind in {FailureKind.BUDGET, None} else "degraded"


def cause_text(cause: RunNote) -> str:
    """The step and what was wrong with it, in one line."""
    step = _clean(cause.step_name or cause.step, LONGEST_VALUE)
    if cause.kind is FailureKind.STATUS and _is_codes(cause.actual) and _is_codes(cause.expected):
        answered = f"answered {cause.actual}, expected {cause.expected}"
        return f'step "{step}" {answered}' if step else answered
    message = _clean(cause.message, LONGEST_CAUSE) or "no details were recorded"
    return f'step "{step}": {message}' if step else message


def judged_on(known: int, declared: int) -> str:
    """On what a judgement rests: `judged on 1 of 3 regions`."""
    return f"judged on {known} of {declared} region{'s' if declared != 1 else ''}"


def trigger(incident: Incident, ground: Ground, prefix: str = "", *, again: bool = False) -> Message:
    """Something is wrong: what, since when, where, why, and when it was last well. `again`: it was up in between."""
    cause = incident.cause
    state, since = condition(incident.track, cause), words.instant(incident.began_at)
    state = f"{state} again, on and off" if again else state
    lines = [
        f"{incident.probe_title}: {state} since {since}{_where(incident, ground)}.",
        f"{_capital(cause_text(cause))}.",
        _compared(cause),
        _times(cause),
        _last_good(incident, ground),
    ]
    title = f"{_called(incident)} is {incident.reason}"
    return _message(incident, Occasion.TRIGGER, f"{prefix}: {title}" if prefix else title, lines, ground)


def _last_good(incident: Incident, ground: Ground) -> str:
    if incident.track in OWN_TRACKS:
        return ""
    last = ground.last_good_at
    return f"Last good run: {words.instant(last)}." if last else "No good run before it."


def remind(incident: Incident, why: str, ground: Ground) -> Message:
    """It goes on; `why` says why that is said again."""
    wrong, since = condition(incident.track, incident.cause), words.instant(incident.began_at)
    lines = [
        f"{incident.probe_title}: {wrong} since {since}{_where(incident, ground)}.",
        f"{_capital(_clean(why, LONGEST_CAUSE))}.",
        f"{_capital(cause_text(incident.cause))}.",
    ]
    title = f"{_called(incident)} is still {incident.reason}"
    return _message(incident, Occasion.REMIND, title, lines, ground)


def resolve(incident: Incident, ground: Ground) -> Message:
    """It is over, or it is no longer watched; `resolved_because` says which."""
    ended = incident.held_since or incident.resolved_at or ground.now
    lasted = words.span((ended - incident.began_at).total_seconds())
    wrong = condition(incident.track, incident.cause)
    over = f"{_over(incident, wrong)} after {lasted}"
    if incident.resolved_because in _UNWATCHED:
        over = f"is not watched any more: {incident.resolved_because}"
    stretch = f"from {words.instant(incident.began_at)} to {words.instant(ended)}"
    basis = f" ({ground.basis})" if ground.basis else ""
    lines = [
        f"{incident.probe_title}: was {wrong} {stretch}{_where(incident)}.",
        f"{_capital(_clean(incident.resolved_because, LONGEST_CAUSE))}{basis}.",
        f"It had been: {cause_text(incident.cause)}.",
    ]
    return _message(incident, Occasion.RESOLVE, f"{_called(incident)} {over}", lines, ground)


def _over(incident: Incident, wrong: str) -> str:
    known = _OVER.get(incident.track, f"is no longer {wrong}")
    return _NO_LONGER.get(incident.cause.condition or "", known)


def acknowledge(incident: Incident, actor: str, ground: Ground) -> Message:
    """Somebody has taken it on."""
    who = _clean(actor, LONGEST_VALUE)
    lines = [
        f"{incident.probe_title}: {who} has taken it on at {words.instant(ground.now)}.",
        f"{_capital(cause_text(incident.cause))}.",
    ]
    return _message(incident, Occasion.ACKNOWLEDGE, f"{_called(incident)}: acknowledged by {who}", lines, ground)


def owed(incident: Incident, channels: Iterable[str], message: Message, sequence: int = 0) -> tuple[Notification, ...]:
    """One notification for each channel, with an identity that is derived: owed twice, it is one row."""
    return tuple(
        Notification(
            incident_id=incident.id,
            generation=incident.generation,
            occasion=message.occasion,
            channel=channel,
            dedup_key=incident.dedup_key,
            created_at=message.decided_at,
            message=message,
            sequence=sequence,
        )
        for channel in dict.fromkeys(channels)
    )


def _message(incident: Incident, occasion: Occasion, title: str, lines: list[str], ground: Ground) -> Message:
    cause = incident.cause
    base = ground.link_base.rstrip("/") if ground.link_base else None
    return Message(
        title=_clean(title, LONGEST_TITLE),
        summary="\n".join(words.printable(line) for line in lines if line),
        probe=incident.probe,
        probe_title=incident.probe_title,
        environment=incident.environment,
        track=incident.track,
        severity=incident.severity,
        occasion=occasion,
        began_at=incident.began_at,
        decided_at=ground.now,
        regions=incident.regions,
        basis=ground.basis,
        incident_id=incident.id,
        step=cause.step,
        step_name=cause.step_name,
        cause_kind=cause.kind,
        cause=_clean(cause.message, LONGEST_CAUSE) or None,
        expected=_clean(cause.expected, LONGEST_VALUE) or None,
        actual=_clean(cause.actual, LONGEST_VALUE) or None,
        phases=dict(cause.phases),
        last_good_at=ground.last_good_at,
        resolved_at=incident.resolved_at,
        owner=incident.owner,
        runbook=incident.runbook,
        link=f"{base}/incidents/{incident.id}" if base else None,
    )


def _called(incident: Incident) -> str:
    """A probe by its name, which people search for; a channel as such."""
    return incident.probe_title if incident.track in OWN_TRACKS else incident.probe


def _where(incident: Incident, ground: Ground | None = None) -> str:
    """Regions and basis, where there are any: synthmon's own troubles have neither."""
    regions = f" in {', '.join(incident.regions)}" if incident.regions else ""
    return f"{regions} ({ground.basis})" if ground is not None and ground.basis else regions


def _compared(cause: RunNote) -> str:
    """What was expected and what came, unless the sentence before said so already."""
    if cause.kind in _COMPARED_ALREADY or cause.expected is None or cause.actual is None:
        return ""
    return f"Expected {_clean(cause.expected, LONGEST_VALUE)}, got {_clean(cause.actual, LONGEST_VALUE)}."


def _is_codes(text: str | None) -> bool:
    """Whether it is status codes and nothing else: what a poll waits for may be expected as well."""
    return bool(text) and len(text or "") <= 40 and _CODES.issuperset(text or "")


def _times(cause: RunNote) -> str:
    worth = {name: value for name, value in cause.phases.items() if value >= LEAST_PHASE}
    shown = (f"{name.replace('_', ' ')} {words.seconds(value)}" for name, value in worth.items())
    return f"Time: {', '.join(shown)}." if worth else ""


def _clean(text: str | None, limit: int) -> str:
    """Printable, in one line, and not longer than `limit`."""
    shown = words.printable(" ".join((text or "").split()), limit * 2)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
