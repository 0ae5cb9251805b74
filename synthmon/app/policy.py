"""From settings to the judge's policy and the channels that people are told through."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from synthmon.alerting.channel import Channel
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.registry import build_channel
from synthmon.alerting.sender import GONE
from synthmon.app import clock
from synthmon.errors import SynthmonError
from synthmon.judge import Policy, Route
from synthmon.model.secret import Secret
from synthmon.settings import Settings

CONSOLE = "console"


def policy_of(settings: Settings, address: str) -> Policy:
    """Routes as declared; what none takes goes to the fallback, else to every channel, else to the console."""
    default = (settings.fallback,) if settings.fallback else tuple(settings.channels) or (CONSOLE,)
    return Policy(
        environment=settings.environment,
        routes=tuple(
            Route(route.notify, route.tag, route.owner, route.probe, route.severity, route.hours)
            for route in settings.routes
        ),
        default_channels=default,
        link_base=settings.web.url or address,
        escalations=settings.escalations,
        windows=settings.windows,
    )


def channels_of(settings: Settings, secret: Callable[[str], Secret]) -> Mapping[str, Channel]:
    """Every channel, ready to send, and the console; raises `SynthmonError` for a secret that cannot be had."""
    return {name: channel_of(settings, name, secret) for name in names_of(settings)}


def names_of(settings: Settings) -> tuple[str, ...]:
    """Every channel that can be told: those that are declared, and the console in any case."""
    return tuple(dict.fromkeys((CONSOLE, *settings.channels)))


def channel_of(settings: Settings, name: str, secret: Callable[[str], Secret]) -> Channel:
    """One of them, ready to send; raises `KeyError` for another name, `SynthmonError` for a secret it cannot have."""
    context = ChannelContext(secret=secret, now=clock.now, stream=sys.stdout)
    if name == CONSOLE and name not in settings.channels:
        return build_channel(CONSOLE, CONSOLE, None, context)
    channel = settings.channels[name]
    return build_channel(channel.kind, name, channel.options, context)


def canaries_of(settings: Settings) -> Mapping[str, timedelta]:
    """The channels that ask to be tried, and how often."""
    return {name: channel.canary for name, channel in settings.channels.items() if channel.canary is not None}


def hook_secrets_of(settings: Settings, secret: Callable[[str], Secret]) -> Mapping[str, Secret]:
    """What pagers sign with that call us, by the name of the channel; one that cannot be had is left out."""
    context = ChannelContext(secret=secret, now=clock.now, stream=sys.stdout)
    found = {}
    for name, channel in settings.channels.items():
        written = getattr(channel.options, "webhook_secret", None)
        if written:
            with suppress(SynthmonError):
                found[name] = Secret(f"channels.{name}", context.fill(written))
    return found


def backups_of(settings: Settings) -> Mapping[str, str]:
    """For each channel the one that takes over; the fallback where it names none, or is declared no more."""
    last = {GONE: settings.fallback or CONSOLE}
    named = {name: channel.backup or settings.fallback for name, channel in settings.channels.items()}
    return last | {name: backup for name, backup in named.items() if backup and backup != name}
