"""What the store in memory has, and the lock that stands before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime

from synthmon.model.history import MissedSlot, ProbeVersion
from synthmon.model.incident import HealthChange, Incident, IncidentEvent, RegionState
from synthmon.model.replica import Replica
from synthmon.model.run import RunResult
from synthmon.model.term import Term
from synthmon.nouns import dataclass
from synthmon.store.fencing import check
from synthmon.store.memory_agents import Agents
from synthmon.store.memory_mailings import Mailings
from synthmon.store.memory_outbox import Outbox
from synthmon.store.memory_quiets import Quiets
from synthmon.store.memory_rollups import Rollups


@dataclass(slots=True)
class Contents:
    """Everything, by what it is known by."""

    runs: dict[str, RunResult] = field(default_factory=dict)
    missed: dict[tuple[str, str, datetime], MissedSlot] = field(default_factory=dict)
    states: dict[tuple[str, str], RegionState] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    events: list[IncidentEvent] = field(default_factory=list)
    outbox: Outbox = field(default_factory=Outbox)
    health: list[HealthChange] = field(default_factory=list)
    versions: list[ProbeVersion] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    quiets: Quiets = field(default_factory=Quiets)
    mailings: Mailings = field(default_factory=Mailings)
    agents: Agents = field(default_factory=Agents)
    watermark: int = 0
    removed: int = 0
    rollups: Rollups = field(default_factory=Rollups)
    term: Term | None = None
    replicas: dict[str, Replica] = field(default_factory=dict)


class Held:
    """What is kept, behind one lock; the parts of `memory.MemoryStore` are made of it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kept = Contents()

    @contextmanager
    def _leading(self, epoch: int | None) -> Iterator[None]:
        """The lock, held by whoever leads, or needs not to."""
        with self._lock:
            if epoch is not None:
                check(epoch, self._kept.term)
            yield
