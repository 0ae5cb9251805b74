"""What was told, beside what another policy would have told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from synthmon.model.incident import Incident
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """One trouble: as it was told, as it would have been told; one of the two may be missing."""

    then: Incident | None
    now: Incident | None

    @property
    def incident(self) -> Incident:
        found = self.then or self.now
        assert found is not None, "a pair holds at least one"
        return found

    @property
    def sooner(self) -> float:
        """Seconds by which it would have been told sooner; negative for later; 0 where it was told once only."""
        if self.then is None or self.now is None:
            return 0.0
        return (told_first(self.then) - told_first(self.now)).total_seconds()


def compare(then: Sequence[Incident], now: Sequence[Incident], end: datetime) -> list[Pair]:
    """Incidents of the same probe and track that overlap are the same trouble; each is paired once, the first first."""
    left = sorted(now, key=lambda one: one.began_at)
    pairs = []
    for incident in sorted(then, key=lambda one: one.began_at):
        match = next((other for other in left if _same(incident, other, end)), None)
        if match is not None:
            left.remove(match)
        pairs.append(Pair(incident, match))
    pairs += [Pair(None, incident) for incident in left]
    return sorted(pairs, key=lambda pair: (pair.incident.began_at, pair.incident.probe))


def told_first(incident: Incident) -> datetime:
    """When people heard of it: what a silence or an outage above it kept back was told later than it opened."""
    return incident.told_at or incident.opened_at


def pages(incidents: Iterable[Incident]) -> int:
    """How many of them woke somebody."""
    return sum(1 for incident in incidents if incident.told and incident.severity == "page")


def _same(one: Incident, other: Incident, end: datetime) -> bool:
    if (one.probe, one.track) != (other.probe, other.track):
        return False
    return one.began_at <= (other.resolved_at or end) and other.began_at <= (one.resolved_at or end)
