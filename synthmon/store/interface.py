"""The port behind which results, beliefs and debts are kept; `sql.SqlStore` and `memory.MemoryStore` implement it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Protocol

from synthmon.model.agent import AgentToken, Asked, Consignment, Delivered, Heartbeat
from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.incident import (
    Decision,
    Delivery,
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
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult
from synthmon.model.term import Term
from synthmon.nouns import dataclass
from synthmon.store.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a turn of the judge starts from, read in one transaction.

    `runs` are those kept after the judge's watermark, in order of arrival, at most as many as asked for;
    `watermark` is the number of the last of them (or the old one). `states` and `incidents` are of their probes only;
    `incidents` are the current ones and, per (probe, track), the latest resolved one.
    """

    watermark: int
    runs: tuple[RunResult, ...]
    states: tuple[RegionState, ...]
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """How many runs are kept after the judge's watermark; not more are counted than was asked for."""

    watermark: int
    runs: int


RunPlace = tuple[datetime, str, str, RunKind, int]
"""Where a run stands in lists: its slot, probe, region, kind and number."""


@dataclass(frozen=True, slots=True)
class Only:
    """Runs of these outcomes and kinds, where some are named; and those that come after a place in their list."""

    outcomes: tuple[Outcome, ...] = ()
    kinds: tuple[RunKind, ...] = ()
    behind: RunPlace | None = None


EVERY = Only()

IncidentPlace = tuple[datetime, int, str]
"""Where an incident stands in lists: when it was opened, its generation and its id."""


