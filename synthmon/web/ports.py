"""What the pages are handed: what to read, what they may do, and how the daemon is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from synthmon.model.probe import Probe
from synthmon.model.secret import Secret
from synthmon.store.interface import Store


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the daemon itself is. `troubles` are sentences for people; none means that every loop lives.

    `lag` is the worst recent interpreter lag in seconds; `waiting` results are not kept yet.
    """

    started_at: datetime
    version: str
    regions: tuple[str, ...]
    running: int = 0
    workers: int = 0
    waiting: int = 0
    dropped: int = 0
    owed: int = 0
    lag: float = 0.0
    last_turn_at: datetime | None = None
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebPorts:
    """`config_problems` are the rendered problems of files that were refused on reload; the old ones are in force.

    `acknowledge(incident_id, actor)` says whether the incident was open; `run_again(probe, region)` gives the id of
    the run that was started. `api_token` authorises the command line on loopback; `password` people, when set.
    """

    store: Store
    environment: str
    probes: Callable[[], Mapping[str, Probe]]
    config_problems: Callable[[], tuple[str, ...]]
    acknowledge: Callable[[str, str], bool]
    run_again: Callable[[str, str], str | None]
    pulse: Callable[[], Pulse]
    now: Callable[[], datetime]
    reports: Path
    api_token: Secret
    password: Secret | None = None
    trace_url: str | None = None
    region_titles: Mapping[str, str] = field(default_factory=dict)
