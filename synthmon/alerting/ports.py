"""What the sender is handed by whoever builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from synthmon.alerting.channel import Channel
from synthmon.alerting.outbox import Outbox
from synthmon.nouns import dataclass


class Chance(Protocol):
    """Where jitter comes from."""

    def random(self) -> float: ...


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel began to refuse, or takes what it is sent again (`error` is None). Said once for each change.

    `given_up`: what it refused will not be tried again; otherwise it is a page that was not taken within a minute.
    `canary`: it is about a test message that was accepted, and whether that arrived.
    """

    channel: str
    at: datetime
    error: str | None = None
    given_up: bool = False
    canary: bool = False


def _nobody(_: ChannelState) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class SenderPorts:
    """`backups` names for each channel the one that takes over; `canaries` those that are tried, and how often.

    `trouble` is told of channels that refuse and that work again, from the channels' threads; what it raises is logged.
    """

    outbox: Outbox
    channels: Callable[[], Mapping[str, Channel]]
    backups: Callable[[], Mapping[str, str]]
    now: Callable[[], datetime]
    chance: Chance
    trouble: Callable[[ChannelState], None] = _nobody
    canaries: Callable[[], Mapping[str, timedelta]] = dict
    environment: str = "default"
