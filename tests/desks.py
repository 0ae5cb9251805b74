"""The desk at which a site answers agents, over any store: for tests that are about something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from synthmon.app import clock
from synthmon.app.agents_desk import AgentsDesk
from synthmon.app.configuration import Declared
from synthmon.model.probe import Probe
from synthmon.settings import load_settings
from synthmon.store.interface import Store


def desk(
    store: Store,
    folder: Path,
    probes: Mapping[str, Probe],
    environment: str = "test",
    now: Callable[[], datetime] = clock.now,
) -> AgentsDesk:
    """For the region `local`, where all of the probes run."""
    declared = Declared(load_settings({}, None, folder)[0], probes)
    return AgentsDesk(store, environment, lambda: declared, lambda _results: None, now)
