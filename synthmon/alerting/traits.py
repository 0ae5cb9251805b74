"""What a channel may say of itself besides its name; what it does not say is assumed not to be so.

`keyed`: the receiver keeps one thing of its own per deduplication key (pagers, ticket systems): it has to be closed.
`groups_itself`: the receiver limits and groups what it is told, so nothing is held back from it.
`repeat_every` and `repeat`: the receiver forgets what is not told again.
`readable_for` and `arrived`: the receiver can be asked whether it has what it accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from synthmon.alerting.channel import Channel
from synthmon.model.incident import Notification


@runtime_checkable
class Repeating(Protocol):
    """A channel whose receiver has to be told again and again what fires."""

    repeat_every: timedelta

    def repeat(self, firing: Sequence[Notification]) -> str:
        """As `send`, for everything that fires."""
        ...


@runtime_checkable
class Readable(Protocol):
    """A channel whose receiver can be asked what it has, for `readable_for`; None: the means are lacking."""

    readable_for: timedelta | None

    def arrived(self, told: Notification) -> bool:
        """Whether what was accepted is there; raises `DeliveryError` when that cannot be found out."""
        ...


def is_keyed(channel: Channel | None) -> bool:
    return bool(getattr(channel, "keyed", False))


def groups_itself(channel: Channel | None) -> bool:
    return bool(getattr(channel, "groups_itself", False))


def readable(channel: object) -> Readable | None:
    """The channel, if it can be asked."""
    return channel if isinstance(channel, Readable) and channel.readable_for is not None else None
