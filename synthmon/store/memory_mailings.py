"""Reports owed by e-mail, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field

from synthmon import wire
from synthmon.model.mailing import Mailing
from synthmon.nouns import dataclass
from synthmon.store.memory_outbox import through


@dataclass(slots=True)
class Mailings:
    """By id; the store's lock is held by whoever calls."""

    kept: dict[str, Mailing] = field(default_factory=dict)

    def owe(self, owed: Sequence[Mailing]) -> None:
        for mailing in owed:
            if mailing.id not in self.kept:
                self.mark(mailing)

    def mark(self, mailing: Mailing) -> None:
        self.kept[mailing.id] = through(mailing, wire.mailing_to_json, wire.mailing_from_json)

    def find(self, reports: Collection[str] | None, owed: bool, limit: int | None) -> list[Mailing]:
        found = [
            one for one in self.kept.values() if (reports is None or one.report in reports) and (one.owed or not owed)
        ]
        return sorted(found, key=lambda one: (-one.created_at.timestamp(), one.id))[:limit]
