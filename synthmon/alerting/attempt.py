"""One attempt to tell a channel, the wait until the next, and how both are named in the log."""

from __future__ import annotations

import traceback
from dataclasses import replace

from synthmon.alerting.channel import Channel
from synthmon.alerting.ports import Chance
from synthmon.errors import DeliveryError
from synthmon.events import Events
from synthmon.model import words
from synthmon.model.incident import Delivery, Message, Notification

_log = Events()

LONGEST_PLAIN = 500  # characters
LONGEST_WAIT = 60.0  # seconds between two attempts
SHORTEST_WAIT = 0.5
LONGEST_REQUESTED = 900.0  # seconds that a receiver may ask for


def attempt(channel: Channel, told: Notification) -> str:
    """What the channel's receiver said. A channel's bug must not lose a page.

    What cannot be put into the receiver's words is sent once more as the few plain ones that are in any message; if
    that breaks as well it is a failure like any other.
    """
    try:
        return channel.send(told)
    except DeliveryError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary to channels, which use foreign libraries
        _log.error("notification.channel_broke", channel=channel.name, **defect(error))
    try:
        return f"{channel.send(plainly(told))} (in plain words: the channel broke)"
    except DeliveryError:
        raise
    except Exception as error:  # the same boundary
        raise DeliveryError(f"the channel broke: {type(error).__name__}") from error


def plainly(told: Notification) -> Notification:
    """The same notification, by the same keys, with nothing in its message that has to be rendered."""
    message = told.message
    plain = Message(
        title=words.printable(message.title, LONGEST_PLAIN),
        summary=words.printable(message.summary, LONGEST_PLAIN),
        probe=message.probe,
        probe_title=message.probe,
        environment=message.environment,
        track=message.track,
        severity=message.severity,
        occasion=message.occasion,
        began_at=message.began_at,
        decided_at=message.decided_at,
        regions=(),
        basis="",
        incident_id=message.incident_id,
        resolved_at=message.resolved_at,
    )
    return replace(told, message=plain)


def defect(error: Exception) -> dict[str, str]:
    """What broke and where. Not the exception's text: a library's can hold the address or the key it was given."""
    return {"error": type(error).__name__, "where": "".join(traceback.format_tb(error.__traceback__)[-3:])}


def wait(attempts: int, requested: float | None, chance: Chance) -> float:
    """Seconds until the next attempt: 1, 2, 4 … 60 with full jitter, or longer if the receiver asked for longer.

    Full jitter after "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015): many that fail together must not
    come back together. A receiver that asks for nothing (`Retry-After: 0`) is not hammered all the same.
    """
    usual = max(SHORTEST_WAIT, chance.random() * min(LONGEST_WAIT, 2.0 ** min(attempts - 1, 10)))
    return max(usual, min(requested or 0.0, LONGEST_REQUESTED))


def names(delivery: Delivery) -> dict[str, str]:
    told = delivery.notification
    return {
        "channel": told.channel,
        "occasion": told.occasion.value,
        "probe": told.message.probe,
        "notification": told.id,
    }
