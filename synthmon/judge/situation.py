"""What a turn of the judge starts from, whole and probe by probe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from synthmon.judge.baseline import Usual
from synthmon.judge.region import is_soft
from synthmon.judge.suspect import Doubt
from synthmon.model.incident import HealthChange, Incident, RegionState
from synthmon.model.probe import OWN_TRACKS, Probe, Track
from synthmon.model.quiet import Quiet
from synthmon.model.run import RunResult
from synthmon.nouns import dataclass

Pair = tuple[str, str]  # probe, region
HealthKey = tuple[str, str | None]  # probe, region (None: over all regions)

_NONE: frozenset[str] = frozenset()
_NOTHING: Mapping[Any, Any] = {}


@dataclass(frozen=True, slots=True)
class Believed:
    """What was believed last, by probe and then by region; health over all regions stands under None."""

    states: Mapping[str, Mapping[str, RegionState]] = field(default_factory=dict)
    health: Mapping[str, Mapping[str | None, HealthChange]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a turn of the judge starts from.

    `probes` are all that are declared; `runs` the new ones in any order; `states` and `incidents` at least those of
    the probes to judge (the current incidents, and per track the latest resolved one); `health` what was last believed
    of all; `quiets` the silences and maintenance that somebody asked for, those that hold at least. Probes with new
    runs are judged; in a `sweep` all are, and what belongs to no declared probe is wound up.
    """

    probes: Mapping[str, Probe]
    runs: Sequence[RunResult] = ()
    states: Sequence[RegionState] = ()
    incidents: Sequence[Incident] = ()
    health: Mapping[HealthKey, HealthChange] = field(default_factory=dict)
    quiets: Sequence[Quiet] = ()
    suspect: Mapping[str, Doubt] = field(default_factory=dict)  # regions that are in doubt themselves
    silent: Mapping[str, datetime] = field(default_factory=dict)  # regions of which nothing is heard, and since when
    usual: Mapping[Pair, Usual] = field(default_factory=dict)  # latencies, of the probes that ask
    watermark: int = 0
    sweep: bool = False
    believed: Believed = field(default_factory=Believed)

    def names(self) -> list[str]:
        """Every probe that this turn has something to decide about, those with runs first."""
        named = dict.fromkeys(run.key.probe for run in self.runs)
        if self.sweep:
            named |= dict.fromkeys(self.probes)
            named |= dict.fromkeys(name for name, states in self.believed.states.items() if states)
            named |= dict.fromkeys(state.probe for state in self.states)
            named |= dict.fromkeys(incident.probe for incident in self.about_probes() if incident.current)
        return list(named)

    def about_probes(self) -> list[Incident]:
        """The incidents that are not about synthmon itself, whose subjects may be called like a probe."""
        return [incident for incident in self.incidents if incident.track not in OWN_TRACKS]

    def overall(self, probe: str) -> HealthChange | None:
        """What is believed of it over all regions."""
        return self.health.get((probe, None)) or self.believed.health.get(probe, _NOTHING).get(None)

    def soft(self, probes: Iterable[str]) -> frozenset[str]:
        """Those of the probes that have failed somewhere, and it is not sure yet."""
        named = frozenset(probes)
        known = [state for name in named for state in self.believed.states.get(name, _NOTHING).values()]
        return frozenset(state.probe for state in (*known, *self.states) if state.probe in named and is_soft(state))


@dataclass(slots=True)
class Part:
    """What the situation holds about one probe; `probe` is None when it is not declared any more."""

    name: str
    probe: Probe | None
    sweep: bool
    runs: list[RunResult] = field(default_factory=list)
    states: dict[str, RegionState] = field(default_factory=dict)
    incidents: dict[Track, Incident] = field(default_factory=dict)
    health: dict[str | None, HealthChange] = field(default_factory=dict)
    quiets: tuple[Quiet, ...] = ()
    parents: tuple[HealthChange, ...] = ()  # what is believed of the probes it depends on
    above: tuple[Probe, ...] = ()  # those probes
    doubted: frozenset[str] = frozenset()  # those of them that have just failed for the first time
    suspect: Mapping[str, Doubt] = field(default_factory=dict)
    silent: Mapping[str, datetime] = field(default_factory=dict)
    usual: Mapping[str, Usual] = field(default_factory=dict)  # by region


def split(situation: Situation) -> list[Part]:
    """The situation probe by probe, so that a caller can keep the trouble with one from the others."""
    names = situation.names()
    above = {one for name in names if name in situation.probes for one in situation.probes[name].depends_on}
    soft = situation.soft(above) if above else _NONE
    parts = {name: _part(situation, name, soft) for name in names}
    for run in situation.runs:
        parts[run.key.probe].runs.append(run)
    for state in situation.states:
        if state.probe in parts:
            parts[state.probe].states[state.region] = state
    for incident in sorted(situation.about_probes(), key=lambda incident: (incident.current, incident.opened_at)):
        if incident.probe in parts:
            parts[incident.probe].incidents[incident.track] = incident
    for (probe, where), change in situation.health.items():
        if probe in parts:
            parts[probe].health[where] = change
    return list(parts.values())


def _part(situation: Situation, name: str, soft: frozenset[str]) -> Part:
    """`soft` are the probes that have just failed for the first time somewhere."""
    probe = situation.probes.get(name)
    above = probe.depends_on if probe else ()
    believed = situation.believed
    of_parents = [situation.overall(parent) for parent in above]
    return Part(
        name,
        probe,
        situation.sweep,
        states=dict(believed.states.get(name, _NOTHING)),
        health=dict(believed.health.get(name, _NOTHING)),
        quiets=tuple(situation.quiets),
        parents=tuple(change for change in of_parents if change is not None),
        above=tuple(found for parent in above if (found := situation.probes.get(parent)) is not None),
        doubted=soft.intersection(above) if above else _NONE,
        suspect=situation.suspect,
        silent=situation.silent,
        usual=_usual(situation, probe) if situation.usual and probe else {},
    )


def _usual(situation: Situation, probe: Probe) -> dict[str, Usual]:
    found = {region.name: situation.usual.get((probe.name, region.name)) for region in probe.regions}
    return {region: usual for region, usual in found.items() if usual is not None}
