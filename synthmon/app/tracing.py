"""Where runs go as traces: the line to the collector that the settings name, connected when it is used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from synthmon.errors import ConfigurationError, SecretUnavailable
from synthmon.model.secret import Secret
from synthmon.settings.values import OtlpSettings
from synthmon.traces.line import NotTaken, Send, TraceLine
from synthmon.web.ports import Traces


def trace_line(settings: OtlpSettings | None, environment: str, secret: Callable[[str], Secret]) -> TraceLine | None:
    """None where nobody collects traces; raises `ConfigurationError` where the extra is not installed."""
    if settings is None:
        return None
    room = _room()
    resource = {"deployment.environment.name": environment, **settings.resource}

    before: list[Any] = []

    def connect() -> Send:
        while before:
            before.pop().close()
        try:
            headers = {name: secret(place).reveal() for name, place in settings.headers.items()}
        except SecretUnavailable as error:
            raise NotTaken(str(error)) from error
        before.append(room.OtlpSender(settings.endpoint, headers, resource))
        made: Send = before[0]
        return made

    return TraceLine(connect)


def traces_of(line: TraceLine | None) -> Traces | None:
    """How it stands, for pages and metrics."""
    return None if line is None else Traces(line.trouble, line.waiting, line.sent, line.dropped)


def _room() -> Any:
    """Loaded by name: whoever exports no traces does without OpenTelemetry."""
    try:
        return import_module("synthmon.traces.export")
    except ImportError as error:
        hint = "pip install 'synthmon[otlp]'"
        raise ConfigurationError(f"`traces: {{otlp: …}}` needs OpenTelemetry: {error}", hint=hint) from error
