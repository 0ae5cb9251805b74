"""Tokens, heartbeats, marks and questions of agents in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime

from synthmon import wire
from synthmon.model.agent import AgentToken, Asked, Consignment, Delivered, Heartbeat
from synthmon.model.run import RunKey
from synthmon.nouns import dataclass
from synthmon.store.memory_outbox import exact, through
from synthmon.store.rows import FORGOTTEN_AFTER, refusals


@dataclass(slots=True)
class Agents:
    """The store's lock is held by whoever calls."""

    marks: dict[tuple[str, str], int] = field(default_factory=dict)
    tokens: dict[str, AgentToken] = field(default_factory=dict)
    heartbeats: dict[tuple[str, str], Heartbeat] = field(default_factory=dict)
    questions: list[tuple[int, RunKey, datetime]] = field(default_factory=list)

    def take(self, consignment: Consignment) -> Delivered:
        key = (consignment.spool, consignment.region)
        mark = self.marks.get(key, 0)
        if mark < consignment.after or not consignment.records:
            return Delivered(mark)
        self.marks[key] = max(mark, consignment.records[-1].seq)
        return Delivered(self.marks[key], refusals(consignment))

    def keep_token(self, token: AgentToken) -> None:
        self.tokens[token.id] = replace(
            token,
            created_at=exact(token.created_at),
            expires_at=token.expires_at and exact(token.expires_at),
            revoked_at=token.revoked_at and exact(token.revoked_at),
        )

    def all_tokens(self) -> list[AgentToken]:
        return sorted(self.tokens.values(), key=lambda token: (token.region, token.created_at, token.id))

    def hear(self, heartbeat: Heartbeat) -> None:
        kept = through(heartbeat, wire.heartbeat_to_json, wire.heartbeat_from_json)
        self.heartbeats[kept.region, kept.instance] = kept
        for key, one in list(self.heartbeats.items()):
            if one.at < kept.at - FORGOTTEN_AFTER:
                del self.heartbeats[key]

    def ask(self, keys: Sequence[RunKey], expires_at: datetime) -> None:
        known = {key.id for _, key, _ in self.questions}
        for key in keys:
            if key.id not in known:
                kept = through(key, wire.key_to_json, wire.key_from_json)
                self.questions.append((len(self.questions) + 1, kept, exact(expires_at)))

    def asked_of(self, region: str, after: int, now: datetime) -> Asked:
        last = len(self.questions)
        first = after if after <= last else 0
        found = [key for n, key, until in self.questions if n > first and key.region == region and until > now]
        return Asked(tuple(found), last)