class Store(Protocol):
    """Thread-safe. Writes return once they are durable; reads never wait for a write. Errors are `StoreError`s.

    Writes that only the leader may do take the `epoch` of its term and raise `Fenced`, writing nothing, unless that is
    the newest term; None is for whoever has the store to himself.
    """

    accounts: Accounts
    """Who may come in, and what they did."""

    # Who judges
    def elect(self, instance: str, at: datetime) -> Term:
        """Begin the next term; from now on nothing is written for the terms before it."""
        ...

    def term(self) -> Term | None:
        """The term that was begun last, by whichever process; None before the first."""
        ...

    def keep_replica(self, replica: Replica) -> None:
        """Keep what a process of the centre says of itself, in place of what it said before."""
        ...

    def forget_replica(self, instance: str) -> None:
        """It has ended in order."""
        ...

    def replicas(self) -> list[Replica]:
        """What each said last, by name; who was silent for a day is forgotten."""
        ...

    # Runs
    def keep(self, results: Sequence[RunResult]) -> int:
        """Keep the results, each once whatever is delivered twice, and delete the missed slots they fill.

        Returns how many were new, after the commit is durable: an acknowledgement. Concurrent callers share a commit.
        """
        ...

    def make_room(self, now: datetime) -> Sequence[str]:
        """Have ready what runs of this month and the next two will need; the names of what was made.

        Where results lie in months, which must be there before they are written to. To be called every day or so.
        """
        ...

    def forget_evidence(self, before: datetime, limit: int) -> int:
        """Remove the evidence of at most so many runs whose slots lie before that instant; of how many it was."""
        ...

    def forget_runs(self, before: datetime, limit: int) -> int:
        """Remove at most so many runs, and as many missed slots, that lie before that instant; how many in all.

        Runs that the judge has not seen stay.
        """
        ...

    def arrived(self) -> int:
        """The number of the run that arrived last; 0 before the first."""
        ...

    def late_probes(self, after: int, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
        """The probes of which runs arrived after that number with slots in [start, end); their first and last slot."""
        ...

    def late_runs(self, after: int, limit: int) -> list[tuple[int, str, datetime]]:
        """Number of arrival, probe and slot of runs that arrived after that number, in that order."""
        ...

    # Rollups
    def replace_rollups(self, probe: str, stretches: Sequence[Rolled]) -> None:
        """Make those of each stretch the only ones of the probe and grain that begin in it; all in one commit."""
        ...

    def rollups(
        self, start: datetime, end: datetime, probe: str | None = None, grain: Grain = Grain.QUARTER
    ) -> list[Rollup]:
        """Those that begin in [start, end), of one probe or of all, by probe, beginning and region."""
        ...

    def forget_rollups(self, before: datetime, limit: int) -> int:
        """Remove at most so many, of any grain, that begin before that instant; how many."""
        ...

    def forget_days(self) -> None:
        """Remove all rollups of days, of regions and of all together: they were cut in another zone."""
        ...

    # Missed slots
    def note_missed(self, slots: Sequence[MissedSlot], epoch: int | None = None) -> int:
        """Record slots that passed without a run; known ones and those with a run are ignored. How many were new."""
        ...

    def withdraw_missed(self, after: datetime, epoch: int | None = None) -> int:
        """Take back what was recorded of slots after that instant, which have not been due yet; how many."""
        ...

    def run(self, run_id: str) -> RunResult | None: ...

    def runs(self, start: datetime, end: datetime, probe: str | None = None) -> Iterator[RunResult]:
        """Whole results with start <= slot < end, by (slot, probe, region, kind, n); read in pieces."""
        ...

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
        """Those with start <= slot < end, by slot and then by their key."""
        ...

    def run_keys(self, probe: str, region: str, start: datetime, end: datetime) -> list[datetime]:
        """Slots in [start, end) for which a scheduled run is kept, ascending."""
        ...

    def kept_slots(self, start: datetime, end: datetime) -> Set[tuple[str, str, datetime]]:
        """Probe, region and slot of every scheduled run with a slot in [start, end)."""
        ...

    def last_good_run(self, probe: str, region: str | None = None, before: datetime | None = None) -> RunRow | None: ...

    def missed(self, start: datetime, end: datetime, probe: str | None = None) -> list[MissedSlot]: ...

    def missed_by_reason(self, start: datetime, end: datetime) -> Mapping[str, int]:
        """How many slots in [start, end) passed without a run, by reason."""
        ...

    # Judging
    def gather(self, limit: int = 500, *, states: bool = True) -> Gathered:
        """Without `states` for whoever wrote them last, and knows them."""
        ...

    def unjudged(self, most: int) -> Unjudged:
        """How far behind the judge is; counts to `most`."""
        ...

    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        """Commit watermark, states, incidents, events, notifications and health together, or nothing."""
        ...

    def states(self, probe: str | None = None) -> list[RegionState]: ...

    def health_changes(self, start: datetime, end: datetime, probe: str | None = None) -> list[HealthChange]:
        """Changes with start <= at < end, and for each (probe, region) the last one before start; ascending."""
        ...

    def forget_health(self, before: datetime, limit: int) -> int:
        """Remove at most so many changes that are older; how many. The last of each (probe, region) stays."""
        ...

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
        """Newest first. `start` and `end` select incidents whose time from `began_at` to resolution overlaps them.

        `behind`: those that come after that place.
        """
        ...

    def incident(self, incident_id: str) -> Incident | None: ...

    def events(self, incident_id: str) -> list[IncidentEvent]: ...

    def events_between(self, start: datetime, end: datetime, what: str) -> list[IncidentEvent]:
        """The lines of that kind of all incidents with start <= at < end, in that order."""
        ...

    def acknowledge(
        self, incident_id: str, actor: str, at: datetime, notifications: Sequence[Notification] = ()
    ) -> bool:
        """True if the incident was open and is now acknowledged; its notifications and event are in the same commit."""
        ...

    # Maintenance and silences that somebody asked for
    def keep_quiet(self, quiet: Quiet) -> None: ...

    def lift_quiet(self, quiet_id: str, actor: str, at: datetime) -> bool:
        """End it at `at`; False if there is none of that id, or it is over."""
        ...

    def quiets(self, start: datetime, end: datetime) -> list[Quiet]:
        """Those that overlap [start, end), by their beginning."""
        ...

    def annotate(self, incident_id: str, event: IncidentEvent) -> bool:
        """Add a line of a person to the timeline; `cause` is also kept as what was found. False: no such incident."""
        ...

    # Outbox
    def owe(self, notifications: Sequence[Notification]) -> None:
        """Owe these besides what decisions owe, each once."""
        ...

    def owed(self) -> int:
        """How many notifications are neither sent nor given up."""
        ...

    def owed_since(self) -> datetime | None:
        """When the oldest of those was decided; None when nothing is owed."""
        ...

    def claim(self, now: datetime, lease: float, limit: int = 50) -> list[Delivery]:
        """Pending deliveries that are due, leased to the caller for `lease` seconds.

        Per (incident, channel) only the oldest one still pending is handed out, so that order is kept.
        """
        ...

    def delivered(self, notification_id: str, at: datetime) -> None: ...

    def postpone(self, notification_id: str, next_at: datetime, error: str) -> None:
        """The attempt failed; another one is due at `next_at`. Without an error none was made: it waits for others."""
        ...

    def bury(self, notification_id: str, at: datetime, error: str) -> None:
        """No further attempt will be made."""
        ...

    def deliveries(self, incident_id: str | None = None, limit: int | None = None) -> list[Delivery]: ...

    def deliveries_between(self, start: datetime, end: datetime) -> list[Delivery]:
        """Those whose notifications were decided in [start, end), in that order."""
        ...

    def next_delivery_at(self) -> datetime | None: ...

    # Reports by e-mail
    def owe_mail(self, mailings: Sequence[Mailing], epoch: int | None = None) -> None:
        """Owe these, each once."""
        ...

    def mark_mail(self, mailing: Mailing, epoch: int | None = None) -> None:
        """Keep how it is now, in the place of how it was."""
        ...

    def mailings(
        self, *, reports: Collection[str] | None = None, owed: bool = False, limit: int | None = None
    ) -> list[Mailing]:
        """Those of these reports, those that are still owed, or all: the newest first."""
        ...

    # Versions of probes
    def record_versions(self, versions: Iterable[ProbeVersion], at: datetime, epoch: int | None = None) -> None:
        """Make these the only versions in force from `at`; what changed or vanished is closed, what is new begins."""
        ...

    def versions(self, start: datetime | None = None, end: datetime | None = None) -> list[ProbeVersion]:
        """Those in force at some instant of [start, end)."""
        ...

    # Agents
    def take(self, consignment: Consignment) -> Delivered:
        """Keep its runs and advance the spool's durable mark to its last record, in one commit.

        Nothing is taken where the mark is lower than the one that the agent goes by: the answer tells it.
        """
        ...

    def durable(self, spool: str, region: str) -> int:
        """The durable mark; 0 for a spool that was never heard of."""
        ...

    def keep_token(self, token: AgentToken) -> None:
        """Keep a new one, or one of a known id as it is now."""
        ...

    def tokens(self) -> list[AgentToken]:
        """All of them, also those that hold no more, by region and age."""
        ...

    def token(self, hashed: str) -> AgentToken | None: ...

    def hear(self, heartbeat: Heartbeat) -> None:
        """Keep how an agent is, in place of what it said before; agents not heard of for a week are forgotten."""
        ...

    def heartbeats(self) -> list[Heartbeat]:
        """The last one of each agent, by region and instance."""
        ...

    def ask(self, keys: Sequence[RunKey], expires_at: datetime) -> None:
        """Ask the agents of the keys' regions for these confirmations, each once, until they expire."""
        ...

    def asked(self, region: str, after: int, now: datetime) -> Asked:
        """What is asked of a region and has a higher number than `after`; all of it where no such number was given."""
        ...

    # Small facts with a name (last report written, instant of last activity)
    def note(self, name: str, value: str, epoch: int | None = None) -> None: ...

    def notes(self) -> Mapping[str, str]: ...

    def close(self) -> None: ...
