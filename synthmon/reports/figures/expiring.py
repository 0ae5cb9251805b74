"""What ends within a month: certificates of targets, as runs saw them last, and tokens of agents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from synthmon.model.agent import AgentToken
from synthmon.nouns import dataclass

SOON, VERY_SOON = timedelta(days=30), timedelta(days=14)
CERTIFICATE, TOKEN = "certificate", "agent token"


@dataclass(frozen=True, slots=True)
class Expiring:
    """`whom` are the probes that meet the certificate, or the region whose agents use the token."""

    kind: str
    name: str
    until: datetime
    whom: tuple[str, ...]
    left: timedelta  # negative: it is over

    @property
    def urgent(self) -> bool:
        return self.left < VERY_SOON


def certificates(seen: Mapping[str, Mapping[str, datetime]], now: datetime) -> list[Expiring]:
    """Of each host the earliest end that a probe saw; `seen` is by probe and host."""
    ends: dict[str, datetime] = {}
    whom: dict[str, list[str]] = {}
    for probe in sorted(seen):
        for host, until in seen[probe].items():
            ends[host] = min(until, ends.get(host, until))
            whom.setdefault(host, []).append(probe)
    found = (Expiring(CERTIFICATE, host, until, tuple(whom[host]), until - now) for host, until in ends.items())
    return [one for one in found if one.left < SOON]


def tokens(known: Iterable[AgentToken], now: datetime) -> list[Expiring]:
    """Those of agents that hold still, and end; one that was replaced in time is told of until it ends."""
    return [
        Expiring(TOKEN, one.id, one.expires_at, (one.region,), one.expires_at - now)
        for one in known
        if one.expires_at is not None
        and timedelta(0) <= one.expires_at - now < SOON
        and one.created_at <= now
        and (one.revoked_at is None or one.revoked_at > now)
    ]


def soonest_first(found: Iterable[Expiring]) -> tuple[Expiring, ...]:
    return tuple(sorted(found, key=lambda one: (one.until, one.kind, one.name)))
