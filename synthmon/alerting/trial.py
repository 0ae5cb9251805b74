"""A message that tells of nothing: to see whether a channel works, asked for by a person or once a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from synthmon.model.incident import Message, Notification, Occasion
from synthmon.model.probe import Severity, Track

_NAMESPACE = UUID("5f0f2a4e-8a0a-5b7d-8a34-0d6f7c2d9b11")  # fixed: ids of trials hang on it
DAILY_AT = 9  # o'clock UTC


def trial(channel: str, environment: str, now: datetime, severity: Severity = Severity.TICKET) -> Notification:
    """A notification of the occasion `test` under a key of its own."""
    return _notification(channel, environment, now, severity, Occasion.TEST)


def end_of(tried: Notification) -> Notification:
    """What closes it again, where a receiver keeps something open for it."""
    message = tried.message
    return _notification(
        tried.channel, message.environment, tried.created_at, message.severity, Occasion.RESOLVE, tried.incident_id
    )


def canaries(channels: Iterable[str], environment: str, now: datetime) -> list[Notification]:
    """Today's trial of each channel and its end: nothing before the hour, and the same ones all day after it."""
    if now.hour < DAILY_AT:
        return []
    hour = now.replace(hour=DAILY_AT, minute=0, second=0, microsecond=0)
    tried = [trial(channel, environment, hour) for channel in channels]
    return [told for one in tried for told in (one, end_of(one))]


def _notification(
    channel: str, environment: str, now: datetime, severity: Severity, occasion: Occasion, identity: str | None = None
) -> Notification:
    over = occasion is Occasion.RESOLVE
    identity = identity or str(uuid5(_NAMESPACE, f"{environment}\x1f{channel}\x1f{now.isoformat()}"))
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
    return Notification(identity, 1, occasion, channel, f"synthmon/{environment}/test/{channel}", now, message)
