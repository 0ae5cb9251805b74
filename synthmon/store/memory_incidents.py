"""What was judged, and incidents, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from synthmon import wire
from synthmon.errors import RefusedByStore
from synthmon.model.incident import (
    Decision,
    HealthChange,
    Incident,
    IncidentEvent,
    IncidentStatus,
    Notification,
    RegionState,
)
from synthmon.store.interface import Gathered, IncidentPlace, Unjudged
from synthmon.store.memory_contents import Held
from synthmon.store.memory_outbox import exact, through
from synthmon.store.rows import CAUSE, TAKEN_ON, incident_order, merged


class Incidents(Held):
    """That part of `memory.MemoryStore`."""

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

    def unjudged(self, most: int) -> Unjudged:
        with self._lock:
            watermark = self._kept.watermark
            return Unjudged(watermark, min(most, len(self._kept.runs) - watermark))

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

    def forget_health(self, before: datetime, limit: int) -> int:
        with self._lock:
            old = sorted((change for change in self._kept.health if change.at < before), key=lambda change: change.at)
            last = {(change.probe, change.region): change for change in old}
            gone = [change for change in old if change is not last[change.probe, change.region]][:limit]
            self._kept.health[:] = [change for change in self._kept.health if change not in gone]
            return len(gone)

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

    def annotate(self, incident_id: str, event: IncidentEvent) -> bool:
        with self._lock:
            incident = self._kept.incidents.get(incident_id)
            if incident is None:
                return False
            if event.what == CAUSE:
                self._kept.incidents[incident_id] = replace(incident, found=event.text)
            self._kept.events.append(replace(event, at=exact(event.at)))
            return True
