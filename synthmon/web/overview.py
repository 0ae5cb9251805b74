"""What the status page shows of each probe, gathered once from the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge.windows import Window
from synthmon.model.history import RunRow
from synthmon.model.incident import Health, HealthChange, Incident, RegionPhase, RegionState
from synthmon.model.probe import NAMESAKES, Probe, Track
from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.store.interface import Store
from synthmon.web.calendar import quiet_about, quiet_now

RECENT = 30  # runs in a probe's little row of bars

PHASE_WORDS = {
    RegionPhase.NEW: "no run yet",
    RegionPhase.UP: "up",
    RegionPhase.SOFT_DOWN: "failing, being confirmed",
    RegionPhase.DOWN: "down",
    RegionPhase.SOFT_UP: "recovering",
    RegionPhase.BLIND: "no fresh data",
}


@dataclass(frozen=True, slots=True)
class RegionCell:
    """One probe in one region."""

    region: str
    phase: RegionPhase
    words: str
    last_slot: datetime | None
    last_run_id: str | None
    last_outcome: str | None
    slow: bool


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """One probe on the status page."""

    probe: Probe
    health: HealthChange
    cells: tuple[RegionCell, ...]
    recent: tuple[RunRow, ...] = ()  # oldest first
    incidents: tuple[Incident, ...] = ()
    quiets: tuple[Quiet, ...] = ()  # in force now, maintenance first

    @property
    def last(self) -> RunRow | None:
        return self.recent[-1] if self.recent else None


_BADNESS = {Health.DOWN: 0, Health.DEGRADED: 1, Health.UNKNOWN: 2, Health.UP: 3}


def overview(
    store: Store, probes: Mapping[str, Probe], now: datetime, windows: Iterable[Window] = ()
) -> list[ProbeLine]:
    """Every probe, worst first, without its last runs. `windows` is the maintenance that recurs."""
    quiets = quiet_now(store, windows, now)
    states = {(state.probe, state.region): state for state in store.states()}
    current: dict[str, list[Incident]] = {}
    for incident in store.incidents(current=True):
        if incident.track not in NAMESAKES:
            current.setdefault(incident.probe, []).append(incident)
    believed = health_of(store, probes, now)
    lines = [
        ProbeLine(
            probe,
            believed[name],
            tuple(_cell(region.name, states.get((name, region.name))) for region in probe.regions),
            incidents=tuple(current.get(name, ())),
            quiets=quiet_about(probe, quiets),
        )
        for name, probe in probes.items()
    ]
    return sorted(lines, key=lambda line: (_BADNESS[line.health.health], line.probe.name))


def with_recent(store: Store, lines: Iterable[ProbeLine], number: int = RECENT) -> list[ProbeLine]:
    """The same with so many of the last runs of each."""
    return [
        replace(line, recent=tuple(reversed(store.run_rows(probe=line.probe.name, limit=number)))) for line in lines
    ]


def health_of(store: Store, probes: Mapping[str, Probe], now: datetime) -> Mapping[str, HealthChange]:
    """What is believed of each probe over all regions."""
    changes = store.health_changes(now, now + timedelta(seconds=1))
    latest = {change.probe: change for change in changes if change.region is None}
    return {name: latest.get(name) or HealthChange(name, None, now, Health.UNKNOWN, "no run yet") for name in probes}


def _cell(region: str, state: RegionState | None) -> RegionCell:
    if state is None:
        return RegionCell(region, RegionPhase.NEW, PHASE_WORDS[RegionPhase.NEW], None, None, None, slow=False)
    down, slow = state.tracks.get(Track.DOWN), state.tracks.get(Track.SLOW)
    never = RegionPhase.NEW if state.last_slot is None else RegionPhase.UP  # a state may be there before the first run
    phase = down.phase if down else never
    is_slow = slow is not None and slow.phase is RegionPhase.DOWN
    words = "slow" if is_slow and phase is RegionPhase.UP else PHASE_WORDS[phase]
    return RegionCell(region, phase, words, state.last_slot, state.last_run_id, state.last_outcome, is_slow)
