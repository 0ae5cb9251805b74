"""The store on a SQL database: each method is one transaction, handed to the writer or asked of a reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from synthmon.model.agent import AgentToken, Asked, Consignment, Delivered, Heartbeat
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import (
    Decision,
    Delivery,
    DeliveryStatus,
    HealthChange,
    Incident,
    IncidentEvent,
    Notification,
    RegionState,
)
from synthmon.model.mailing import Mailing
from synthmon.model.quiet import Quiet
from synthmon.model.replica import Replica
from synthmon.model.run import RunKey
from synthmon.model.term import Term
from synthmon.store import (
    agents,
    fencing,
    health,
    judging,
    mailings,
    outbox,
    quieting,
    reading,
)
from synthmon.store import replicas as _replicas
from synthmon.store import versions as _versions
from synthmon.store.accounts import Accounts
from synthmon.store.database import Database
from synthmon.store.interface import IncidentPlace
from synthmon.store.reading import WhichIncidents
from synthmon.store.retention import Piece
from synthmon.store.sql_accounts import SqlAccounts
from synthmon.store.sql_runs import SqlRuns
from synthmon.store.writer import Writer

# What only the leader writes.
_apply = fencing.fenced(judging.apply)
_owe_mail, _mark_mail = fencing.fenced(mailings.owe), fencing.fenced(mailings.mark)
_record_versions, _note = fencing.fenced(_versions.record), fencing.fenced(_versions.note)


class SqlStore(SqlRuns):
    """Implements `store.interface.Store`; `opening.open_store` makes one. Without a writer it only answers."""

    def __init__(self, database: Database, readers: Engine, writer: Writer | None) -> None:
        super().__init__(database, readers, writer)
        self._take = agents.taker(self._keep_runs)
        self.accounts: Accounts = SqlAccounts(self._write, self._reading)

    # Who judges
    def elect(self, instance: str, at: datetime) -> Term:
        return self._write(fencing.elect_one, fencing.Candidate(instance, at))

    def term(self) -> Term | None:
        with self._reading() as connection:
            return fencing.newest(connection)

    def keep_replica(self, replica: Replica) -> None:
        self._write(_replicas.keep, replica)

    def forget_replica(self, instance: str) -> None:
        self._write(_replicas.forget, instance)

    def replicas(self) -> list[Replica]:
        with self._reading() as connection:
            return _replicas.find(connection)

    # Judging
    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        self._write(_apply, (epoch, decision))

    def states(self, probe: str | None = None) -> list[RegionState]:
        with self._reading() as connection:
            return reading.states(connection, probe)

    def health_changes(self, start: datetime, end: datetime, probe: str | None = None) -> list[HealthChange]:
        with self._reading() as connection:
            return health.changes_of_health(connection, start, end, probe)

    def forget_health(self, before: datetime, limit: int) -> int:
        return self._write(health.forget, Piece(before, limit))

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
        with self._reading() as connection:
            return reading.find_incidents(connection, WhichIncidents(probe, current, start, end, behind), limit)

    def incident(self, incident_id: str) -> Incident | None:
        with self._reading() as connection:
            return judging.find_incident(connection, incident_id)

    def events(self, incident_id: str) -> list[IncidentEvent]:
        with self._reading() as connection:
            return reading.events(connection, incident_id)

    def events_between(self, start: datetime, end: datetime, what: str) -> list[IncidentEvent]:
        with self._reading() as connection:
            return reading.events_between(connection, start, end, what)

    def acknowledge(
        self, incident_id: str, actor: str, at: datetime, notifications: Sequence[Notification] = ()
    ) -> bool:
        asked = judging.Acknowledgement(incident_id, actor, at, tuple(notifications))
        return self._write(judging.acknowledge, asked)

    # Maintenance and silences that somebody asked for
    def keep_quiet(self, quiet: Quiet) -> None:
        self._write(quieting.keep, quiet)

    def lift_quiet(self, quiet_id: str, actor: str, at: datetime) -> bool:
        return self._write(quieting.lift, quieting.Lift(quiet_id, actor, at))

    def quiets(self, start: datetime, end: datetime) -> list[Quiet]:
        with self._reading() as connection:
            return quieting.find(connection, start, end)

    def annotate(self, incident_id: str, event: IncidentEvent) -> bool:
        return self._write(judging.annotate, (incident_id, event))

    # Outbox
    def owe(self, notifications: Sequence[Notification]) -> None:
        self._write(outbox.owe_each, tuple(notifications))

    def owed(self) -> int:
        with self._reading() as connection:
            return outbox.owed(connection)

    def owed_since(self) -> datetime | None:
        with self._reading() as connection:
            return outbox.owed_since(connection)

    def claim(self, now: datetime, lease: float, limit: int = 50) -> list[Delivery]:
        with self._reading() as connection:
            if not outbox.any_due(connection, now):
                return []
        return self._write(outbox.claim, outbox.Claim(now, lease, limit))

    def delivered(self, notification_id: str, at: datetime) -> None:
        self._write(outbox.settle, outbox.Settlement(notification_id, DeliveryStatus.SENT, at))

    def postpone(self, notification_id: str, next_at: datetime, error: str) -> None:
        self._write(outbox.settle, outbox.Settlement(notification_id, DeliveryStatus.PENDING, next_at, error))

    def bury(self, notification_id: str, at: datetime, error: str) -> None:
        self._write(outbox.settle, outbox.Settlement(notification_id, DeliveryStatus.DEAD, at, error))

    def deliveries(self, incident_id: str | None = None, limit: int | None = None) -> list[Delivery]:
        with self._reading() as connection:
            return outbox.deliveries(connection, incident_id, limit)

    def deliveries_between(self, start: datetime, end: datetime) -> list[Delivery]:
        with self._reading() as connection:
            return outbox.deliveries_between(connection, start, end)

    def next_delivery_at(self) -> datetime | None:
        with self._reading() as connection:
            return outbox.next_delivery_at(connection)

    # Reports by e-mail
    def owe_mail(self, mailings: Sequence[Mailing], epoch: int | None = None) -> None:
        self._write(_owe_mail, (epoch, tuple(mailings)))

    def mark_mail(self, mailing: Mailing, epoch: int | None = None) -> None:
        self._write(_mark_mail, (epoch, mailing))

    def mailings(
        self, *, reports: Collection[str] | None = None, owed: bool = False, limit: int | None = None
    ) -> list[Mailing]:
        with self._reading() as connection:
            return mailings.find(connection, reports, owed, limit)

    # Versions of probes
    def record_versions(self, versions: Iterable[ProbeVersion], at: datetime, epoch: int | None = None) -> None:
        self._write(_record_versions, (epoch, _versions.Loaded(tuple(versions), at)))

    def versions(self, start: datetime | None = None, end: datetime | None = None) -> list[ProbeVersion]:
        with self._reading() as connection:
            return _versions.versions(connection, start, end)

    # Agents
    def take(self, consignment: Consignment) -> Delivered:
        runs = [record.run for record in consignment.records if record.run is not None]
        return self._write_runs(self._take, consignment, runs)

    def durable(self, spool: str, region: str) -> int:
        with self._reading() as connection:
            return agents.durable(connection, spool, region)

    def keep_token(self, token: AgentToken) -> None:
        self._write(agents.keep_token, token)

    def tokens(self) -> list[AgentToken]:
        with self._reading() as connection:
            return agents.tokens(connection)

    def token(self, hashed: str) -> AgentToken | None:
        with self._reading() as connection:
            return agents.token(connection, hashed)

    def hear(self, heartbeat: Heartbeat) -> None:
        self._write(agents.hear, heartbeat)

    def heartbeats(self) -> list[Heartbeat]:
        with self._reading() as connection:
            return agents.all_heartbeats(connection)

    def ask(self, keys: Sequence[RunKey], expires_at: datetime) -> None:
        if keys:
            self._write(agents.ask, agents.Question(tuple(keys), expires_at))

    def asked(self, region: str, after: int, now: datetime) -> Asked:
        with self._reading() as connection:
            return agents.find_asked(connection, region, after, now)

    # Small facts with a name
    def note(self, name: str, value: str, epoch: int | None = None) -> None:
        self._write(_note, (epoch, (name, value)))

    def notes(self) -> Mapping[str, str]:
        with self._reading() as connection:
            return _versions.all_notes(connection)
