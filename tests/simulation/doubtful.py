"""Which regions are suspect, told from docs/alerts.md and from what the oracle believes of every probe there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from synthmon.model.probe import Probe, Track
from synthmon.model.run import FailureKind

if TYPE_CHECKING:
    from tests.simulation.oracle import Place

FEWEST = 3  # probes, on hosts of their own
HELD = timedelta(minutes=10)
TRANSPORT = {FailureKind.DNS, FailureKind.CONNECT, FailureKind.TLS, FailureKind.TIMEOUT, FailureKind.PROTOCOL}


def suspects(declared: Mapping[str, Probe], places: Mapping[tuple[str, str], Place]) -> dict[str, datetime]:
    """Since when so many targets do not get through from a region that others see well."""
    failing: dict[str, list[datetime]] = {}
    hosts: dict[str, set[str]] = {}
    known: dict[str, int] = {}
    for name, probe in declared.items():
        up = {region.name for region in probe.regions if _up(places[name, region.name])}
        for region in (region.name for region in probe.regions):
            since = _fails(places[name, region])
            known[region] = known.get(region, 0) + (
                since is not None or places[name, region].knows(Track.DOWN) is not None
            )
            if since is not None and up - {region}:
                failing.setdefault(region, []).append(since)
                hosts.setdefault(region, set()).add(str(probe.journey.steps[0].request.url).split("/")[2])
    found = {}
    for region, some in failing.items():
        needed = max(FEWEST, -(-known[region] // 2))
        if len(some) >= needed and len(hosts[region]) >= FEWEST:
            found[region] = sorted(some)[needed - 1]
    return found


def _up(place: Place) -> bool:
    belief = place.knows(Track.DOWN)
    return belief is not None and belief.well


def _fails(place: Place) -> datetime | None:
    """Silence clears nobody: what failed last fails still."""
    belief = place.beliefs.get(Track.DOWN)
    if belief is None or belief.kind not in TRANSPORT or not (belief.down or belief.last is False):
        return None
    return belief.first_bad
