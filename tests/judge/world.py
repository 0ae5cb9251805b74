"""A world for the judge: it remembers what was decided, as a store would, and writes down what was said to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge import Policy, Situation, believe, decide
from synthmon.judge.baseline import Usual
from synthmon.judge.situation import Pair
from synthmon.judge.suspect import Doubt
from synthmon.model.incident import Decision, Health, HealthChange, Incident, IncidentEvent, Notification, RegionState
from synthmon.model.probe import Probe, ProbeRegion, Track
from synthmon.model.quiet import Quiet
from synthmon.model.run import Failure, FailureKind, Outcome, RunKind, RunResult
from synthmon.wire import (
    dumps,
    incident_from_json,
    incident_to_json,
    loads,
    state_from_json,
    state_to_json,
)
from tests import making

POLICY = Policy("test", default_channels=("pager",), link_base="https://synthmon.example.com/")

LETTERS = {
    "P": Outcome.PASSED,
    "D": Outcome.DEGRADED,
    "F": Outcome.FAILED,
    "E": Outcome.ERROR,
    "S": Outcome.SKIPPED,
}


def regions(*names: str) -> tuple[ProbeRegion, ...]:
    return tuple(ProbeRegion(name) for name in names)


def run(slot: datetime, letter: str, region: str = "local", **changes: object) -> RunResult:
    """A run by the letter of its outcome; a small `f` is a confirmation that failed, a small `p` one that passed."""
    kind, n = (RunKind.CONFIRM, 1) if letter.islower() else (RunKind.SCHEDULED, 0)
    made = making.run(slot, LETTERS[letter.upper()], region=region, **{"kind": kind, "n": n, **changes})
    if letter == "D":
        slow = Failure(FailureKind.BUDGET, "took 2.10 s, budget 800 ms", expected="at most 800 ms", actual="2.10 s")
        return replace(made, failures=(slow,))
    return made


class World:
    """Decides and remembers. `said` has one line for each notification, in order."""

    def __init__(self, *probes: Probe, policy: Policy = POLICY) -> None:
        self.probes = {probe.name: probe for probe in probes}
        self.policy = policy
        self.states: dict[tuple[str, str], RegionState] = {}
        self.incidents: dict[str, Incident] = {}
        self.events: list[IncidentEvent] = []
        self.notifications: list[Notification] = []
        self.changes: list[HealthChange] = []
        self.quiets: list[Quiet] = []
        self.suspect: dict[str, Doubt] = {}
        self.silent: dict[str, datetime] = {}
        self.usual: Mapping[Pair, Usual] = {}
        self.now = making.NOON

    @property
    def said(self) -> list[str]:
        return [f"{owed.occasion} {owed.channel}" for owed in self.notifications]

    @property
    def health(self) -> dict[tuple[str, str | None], HealthChange]:
        return {(change.probe, change.region): change for change in self.changes}

    @property
    def current(self) -> list[Incident]:
        return [incident for incident in self.incidents.values() if incident.current]

    def turn(self, runs: Sequence[RunResult] = (), now: datetime | None = None, *, sweep: bool = False) -> Decision:
        """One turn, with the incidents that a store would gather; what is decided is remembered."""
        self.now = now or max([self.now, *(run.key.slot + timedelta(seconds=run.duration) for run in runs)])
        decision = decide(self.situation(runs, sweep=sweep), self.policy, self.now)
        self.states |= {(state.probe, state.region): state for state in decision.states}
        self.incidents |= {incident.id: incident for incident in decision.incidents}
        self.events += decision.events
        self.notifications += decision.notifications
        self.changes += decision.health
        return decision

    def situation(self, runs: Sequence[RunResult] = (), *, sweep: bool = False) -> Situation:
        latest: dict[tuple[str, Track], Incident] = {}
        for incident in sorted(self.incidents.values(), key=lambda one: one.opened_at):
            latest[(incident.probe, incident.track)] = incident
        return Situation(
            quiets=tuple(self.quiets),
            suspect=self.suspect,
            silent=self.silent,
            usual=self.usual,
            probes=self.probes,
            runs=runs,
            states=tuple(self.states.values()),
            incidents=tuple(latest.values()),
            health=self.health,
            watermark=7,
            sweep=sweep,
        )

    def restart(self) -> None:
        """What is remembered, as it comes back from the database."""
        self.states = {key: state_from_json(loads(dumps(state_to_json(one)))) for key, one in self.states.items()}
        self.incidents = {
            key: incident_from_json(loads(dumps(incident_to_json(one)))) for key, one in self.incidents.items()
        }

    def sweep(self, now: datetime) -> Decision:
        return self.turn((), now, sweep=True)

    def hear(self, letters: str, region: str = "local", every: float = 60.0) -> list[str]:
        """Runs one after the other, each in a turn of its own, and what was said; spaces only help the eye.

        A small letter is the confirmation, five seconds later, of the run before it.
        """
        before = len(self.notifications)
        for letter in letters.replace(" ", ""):
            last = self.states.get(("checkout", region))
            previous = last.last_slot if last else None
            if letter.islower() and previous:
                self.turn([run(previous, letter, region)], previous + timedelta(seconds=5.5))
            else:
                self.slot = (self._newest or making.NOON - timedelta(seconds=every)) + timedelta(seconds=every)
                self._newest = self.slot
                self.turn([run(self.slot, letter, region)])
        return self.said[before:]

    def believed(self, name: str = "checkout") -> Health:
        states = [state for state in self.states.values() if state.probe == name]
        return believe(self.probes[name], states, self.policy, self.now).health

    _newest: datetime | None = None
