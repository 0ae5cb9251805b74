"""Regions that are suspect: when many targets fail from one place and work from others, the place is at fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synthmon.judge.region import BELIEVED_DOWN, NOT_KNOWN
from synthmon.model.incident import RegionPhase, RegionState
from synthmon.model.journey import Text
from synthmon.model.probe import Probe, Track
from synthmon.model.run import FailureKind

FEWEST = 3  # probes, on so many hosts
SHARE = 0.5  # of the region's probes

_TRANSPORT = frozenset(
    {FailureKind.DNS, FailureKind.CONNECT, FailureKind.TLS, FailureKind.TIMEOUT, FailureKind.PROTOCOL}
)
_FAILING = BELIEVED_DOWN | {RegionPhase.SOFT_DOWN}
_HOST = re.compile(r"(?i)https?://([^/?#]+)")


@dataclass(slots=True)
class _Count:
    """The probes of one region of which something is known, and those that fail there alone, by their hosts."""

    known: int = 0
    failing: dict[str, str] = field(default_factory=dict)  # probe, host

    @property
    def suspect(self) -> bool:
        many = len(self.failing) >= max(FEWEST, SHARE * self.known)
        return many and len(set(self.failing.values())) >= FEWEST


def suspects(probes: Mapping[str, Probe], states: Iterable[RegionState]) -> dict[str, str]:
    """Suspect regions, each with why. A probe counts if it fails there in transport while another region sees it up."""
    phases: dict[str, dict[str, RegionState]] = {}
    for state in states:
        if state.probe in probes and probes[state.probe].region(state.region) is not None:
            phases.setdefault(state.probe, {})[state.region] = state
    counts: dict[str, _Count] = {}
    for name, regions in phases.items():
        up = {region for region, state in regions.items() if _phase(state) is RegionPhase.UP}
        for region, state in regions.items():
            if _phase(state) in NOT_KNOWN:
                continue
            count = counts.setdefault(region, _Count())
            count.known += 1
            if _fails_in_transport(state) and up - {region}:
                count.failing[name] = _host(probes[name])
    return {
        region: f"{len(count.failing)} of {count.known} probes do not get through from there, and do from elsewhere"
        for region, count in counts.items()
        if count.suspect
    }


def _phase(state: RegionState) -> RegionPhase:
    track = state.tracks.get(Track.DOWN)
    return track.phase if track else RegionPhase.NEW


def _fails_in_transport(state: RegionState) -> bool:
    track = state.tracks.get(Track.DOWN)
    if track is None or track.phase not in _FAILING or track.last_bad is None:
        return False
    return track.last_bad.kind in _TRANSPORT


def _host(probe: Probe) -> str:
    """The host of its first step as written; a probe whose host is only known in a run counts as one of its own."""
    text: Text = probe.journey.steps[0].request.url if probe.journey.steps else ""
    first = text if isinstance(text, str) else text.parts[0]
    found = _HOST.match(first) if isinstance(first, str) else None
    return found[1].lower() if found else f"of {probe.name}"
