"""A store that forgets everything with its process: what rooms that need a store are tested with.

It passes the same tests as the SQL store, down to the precision of what is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from synthmon import wire
from synthmon.model.agent import AgentToken, Asked, Consignment, Delivered, Heartbeat
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import Delivery, Notification
from synthmon.model.mailing import Mailing
from synthmon.model.quiet import Quiet
from synthmon.model.replica import Replica
from synthmon.model.run import RunKey
from synthmon.model.term import Term, following
from synthmon.store.accounts import Accounts
from synthmon.store.memory_accounts import MemoryAccounts
from synthmon.store.memory_incidents import Incidents
from synthmon.store.memory_outbox import exact, through
from synthmon.store.memory_runs import Runs
from synthmon.store.replicas import FORGOTTEN_AFTER
from synthmon.store.rows import same_version


class MemoryStore(Runs, Incidents):
    """Implements `store.interface.Store` in dictionaries, behind one lock."""

    def __init__(self) -> None:
        super().__init__()
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
