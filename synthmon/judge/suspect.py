"""Regions that are suspect: when many targets fail from one place and work from others, the place is at fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from math import ceil

from synthmon.judge.region import BELIEVED_DOWN, phase_of
from synthmon.model.incident import RegionPhase, RegionState, TrackState
from synthmon.model.probe import Probe, Track
from synthmon.model.run import FailureKind
from synthmon.model.text import Text
from synthmon.nouns import dataclass

FEWEST = 3  # probes, on so many hosts
SHARE = 0.5  # of the region's probes
HELD = timedelta(minutes=10)  # while what it says counts for nothing

_TRANSPORT = frozenset(
    {FailureKind.DNS, FailureKind.CONNECT, FailureKind.TLS, FailureKind.TIMEOUT, FailureKind.PROTOCOL}
)
_FAILING = BELIEVED_DOWN | {RegionPhase.SOFT_DOWN}
_HOST = re.compile(r"(?i)https?://([^/?#]+)")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a region is suspect, and since when, by the slots of the runs that made it so."""

    text: str
    since: datetime

    def holds(self, now: datetime) -> bool:
        """Whether what the region says counts for nothing yet. Later it counts again: triggers fail open."""
        return now - self.since < HELD


@dataclass(slots=True)
class _Count:
    """The probes of one region of which something is known, and those that fail there alone: host, and since when."""

    known: int = 0
    failing: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    @property
    def needed(self) -> int:
        return max(FEWEST, ceil(SHARE * self.known))

    @property
    def suspect(self) -> bool:
        return len(self.failing) >= self.needed and len({host for host, _ in self.failing.values()}) >= FEWEST

    def doubt(self) -> Doubt:
        text = f"{len(self.failing)} of {self.known} probes do not get through from there, and do from elsewhere"
        return Doubt(text, sorted(since for _, since in self.failing.values())[self.needed - 1])


def suspects(probes: Mapping[str, Probe], states: Iterable[RegionState]) -> dict[str, Doubt]:
    """Suspect regions. A probe counts if it fails there in transport while another region sees it up.

    What went blind while it failed fails still: a region is not cleared by falling silent.
    """
    known = list(states)
    if sum(_fails_since(state) is not None for state in known) < FEWEST:
        return {}  # as nearly always
    regions: dict[str, dict[str, RegionState]] = {}
    for state in known:
        if state.probe in probes and probes[state.probe].region(state.region) is not None:
            regions.setdefault(state.probe, {})[state.region] = state
    counts: dict[str, _Count] = {}
    for name, there in regions.items():
        up = {region for region, state in there.items() if phase_of(state) is RegionPhase.UP}
        for region, state in there.items():
            since = _fails_since(state)
            if since is None and phase_of(state) in {RegionPhase.NEW, RegionPhase.BLIND}:
                continue
            count = counts.setdefault(region, _Count())
            count.known += 1
            if since is not None and up - {region}:
                count.failing[name] = (host_of(probes[name]), since)
    return {region: count.doubt() for region, count in counts.items() if count.suspect}


def _fails_since(state: RegionState) -> datetime | None:
    """The slot of the first run that did not get through; None where it does, or where it fails in another way."""
    track = state.tracks.get(Track.DOWN)
    if track is None or track.last_bad is None or track.first_bad is None or _seen(track) not in _FAILING:
        return None
    return track.first_bad.slot if track.last_bad.kind in _TRANSPORT else None


def _seen(track: TrackState) -> RegionPhase | None:
    return track.before_blind if track.phase is RegionPhase.BLIND else track.phase


def host_of(probe: Probe) -> str:
    """The host of its first step as written; a probe whose host is only known in a run counts as one of its own."""
    text: Text = probe.journey.steps[0].request.url if probe.journey.steps else ""
    first = text if isinstance(text, str) else text.parts[0]
    found = _HOST.match(first) if isinstance(first, str) else None
    return found[1].lower() if found else f"of {probe.name}"
