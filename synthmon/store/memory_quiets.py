"""Maintenance and silences in memory."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime

from synthmon import wire
from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.store.memory_outbox import exact, through


@dataclass(slots=True)
class Quiets:
    """By id; the store's lock is held by whoever calls."""

    kept: dict[str, Quiet] = field(default_factory=dict)

    def keep(self, quiet: Quiet) -> None:
        self.kept[quiet.id] = through(quiet, wire.quiet_to_json, wire.quiet_from_json)

    def lift(self, quiet_id: str, actor: str, at: datetime) -> bool:
        quiet = self.kept.get(quiet_id)
        if quiet is None or quiet.ends_at <= at:
            return False
        self.kept[quiet_id] = replace(quiet, lifted_at=exact(at), lifted_by=actor)
        return True

    def find(self, start: datetime, end: datetime) -> list[Quiet]:
        found = [quiet for quiet in self.kept.values() if quiet.start < end and quiet.ends_at > start]
        return sorted(found, key=lambda quiet: (quiet.start, quiet.id))
