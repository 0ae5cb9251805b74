"""Celery workers, where a broker is named: the room that knows Celery is loaded by its name, as it is an extra."""

from __future__ import annotations

import socket
from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from typing import Any, Protocol

from synthmon.app import clock
from synthmon.errors import ConfigurationError
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Kept, RunKey, RunResult
from synthmon.settings import Settings

Walk = Callable[[Probe, RunKey, ProbeRegion], RunResult]

_ROOM = "synthmon.broker.joining"


class Dispatcher(Protocol):
    """`broker.joining.Dispatcher`: has workers make runs, and makes them here where there are none."""

    trouble: str | None
    lives: bool

    def __call__(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult | Kept | None: ...

    def start(self) -> None: ...

    def leave(self) -> None: ...

    def stop(self) -> None: ...


class Crew(Protocol):
    """`broker.joining.Crew`: makes runs that agents give it."""

    running: int
    lives: bool

    def start(self) -> None: ...

    def stop(self, timeout: float) -> bool: ...


def dispatchers_of(settings: Settings, walk: Walk) -> dict[str, Dispatcher]:
    """One for each region that runs here; none where no broker is named."""
    if settings.broker_url is None:
        return {}
    room = _room()
    return {name: room.Dispatcher(_place(room, settings, name), walk, clock.now) for name in settings.regions_run_here}


def crew_of(
    settings: Settings,
    probe: Callable[[str], Probe | None],
    walk: Walk,
    keep: Callable[[RunResult], None],
    concurrency: int,
    visible: float,
) -> Crew:
    """The worker of the one region that runs here; raises `ConfigurationError` without a broker."""
    if settings.broker_url is None:
        hint = "the broker is the region's Redis or RabbitMQ; docs/regions.md shows a whole setup"
        raise ConfigurationError("a worker needs SYNTHMON_BROKER_URL", hint=hint)
    room = _room()
    (region,) = settings.regions_run_here
    ways = room.Ways(probe, walk, keep, clock.now)
    crew: Crew = room.Crew(_place(room, settings, region), ways, concurrency, visible)
    return crew


def _place(room: Any, settings: Settings, region: str) -> Any:
    """The name is the same after a restart, and no other process has it: its data directory is held by one alone."""
    name = f"{socket.gethostname()}-{sha256(str(settings.data_dir.absolute()).encode()).hexdigest()[:8]}"
    return room.Place(settings.broker_url, settings.environment, region, name)


def _room() -> Any:
    try:
        return import_module(_ROOM)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in {"celery", "kombu", "redis", "amqp"}:
            raise
        hint = "pip install 'synthmon[celery]', or take SYNTHMON_BROKER_URL away"
        raise ConfigurationError(f"SYNTHMON_BROKER_URL is set, and {package} is not installed", hint=hint) from error
