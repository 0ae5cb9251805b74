"""A message that tells of nothing: to see whether a channel works, asked for by a person or in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from synthmon.model.incident import Message, Notification, Occasion
from synthmon.model.probe import Severity, Track

_NAMESPACE = UUID("5f0f2a4e-8a0a-5b7d-8a34-0d6f7c2d9b11")  # fixed: ids of trials hang on it
DAILY = timedelta(days=1)
_FIRST = datetime(1970, 1, 1, 9, tzinfo=UTC)  # so a daily one is sent at 09:00 UTC
_LATE = timedelta(hours=15)  # a daily one that was missed is made up for on the same day, and not at night


def trial(channel: str, environment: str, now: datetime, severity: Severity = Severity.TICKET) -> Notification:
    """A notification of the occasion `test` under a key of its own."""
    return _notification(channel, environment, now, severity, Occasion.TEST)


def end_of(tried: Notification) -> Notification:
    """What closes it again, where a receiver keeps something open for it."""
    message = tried.message
    return _notification(
        tried.channel, message.environment, tried.created_at, message.severity, Occasion.RESOLVE, tried.incident_id
    )


def look_at(tried: Notification) -> Notification:
    """What comes between a trial and its end where the receiver can be asked: whether it arrived."""
    return replace(tried, occasion=Occasion.LOOK, message=replace(tried.message, occasion=Occasion.LOOK))


def slot_of(now: datetime, every: timedelta) -> datetime:
    """The latest instant at which a canary is due."""
    return _FIRST + (now - _FIRST) // every * every


def canary(channel: str, environment: str, slot: datetime, now: datetime, *, looked_at: bool) -> list[Notification]:
    """The trial of that instant and what follows it; the same ones whenever they are asked for, and none too late."""
    if now - slot >= _LATE:
        return []
    tried = replace(trial(channel, environment, slot), created_at=now)
    return [tried, *([look_at(tried)] if looked_at else []), end_of(tried)]


def identity_of(channel: str, environment: str, at: datetime) -> str:
    """What stands in place of an incident's id in the trial of a channel at that instant."""
    return str(uuid5(_NAMESPACE, f"{environment}\x1f{channel}\x1f{at.isoformat()}"))


def _notification(
    channel: str, environment: str, now: datetime, severity: Severity, occasion: Occasion, identity: str | None = None
) -> Notification:
    over = occasion is Occasion.RESOLVE
    identity = identity or identity_of(channel, environment, now)
    message = Message(
        title=f"the test of channel {channel} is over" if over else f"channel {channel} works: nothing is wrong",
        summary="A message to see whether this channel works. Nothing is wrong.",
        probe="synthmon",
        probe_title="A test of this channel",
        environment=environment,
        track=Track.DOWN,
        severity=severity,
        occasion=occasion,
        began_at=now,
        decided_at=now,
        regions=(),
        basis="",
        incident_id=identity,
        resolved_at=now if over else None,
    )
    # A key for each: that one was there before says nothing of this one.
    key = f"synthmon/{environment}/test/{channel}/{identity[:13]}"
    return Notification(identity, 1, occasion, channel, key, now, message)
