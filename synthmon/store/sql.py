"""The store on a SQL database: each method is one transaction, handed to the writer or asked of a reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from synthmon import wire
from synthmon.errors import StoreError
from synthmon.model.agent import AgentToken, Asked, Consignment, Delivered, Heartbeat
from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
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
from synthmon.model.rollup import Grain, Rolled, Rollup
from synthmon.model.run import RunKey, RunResult
from synthmon.model.term import Term
from synthmon.store import (
    agents,
    faults,
    fencing,
    judging,
    keeping,
    mailings,
    outbox,
    partitions,
    quieting,
    reading,
    retention,
    rolled,
)
from synthmon.store import replicas as _replicas
from synthmon.store import versions as _versions
from synthmon.store.accounts import Accounts
from synthmon.store.database import Database
from synthmon.store.document import Dictionaries
from synthmon.store.fresh import Fresh
from synthmon.store.interface import EVERY, Gathered, IncidentPlace, Only
from synthmon.store.reading import Which, WhichIncidents
from synthmon.store.sql_accounts import SqlAccounts
from synthmon.store.writer import Work, Writer, one_by_one

P = TypeVar("P")
R = TypeVar("R")

_make_ahead = one_by_one(partitions.make_ahead)
# What only the leader writes.
_apply, _note_missed = fencing.fenced(judging.apply), fencing.fenced(keeping.note_missed)
_owe_mail, _mark_mail = fencing.fenced(mailings.owe), fencing.fenced(mailings.mark)
_record_versions, _note = fencing.fenced(_versions.record), fencing.fenced(_versions.note)

_PIECE = 200  # runs read at a time: no reader keeps the log from being emptied for long


class SqlStore:
    """Implements `store.interface.Store`; `opening.open_store` makes one. Without a writer it only answers."""

    def __init__(self, database: Database, readers: Engine, writer: Writer | None) -> None:
        self._database, self._engine, self._writer = database, readers, writer
        self._documents = Dictionaries(self._find_dictionaries, self._make_dictionaries, self._dictionary)
        self._fresh = Fresh()
        self._keep_runs = keeping.keeper_of_runs(self._documents)
        self._months: frozenset[date] = frozenset()  # those that are known to be there
        if writer is not None:
            writer.on_connect = self._documents.forget
        self._take = agents.taker(self._keep_runs)
        self._remove_evidence = retention.remover_of_evidence(self._documents)
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

    # Runs
    def keep(self, results: Sequence[RunResult]) -> int:
        if not results:
            return 0
        return self._write_runs(self._keep_runs, [keeping.Incoming(result) for result in results], results)

    def make_room(self, now: datetime) -> Sequence[str]:
        return [partitions.name_of(month) for month in self._write(_make_ahead, now)]

    def forget_evidence(self, before: datetime, limit: int) -> int:
        return self._write(self._remove_evidence, retention.Piece(before, limit))

    def forget_runs(self, before: datetime, limit: int) -> int:
        return self._write(retention.remove_runs, retention.Piece(before, limit))

    def arrived(self) -> int:
        with self._reading() as connection:
            return rolled.arrived(connection)

    def late_probes(self, after: int, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
        with self._reading() as connection:
            return rolled.late_probes(connection, after, start, end)

    def late_runs(self, after: int, limit: int) -> list[tuple[int, str, datetime]]:
        with self._reading() as connection:
            return rolled.late_runs(connection, after, limit)

    # Rollups
    def replace_rollups(self, probe: str, stretches: Sequence[Rolled]) -> None:
        self._write(rolled.replace, rolled.Replacement(probe, tuple(stretches)))

    def rollups(
        self, start: datetime, end: datetime, probe: str | None = None, grain: Grain = Grain.QUARTER
    ) -> list[Rollup]:
        with self._reading() as connection:
            return rolled.find(connection, rolled.WhichRollups(start, end, probe, grain))

    def forget_rollups(self, before: datetime, limit: int) -> int:
        return self._write(rolled.remove, retention.Piece(before, limit))

    def forget_days(self) -> None:
        self._write(rolled.remove_days, None)

    # Missed slots
    def note_missed(self, slots: Sequence[MissedSlot], epoch: int | None = None) -> int:
        return self._write(_note_missed, (epoch, slots)) if slots else 0

    def run(self, run_id: str) -> RunResult | None:
        if not keeping.is_run_id(run_id):
            return None
        with self._reading() as connection:
            return reading.run(connection, self._documents, run_id)

    def runs(self, start: datetime, end: datetime, probe: str | None = None) -> Iterator[RunResult]:
        which, after = Which(probe=probe, start=start, end=end), None
        while True:
            with self._reading() as connection:
                rows = reading.whole_rows(connection, which, after, _PIECE)
                results = reading.readable(self._documents, rows)
            yield from results
            if len(rows) < _PIECE:
                return
            after = rows[-1]

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
        with self._reading() as connection:
            which = Which(probe, region, start, end, only, newest_first)
            return reading.run_rows(connection, which, limit, newest_first=newest_first)

    def run_keys(self, probe: str, region: str, start: datetime, end: datetime) -> list[datetime]:
        with self._reading() as connection:
            return reading.run_keys(connection, Which(probe, region, start, end))

    def last_good_run(self, probe: str, region: str | None = None, before: datetime | None = None) -> RunRow | None:
        with self._reading() as connection:
            return reading.last_good_run(connection, Which(probe, region, end=before))

    def missed(self, start: datetime, end: datetime, probe: str | None = None) -> list[MissedSlot]:
        with self._reading() as connection:
            return reading.missed_slots(connection, start, end, probe)

    def missed_by_reason(self, start: datetime, end: datetime) -> Mapping[str, int]:
        with self._reading() as connection:
            return reading.missed_by_reason(connection, start, end)

    # Judging
    def gather(self, limit: int = 500, *, states: bool = True) -> Gathered:
        with self._reading() as connection:
            return reading.gather(connection, self._unpacked, limit, states=states)

    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        self._write(_apply, (epoch, decision))

    def states(self, probe: str | None = None) -> list[RegionState]:
        with self._reading() as connection:
            return reading.states(connection, probe)

    def health_changes(self, start: datetime, end: datetime, probe: str | None = None) -> list[HealthChange]:
        with self._reading() as connection:
            return reading.changes_of_health(connection, start, end, probe)

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
        self._fresh.remember(consignment.records)
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

    def close(self) -> None:
        """Finish what is being written, then let the database go; safe to call twice."""
        if self._writer is not None:
            self._engine.dispose()  # first: the last connection to go empties the log, and only the writer may
            self._writer.close()
        self._engine.dispose()
        self._database.close()

    def _write_runs(self, work: Work[P, R], payload: P, results: Sequence[RunResult]) -> R:
        """Write what has runs in it, after what they need is there: dictionaries, and the months of their slots."""
        self._documents.prepare(results)
        wanted = frozenset(partitions.month_of(result.key.slot) for result in results)
        try:
            if not wanted <= self._months:
                self._write(partitions.make_each, wanted)
                self._months |= wanted
            return self._write(work, payload)
        except StoreError:
            self._months = frozenset()  # one may have been dropped: look again before the next attempt
            raise

    def _unpacked(self, run_id: str, number: int, document: bytes) -> RunResult:
        text = self._documents.inflate(number, document)
        return self._fresh.taken(run_id, text) or wire.from_json(wire.loads(text))

    def _write(self, work: Work[P, R], payload: P) -> R:
        if self._writer is None:
            raise StoreError(f"{self._database.shown}: opened for reading only")
        return self._writer.do(work, payload)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        database = self._database
        with (
            faults.explaining(database),
            self._engine.connect() as connection,
            database.bounded(connection),
            connection.begin(),
        ):
            yield connection

    def _find_dictionaries(self, hashes: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:
        with self._reading() as connection:
            return keeping.find_dictionaries(connection, hashes)

    def _make_dictionaries(self, samples: Mapping[str, bytes]) -> Mapping[str, tuple[int, bytes]]:
        return self._write(keeping.make_dictionaries, samples)

    def _dictionary(self, number: int) -> bytes | None:
        with self._reading() as connection:
            return keeping.dictionary(connection, number)
