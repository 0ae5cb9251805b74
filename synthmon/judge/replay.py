"""What a policy would have told, had it been in force: kept runs are judged again, in the order in which they ended.

The judge is the same, and so is what it goes by. Time passes between the runs as it did then: silence goes stale,
reminders fall due. What people did then (acknowledgements) is not repeated, since they might have done otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from synthmon.judge.baseline import Usual
from synthmon.judge.policy import Policy
from synthmon.judge.situation import HealthKey, Pair, Situation
from synthmon.judge.turn import decide
from synthmon.model.incident import Decision, HealthChange, Incident, Notification, RegionState
from synthmon.model.probe import Probe, Track
from synthmon.model.quiet import Quiet
from synthmon.model.run import RunResult
from synthmon.nouns import dataclass

CLOSELY, FROM_AFAR = timedelta(seconds=30), timedelta(minutes=10)  # between two looks, with and without trouble
LONGEST_GAP = timedelta(hours=1)  # of silence that is swept through in steps; what comes later is looked at once


@dataclass(frozen=True, slots=True)
class Replayed:
    """Incidents in the order in which they opened, and every message that would have been owed."""

    incidents: tuple[Incident, ...]
    notifications: tuple[Notification, ...]
    runs: int


@dataclass(slots=True)
class _World:
    """What the judge would have found in the database."""

    probes: Mapping[str, Probe]
    policy: Policy
    quiets: Sequence[Quiet]
    usual: Mapping[Pair, Usual]
    states: dict[tuple[str, str], RegionState] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    latest: dict[tuple[str, Track], Incident] = field(default_factory=dict)
    health: dict[HealthKey, HealthChange] = field(default_factory=dict)
    notifications: list[Notification] = field(default_factory=list)

    @property
    def patience(self) -> timedelta:
        """Until it looks again: soon while something is wrong, since people are reminded and told of what waited."""
        return CLOSELY if any(incident.current for incident in self.latest.values()) else FROM_AFAR

    def turn(self, runs: Sequence[RunResult], now: datetime, *, sweep: bool) -> None:
        named = {run.key.probe for run in runs}
        about = named | {parent for name in named for parent in self.probes[name].depends_on}
        situation = Situation(
            probes=self.probes,
            runs=runs,
            states=tuple(state for state in self.states.values() if sweep or state.probe in about),
            incidents=tuple(incident for incident in self.latest.values() if sweep or incident.probe in about),
            health=self.health,
            quiets=tuple(quiet for quiet in self.quiets if quiet.holds(now)),
            usual=self.usual,
            sweep=sweep,
        )
        self._remember(decide(situation, self.policy, now))

    def _remember(self, decision: Decision) -> None:
        self.states |= {(state.probe, state.region): state for state in decision.states}
        self.health |= {(change.probe, change.region): change for change in decision.health}
        self.notifications += decision.notifications
        for incident in decision.incidents:
            self.incidents[incident.id] = incident
            self.latest[incident.probe, incident.track] = incident


def replay(
    probes: Mapping[str, Probe],
    policy: Policy,
    runs: Iterable[RunResult],
    end: datetime,
    quiets: Sequence[Quiet] = (),
    usual: Mapping[Pair, Usual] | None = None,
) -> Replayed:
    """Judge the runs (in any order) as they ended, and go on looking until `end`. Runs of other probes are left out.

    `usual` has the latencies of each day, those before the first run among them: each run is compared with its past.
    """
    world = _World(probes, policy, quiets, usual or {})
    known = sorted((run for run in runs if run.key.probe in probes), key=ended)
    last: datetime | None = None
    for run in known:
        now = ended(run)
        _wait(world, last, now)
        world.turn((run,), now, sweep=False)
        last = now
    _wait(world, last, end)
    incidents = sorted(world.incidents.values(), key=lambda one: (one.opened_at, one.id))
    return Replayed(tuple(incidents), tuple(world.notifications), len(known))


def ended(run: RunResult) -> datetime:
    """When the run was over, which is when it could be judged."""
    return run.started_at + timedelta(seconds=run.duration)


def _wait(world: _World, last: datetime | None, now: datetime) -> None:
    """Look as often as the judge would have found something to decide."""
    if last is None:
        return
    instant = last + world.patience
    while instant < now and instant - last <= LONGEST_GAP:
        world.turn((), instant, sweep=True)
        instant += world.patience
    if instant < now:
        world.turn((), now, sweep=True)
