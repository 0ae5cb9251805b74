"""A store that forgets everything with its process: what rooms that need a store are tested with.

It passes the same tests as the SQL store, down to the precision of what is kept.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from synthmon import wire
from synthmon.errors import RefusedByStore
from synthmon.model.agent import AgentToken, Asked, Consignment, Delivered, Heartbeat
from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.incident import (
    Decision,
    Delivery,
    HealthChange,
    Incident,
    IncidentEvent,
    IncidentStatus,
    Notification,
    RegionState,
)
from synthmon.model.mailing import Mailing
from synthmon.model.quiet import Quiet
from synthmon.model.replica import Replica
from synthmon.model.rollup import Grain, Rolled, Rollup
from synthmon.model.run import RunKey, RunKind, RunResult
from synthmon.model.term import Term, following
from synthmon.store.accounts import Accounts
from synthmon.store.fencing import check
from synthmon.store.interface import EVERY, Gathered, IncidentPlace, Only
from synthmon.store.memory_accounts import MemoryAccounts
from synthmon.store.memory_agents import Agents
from synthmon.store.memory_mailings import Mailings
from synthmon.store.memory_outbox import Outbox, exact, through
from synthmon.store.memory_quiets import Quiets
from synthmon.store.memory_rollups import Rollups
from synthmon.store.replicas import FORGOTTEN_AFTER
from synthmon.store.retention import without_evidence
from synthmon.store.rows import CAUSE, TAKEN_ON, incident_order, merged, row_of, run_order, same_version

T = TypeVar("T")


@dataclass(slots=True)
class _Contents:
    runs: dict[str, RunResult] = field(default_factory=dict)
    missed: dict[tuple[str, str, datetime], MissedSlot] = field(default_factory=dict)
    states: dict[tuple[str, str], RegionState] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    events: list[IncidentEvent] = field(default_factory=list)
    outbox: Outbox = field(default_factory=Outbox)
    health: list[HealthChange] = field(default_factory=list)
    versions: list[ProbeVersion] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    quiets: Quiets = field(default_factory=Quiets)
    mailings: Mailings = field(default_factory=Mailings)
    agents: Agents = field(default_factory=Agents)
    watermark: int = 0
    removed: int = 0
    rollups: Rollups = field(default_factory=Rollups)
    term: Term | None = None
    replicas: dict[str, Replica] = field(default_factory=dict)


class MemoryStore:
    """Implements `store.interface.Store` in dictionaries, behind one lock."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kept = _Contents()
        self.accounts: Accounts = MemoryAccounts()

    def copy(self) -> MemoryStore:
        """Another store with the same history, which goes its own way from here. Accounts are not taken along."""
        made = MemoryStore()
        with self._lock:
            made._kept = deepcopy(replace(self._kept, runs={}))
            made._kept.runs = dict(self._kept.runs)  # results never change, and there are many
        return made

    # Who judges
    def elect(self, instance: str, at: datetime) -> Term:
        with self._lock:
            before = self._kept.term
            self._kept.term = Term(following(before.epoch if before else None, at), instance, exact(at))
            return self._kept.term

    def term(self) -> Term | None:
        with self._lock:
            return self._kept.term

    def keep_replica(self, replica: Replica) -> None:
        with self._lock:
            kept = through(replica, wire.replica_to_json, wire.replica_from_json)
            self._kept.replicas[kept.instance] = kept
            for one in list(self._kept.replicas.values()):
                if one.at < kept.at - FORGOTTEN_AFTER:
                    del self._kept.replicas[one.instance]

    def forget_replica(self, instance: str) -> None:
        with self._lock:
            self._kept.replicas.pop(instance, None)

    def replicas(self) -> list[Replica]:
        with self._lock:
            return sorted(self._kept.replicas.values(), key=lambda one: one.instance)

    @contextmanager
    def _leading(self, epoch: int | None) -> Iterator[None]:
        """The lock, held by whoever leads, or needs not to."""
        with self._lock:
            if epoch is not None:
                check(epoch, self._kept.term)
            yield

    # Runs
    def keep(self, results: Sequence[RunResult]) -> int:
        with self._lock:
            new = 0
            for result in results:
                if result.id not in self._kept.runs:
                    new += 1
                    self._kept.runs[result.id] = through(result, wire.to_json, wire.from_json)
                    if result.key.kind is RunKind.SCHEDULED:
                        slot = (result.key.probe, result.key.region, exact(result.key.slot))
                        self._kept.missed.pop(slot, None)
            return new

    def make_room(self, now: datetime) -> Sequence[str]:  # noqa: ARG002 - there is always room
        return ()

    def forget_evidence(self, before: datetime, limit: int) -> int:
        with self._lock:
            old = [run for run in self._kept.runs.values() if run.key.slot < before and run != without_evidence(run)]
            for run in old[:limit]:
                self._kept.runs[run.id] = without_evidence(run)
            return len(old[:limit])

    def forget_runs(self, before: datetime, limit: int) -> int:
        with self._lock:
            judged = list(self._kept.runs.values())[: self._kept.watermark]
            old = sorted((run for run in judged if run.key.slot < before), key=lambda run: run.key.slot)[:limit]
            for run in old:
                del self._kept.runs[run.id]
            self._kept.watermark -= len(old)
            self._kept.removed += len(old)
            slots = sorted((key for key in self._kept.missed if key[2] < before), key=lambda key: key[2])[:limit]
            for key in slots:
                del self._kept.missed[key]
            return len(old) + len(slots)

    def arrived(self) -> int:
        with self._lock:
            return self._kept.removed + len(self._kept.runs)

    def late_probes(self, after: int, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
        slots: dict[str, list[datetime]] = {}
        for _, probe, slot in self.late_runs(after, len(self._kept.runs)):
            if start <= slot < end:
                slots.setdefault(probe, []).append(slot)
        return [(probe, min(found), max(found)) for probe, found in sorted(slots.items())]

    def late_runs(self, after: int, limit: int) -> list[tuple[int, str, datetime]]:
        with self._lock:
            found = list(enumerate(self._kept.runs.values(), 1 + self._kept.removed))
        return [(number, run.key.probe, run.key.slot) for number, run in found if number > after][:limit]

    # Rollups
    def replace_rollups(self, probe: str, stretches: Sequence[Rolled]) -> None:
        with self._lock:
            self._kept.rollups.replace(probe, stretches)

    def rollups(
        self, start: datetime, end: datetime, probe: str | None = None, grain: Grain = Grain.QUARTER
    ) -> list[Rollup]:
        with self._lock:
            return self._kept.rollups.find(start, end, probe, grain)

    def forget_rollups(self, before: datetime, limit: int) -> int:
        with self._lock:
            return self._kept.rollups.forget(before, limit)

    def forget_days(self) -> None:
        with self._lock:
            self._kept.rollups.forget_days()

    # Missed slots
    def note_missed(self, slots: Sequence[MissedSlot], epoch: int | None = None) -> int:
        with self._leading(epoch):
            known = {
                (run.key.probe, run.key.region, run.key.slot)
                for run in self._kept.runs.values()
                if run.key.kind is RunKind.SCHEDULED
            }
            before = len(self._kept.missed)
            for slot in slots:
                key = (slot.probe, slot.region, exact(slot.slot))
                if key not in known:
                    self._kept.missed.setdefault(key, replace(slot, slot=key[2]))
            return len(self._kept.missed) - before

    def run(self, run_id: str) -> RunResult | None:
        with self._lock:
            return self._kept.runs.get(run_id)

    def runs(self, start: datetime, end: datetime, probe: str | None = None) -> Iterator[RunResult]:
        rows = self.run_rows(probe=probe, start=start, end=end, newest_first=False)
        for row in rows:
            if result := self.run(row.id):
                yield result

    def run_rows(
        self,
        *,
        probe: str | None = None,
        region: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        newest_first: bool = True,
        only: Only = EVERY,
    ) -> list[RunRow]:
        with self._lock:
            rows = [
                row_of(run)
                for run in self._kept.runs.values()
                if probe in {None, run.key.probe}
                and region in {None, run.key.region}
                and (start is None or run.key.slot >= start)
                and (end is None or run.key.slot < end)
                and (not only.outcomes or run.outcome in only.outcomes)
                and (not only.kinds or run.key.kind in only.kinds)
            ]
        if (behind := only.behind) is not None:
            rows = [row for row in rows if (run_order(row) < behind if newest_first else run_order(row) > behind)]
        return sorted(rows, key=run_order, reverse=newest_first)[:limit]

    def run_keys(self, probe: str, region: str, start: datetime, end: datetime) -> list[datetime]:
        rows = self.run_rows(probe=probe, region=region, start=start, end=end, newest_first=False)
        return [row.slot for row in rows if row.kind is RunKind.SCHEDULED]

    def last_good_run(self, probe: str, region: str | None = None, before: datetime | None = None) -> RunRow | None:
        rows = self.run_rows(probe=probe, region=region, end=before)
        return next((row for row in rows if row.outcome.good), None)

    def missed(self, start: datetime, end: datetime, probe: str | None = None) -> list[MissedSlot]:
        with self._lock:
            slots = [
                slot for slot in self._kept.missed.values() if start <= slot.slot < end and probe in {None, slot.probe}
            ]
        return sorted(slots, key=lambda slot: (slot.slot, slot.probe, slot.region))

    def missed_by_reason(self, start: datetime, end: datetime) -> Mapping[str, int]:
        return dict(Counter(slot.reason for slot in self.missed(start, end)))

    # Judging
    def gather(self, limit: int = 500, *, states: bool = True) -> Gathered:
        with self._lock:
            old = self._kept.watermark
            runs = tuple(self._kept.runs.values())[old : old + limit]
            probes = {run.key.probe for run in runs}
            return Gathered(
                watermark=old + len(runs),
                runs=runs,
                states=tuple(state for state in self.states() if state.probe in probes) if states else (),
                incidents=tuple(one for one in self._latest() if one.probe in probes) if probes else (),
            )

    def _latest(self) -> list[Incident]:
        """The current incidents and, per (probe, track), the latest resolved one, newest first."""
        seen: set[tuple[str, str]] = set()
        latest = []
        for incident in self.incidents():
            key = (incident.probe, incident.track.value)
            if incident.current:
                latest.append(incident)
            elif key not in seen:
                seen.add(key)
                latest.append(incident)
        return latest

    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        with self._leading(epoch):
            self._check(decision)
            for state in decision.states:
                kept = through(state, wire.state_to_json, wire.state_from_json)
                self._kept.states[state.probe, state.region] = kept
            for incident in decision.incidents:
                whole = merged(incident, self._kept.incidents.get(incident.id))
                self._kept.incidents[incident.id] = through(whole, wire.incident_to_json, wire.incident_from_json)
            self._kept.events += [replace(event, at=exact(event.at)) for event in decision.events]
            self._kept.health += [replace(change, at=exact(change.at)) for change in decision.health]
            self._kept.outbox.owe(decision.notifications)
            self._kept.watermark = max(self._kept.watermark, decision.watermark)

    def _check(self, decision: Decision) -> None:
        """What the SQL store's constraints refuse: events of nothing, two current incidents of one kind."""
        after = self._kept.incidents | {incident.id: incident for incident in decision.incidents}
        if any(event.incident_id not in after for event in decision.events):
            raise RefusedByStore("an event of an incident that is not kept")
        current = [incident.dedup_key for incident in after.values() if incident.current]
        if len(current) != len(set(current)):
            raise RefusedByStore("two current incidents of one probe and track")

    def states(self, probe: str | None = None) -> list[RegionState]:
        with self._lock:
            states = [state for state in self._kept.states.values() if probe in {None, state.probe}]
        return sorted(states, key=lambda state: (state.probe, state.region))

    def health_changes(self, start: datetime, end: datetime, probe: str | None = None) -> list[HealthChange]:
        with self._lock:
            changes = [change for change in self._kept.health if probe in {None, change.probe} and change.at < end]
        changes.sort(key=lambda change: change.at)
        before = {(change.probe, change.region): change for change in changes if change.at < start}
        within = [change for change in changes if change.at >= start]
        return sorted(before.values(), key=lambda change: change.at) + within

    # Incidents
    def incidents(
        self,
        *,
        probe: str | None = None,
        current: bool | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
        behind: IncidentPlace | None = None,
    ) -> list[Incident]:
        with self._lock:
            found = [
                incident
                for incident in self._kept.incidents.values()
                if probe in {None, incident.probe}
                and current in {None, incident.current}
                and (end is None or incident.began_at < end)
                and (start is None or incident.resolved_at is None or incident.resolved_at > start)
                and (behind is None or incident_order(incident) < behind)
            ]
        return sorted(found, key=incident_order, reverse=True)[:limit]

    def incident(self, incident_id: str) -> Incident | None:
        with self._lock:
            return self._kept.incidents.get(incident_id)

    def events(self, incident_id: str) -> list[IncidentEvent]:
        with self._lock:
            events = [event for event in self._kept.events if event.incident_id == incident_id]
        return sorted(events, key=lambda event: event.at)

    def events_between(self, start: datetime, end: datetime, what: str) -> list[IncidentEvent]:
        with self._lock:
            found = [one for one in self._kept.events if start <= one.at < end and one.what == what]
        return sorted(found, key=lambda event: event.at)

    def acknowledge(
        self, incident_id: str, actor: str, at: datetime, notifications: Sequence[Notification] = ()
    ) -> bool:
        with self._lock:
            incident = self._kept.incidents.get(incident_id)
            if incident is None or incident.status is not IncidentStatus.OPEN:
                return False
            self._kept.incidents[incident_id] = replace(
                incident, status=IncidentStatus.ACKNOWLEDGED, acknowledged_at=exact(at), acknowledged_by=actor
            )
            self._kept.events.append(IncidentEvent(incident_id, exact(at), "acknowledged", TAKEN_ON, actor))
            self._kept.outbox.owe(notifications)
            return True

    # Outbox
    def claim(self, now: datetime, lease: float, limit: int = 50) -> list[Delivery]:
        with self._lock:
            return self._kept.outbox.claim(now, lease, limit)

    def delivered(self, notification_id: str, at: datetime) -> None:
        with self._lock:
            self._kept.outbox.delivered(notification_id, at)

    def postpone(self, notification_id: str, next_at: datetime, error: str) -> None:
        with self._lock:
            self._kept.outbox.postpone(notification_id, next_at, error)

    def bury(self, notification_id: str, at: datetime, error: str) -> None:
        with self._lock:
            self._kept.outbox.bury(notification_id, at, error)

    def deliveries_between(self, start: datetime, end: datetime) -> list[Delivery]:
        with self._lock:
            return self._kept.outbox.deliveries_between(start, end)

    def deliveries(self, incident_id: str | None = None, limit: int | None = None) -> list[Delivery]:
        with self._lock:
            return self._kept.outbox.deliveries(incident_id, limit)

    def owe(self, notifications: Sequence[Notification]) -> None:
        with self._lock:
            self._kept.outbox.owe(notifications)

    def owed(self) -> int:
        with self._lock:
            return self._kept.outbox.owed()

    def owed_since(self) -> datetime | None:
        with self._lock:
            return self._kept.outbox.owed_since()

    def next_delivery_at(self) -> datetime | None:
        with self._lock:
            return self._kept.outbox.next_delivery_at()

    # Reports by e-mail
    def owe_mail(self, mailings: Sequence[Mailing], epoch: int | None = None) -> None:
        with self._leading(epoch):
            self._kept.mailings.owe(mailings)

    def mark_mail(self, mailing: Mailing, epoch: int | None = None) -> None:
        with self._leading(epoch):
            self._kept.mailings.mark(mailing)

    def mailings(
        self, *, reports: Collection[str] | None = None, owed: bool = False, limit: int | None = None
    ) -> list[Mailing]:
        with self._lock:
            return self._kept.mailings.find(reports, owed, limit)

    # Versions of probes
    def record_versions(self, versions: Iterable[ProbeVersion], at: datetime, epoch: int | None = None) -> None:
        with self._leading(epoch):
            at = exact(at)
            loaded = {version.probe: version for version in versions}
            for index, kept in enumerate(self._kept.versions):
                if kept.until is not None:
                    continue
                new = loaded.get(kept.probe)
                if new is not None and same_version(kept, new):
                    del loaded[kept.probe]
                else:
                    self._kept.versions[index] = replace(kept, until=at, removed=new is None)
            self._kept.versions += [
                replace(version, since=at, until=None, removed=False) for version in loaded.values()
            ]

    def versions(self, start: datetime | None = None, end: datetime | None = None) -> list[ProbeVersion]:
        with self._lock:
            found = [
                version
                for version in self._kept.versions
                if (end is None or version.since < end)
                and (
                    version.until is None
                    or (version.until > version.since and (start is None or version.until > start))
                )
            ]
        return sorted(found, key=lambda version: (version.probe, version.since))

    # Maintenance and silences that somebody asked for
    def keep_quiet(self, quiet: Quiet) -> None:
        with self._lock:
            self._kept.quiets.keep(quiet)

    def lift_quiet(self, quiet_id: str, actor: str, at: datetime) -> bool:
        with self._lock:
            return self._kept.quiets.lift(quiet_id, actor, at)

    def quiets(self, start: datetime, end: datetime) -> list[Quiet]:
        with self._lock:
            return self._kept.quiets.find(start, end)

    def annotate(self, incident_id: str, event: IncidentEvent) -> bool:
        with self._lock:
            incident = self._kept.incidents.get(incident_id)
            if incident is None:
                return False
            if event.what == CAUSE:
                self._kept.incidents[incident_id] = replace(incident, found=event.text)
            self._kept.events.append(replace(event, at=exact(event.at)))
            return True

    # Agents
    def take(self, consignment: Consignment) -> Delivered:
        with self._lock:
            delivered = self._kept.agents.take(consignment)
            if delivered.durable >= consignment.after:
                self.keep([record.run for record in consignment.records if record.run is not None])
            return delivered

    def durable(self, spool: str, region: str) -> int:
        with self._lock:
            return self._kept.agents.marks.get((spool, region), 0)

    def keep_token(self, token: AgentToken) -> None:
        with self._lock:
            self._kept.agents.keep_token(token)

    def tokens(self) -> list[AgentToken]:
        with self._lock:
            return self._kept.agents.all_tokens()

    def token(self, hashed: str) -> AgentToken | None:
        return next((token for token in self.tokens() if token.hashed == hashed), None)

    def hear(self, heartbeat: Heartbeat) -> None:
        with self._lock:
            self._kept.agents.hear(heartbeat)

    def heartbeats(self) -> list[Heartbeat]:
        with self._lock:
            return sorted(self._kept.agents.heartbeats.values(), key=lambda one: (one.region, one.instance))

    def ask(self, keys: Sequence[RunKey], expires_at: datetime) -> None:
        with self._lock:
            self._kept.agents.ask(keys, expires_at)

    def asked(self, region: str, after: int, now: datetime) -> Asked:
        with self._lock:
            return self._kept.agents.asked_of(region, after, now)

    # Small facts with a name
    def note(self, name: str, value: str, epoch: int | None = None) -> None:
        with self._leading(epoch):
            self._kept.notes[name] = value

    def notes(self) -> Mapping[str, str]:
        with self._lock:
            return dict(self._kept.notes)

    def close(self) -> None:
        """Nothing to give back."""
