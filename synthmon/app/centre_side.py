"""The half of a process that remembers, judges, tells, reports and shows: the store and everything around it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from operator import add

from synthmon.alerting.channel import Channel
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.deadman import DeadMan, Signs
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.app import clock
from synthmon.app.agents_desk import AgentsDesk
from synthmon.app.beside import JUMPS, TERMS, remember
from synthmon.app.bookkeeping import Bookkeeping, BookPorts
from synthmon.app.configuration import Declared
from synthmon.app.housekeeping import Chore
from synthmon.app.leading import instance_name, leadership_of
from synthmon.app.people import People
from synthmon.app.policy import backups_of, canaries_of, channels_of, hook_secrets_of, policy_of
from synthmon.app.selfwatch import SelfWatch
from synthmon.app.tracing import trace_line
from synthmon.centre import Centre, CentrePorts, Lead, Minding
from synthmon.errors import StoreError
from synthmon.events import Events
from synthmon.judge import Policy
from synthmon.judge.silent import Voice, voices_of
from synthmon.judge.telling import Ground, acknowledge, owed
from synthmon.judge.upkeep import Upkeep
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import Decision, Incident
from synthmon.model.probe import Probe, Track
from synthmon.model.run import RunKey, RunKind, RunResult
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.secrets import Secrets
from synthmon.settings import Settings
from synthmon.store.interface import Store
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Leader

_log = Events()

SENDING_MAY_TAKE = 5.0
JUDGING_MAY_TAKE = 10.0
TRACING_MAY_TAKE = 3.0
MAKE_ROOM_EVERY = 3600.0
SAY_EVERY = 5.0
ASKED_FOR = timedelta(seconds=60)  # after that a confirmation confirms nothing any more
DEAD_MAN = "dead man's switch"


@dataclass(frozen=True, slots=True)
class SidePorts:
    """What the centre's half is handed.

    `confirm_here` runs keys whose region runs in this process; `troubles` is all that is wrong with the process,
    `unkept` whether results of its own cannot be kept.
    """

    store: Store
    secrets: Secrets
    url: str
    declared: Callable[[], Declared]
    confirm_here: Callable[[Sequence[RunKey]], None]
    troubles: Callable[[], list[str]]
    unkept: Callable[[], bool]


class CentreSide:
    """Everything but the walking of runs. `start` once, `stop` once."""

    def __init__(self, settings: Settings, ports: SidePorts) -> None:
        self._begun, self._ports, self.store = settings, ports, ports.store
        self.channels: Mapping[str, Channel] = channels_of(settings, ports.secrets.lookup)
        self._started_at = clock.now()
        self._stopping = False
        self.wake, self._ending = threading.Event(), threading.Event()
        self.metrics = Metrics()
        self.traces = trace_line(settings.otlp, settings.environment, ports.secrets.lookup)
        self.instance = instance_name()
        self._leadership = leadership_of(settings.database_url, self.store, self.instance, self._gets_on)
        self.self_watch = SelfWatch(clock.now, self.instance, alone=self._leadership.alone)
        self.people = People(self.store, clock.now)
        self.agents = AgentsDesk(self.store, settings.environment, ports.declared, self._arrived)
        self.sender = Sender(
            SenderPorts(
                outbox=self.store,
                channels=lambda: self.channels,
                backups=lambda: backups_of(self._settings),
                now=clock.now,
                chance=clock.chance(),
                canaries=lambda: canaries_of(self._settings) if self._leads() else {},
                trouble=self.self_watch.channel_said,
                environment=settings.environment,
            )
        )
        calls = CentrePorts(self.sender.wake, self._ask, self._lead_of())
        self.centre = Centre(
            self.store, self._probes, self.policy, calls, minding=Minding(self._judge_own, self._voices)
        )
        self._thread = threading.Thread(
            target=self.centre.run, args=(self._ending, self.wake, clock.now), name="centre", daemon=True
        )
        self.books = Bookkeeping(
            settings,
            BookPorts(
                store=self.store,
                probes=self._probes,
                settings=lambda: self._settings,
                policy=self.policy,
                channels=lambda: self.channels,
                refused=self.self_watch.reports,
                in_term=self._in_term,
                as_leader=self._as_leader,
            ),
        )

    # What is in force now

    @property
    def _settings(self) -> Settings:
        return self._ports.declared().settings

    def _probes(self) -> Mapping[str, Probe]:
        return self._ports.declared().probes

    def policy(self) -> Policy:
        # runs keep the environment of the start, and what is told of them must carry the same one
        return replace(policy_of(self._settings, self._ports.url), environment=self._begun.environment)

    def take_over(self, declared: Declared) -> None:
        """Changed files, checked and whole; raises `SynthmonError` before anything changed."""
        channels = channels_of(declared.settings, self._ports.secrets.lookup)
        if (term := self._leadership.term()) is not None:
            self.store.record_versions(versions_of(declared.probes), clock.now(), term.epoch)
        self.channels = channels

    # What only the leader does

    def _lead_of(self) -> Lead:
        # Where others share the database, agents run on while this process is away.
        return Lead(self._leadership.term, self._begin_term, runs_probes=self._leadership.alone)

    def _leads(self) -> bool:
        return self._leadership.term() is not None

    def _gets_on(self, within: float) -> bool:
        return self.centre.gets_on(within) and self._thread.is_alive()

    def _begin_term(self, epoch: int) -> None:
        """What is due is counted by the files of whoever judges: processes with different ones would take turns."""
        now = clock.now()
        self.store.record_versions(versions_of(self._probes()), now, epoch)
        remember(self.store, TERMS, now, self.instance, epoch)

    def clock_leapt(self, seconds: float) -> None:
        """Reports tell of it; a database that is away keeps nobody from going on."""
        with suppress(StoreError):
            remember(self.store, JUMPS, clock.now(), f"{self.instance}: {seconds:+.0f} s")

    def _as_leader(self, do: Callable[[], object]) -> Callable[[], None]:
        """The chore, for as long as this process leads."""
        return lambda: clock.void(do() if self._leads() else None)

    def _in_term(self, turn: Callable[[int], object]) -> Callable[[], None]:
        """The chore as the leader of a term, whose number what it writes is held against."""

        def do() -> None:
            if (term := self._leadership.term()) is not None:
                turn(term.epoch)

        return do

    # Living

    def start(self) -> None:
        self._leadership.start()
        self._thread.start()
        self.sender.start()
        self.books.start()
        if self.traces is not None:
            self.traces.start()

    def leave(self) -> None:
        """No report and no upkeep is begun any more; results are kept and judged until `stop`."""
        self._stopping = True
        self.agents.leave()
        self.books.leave()

    def stop(self) -> None:
        """What is kept is judged once more, and what is owed is sent if that is quick."""
        self.leave()
        self.books.stop()
        self._ending.set()
        self.wake.set()
        self._thread.join(JUDGING_MAY_TAKE)
        self._leadership.stop()
        self._take_leave()
        self.sender.stop(SENDING_MAY_TAKE)
        if self.traces is not None:
            self.traces.stop(TRACING_MAY_TAKE)

    def _take_leave(self) -> None:
        if not self._leadership.alone:
            with suppress(StoreError):  # the others notice within half a minute
                self.store.forget_replica(self.instance)

    def keep(self, results: Sequence[RunResult]) -> int:
        """Make results durable; raises `StoreError`."""
        new = self.store.keep(results)
        self._count(results)
        return new

    def _arrived(self, results: Sequence[RunResult]) -> None:
        """Agents delivered, and it is kept."""
        self._count(results)
        self.wake.set()

    def _count(self, results: Sequence[RunResult]) -> None:
        for result in results:
            self.metrics.count(result)
            if self.traces is not None:
                self.traces.take(result)

    # Asking regions for runs

    def _ask(self, keys: Sequence[RunKey]) -> None:
        """Those of this process start at once; the agents of other regions find theirs as rows."""
        here = self._settings.regions_run_here
        self._ports.confirm_here([key for key in keys if key.region in here])
        self.store.ask([key for key in keys if key.region not in here], clock.now() + ASKED_FOR)

    def run_there(self, probe: str, region: str) -> str | None:
        """Have the agents of another region run a probe once; the run's id, or None for what does not run there."""
        known = self._probes().get(probe)
        if known is None or known.region(region) is None:
            return None
        key = RunKey(self._begun.environment, probe, region, clock.now(), RunKind.MANUAL)
        self.store.ask([key], clock.now() + ASKED_FOR)
        return key.id

    # Chores

    def chores(self) -> Sequence[Chore]:
        return (
            Chore("room for runs to come", MAKE_ROOM_EVERY, self._as_leader(self._make_room)),
            Chore("self", 2.0, self._mind_itself),
            *self._replicas_chore(),
            *self._dead_mans_chore(),
        )

    def _make_room(self) -> None:
        if made := self.store.make_room(clock.now()):
            _log.info("store.room_made", names=list(made))

    def _replicas_chore(self) -> Sequence[Chore]:
        """What this process says of itself is told of by whichever leads."""
        if self._leadership.alone:
            return ()
        return (Chore("word to the leader", SAY_EVERY, lambda: self.store.keep_replica(self.self_watch.words())),)

    def _dead_mans_chore(self) -> Sequence[Chore]:
        settings = self._begun.dead_man
        if settings is None:
            return ()
        context = ChannelContext(secret=self._ports.secrets.lookup, now=clock.now, stream=sys.stdout)
        switch = DeadMan(settings.url, context)
        # The leader's: its silence is what somebody outside shall hear of, whoever else is there.
        return (Chore(DEAD_MAN, settings.every, self._as_leader(lambda: switch.tell(self._signs()))),)

    def _signs(self) -> Signs:
        """What the dead man's switch goes by."""
        term = self._leadership.term()
        longest = (probe.cron.longest if probe.cron else probe.interval for probe in self._probes().values())
        timeouts = (probe.journey.timeout for probe in self._probes().values())
        slowest = max(map(add, longest, timeouts), default=None)
        return Signs(
            troubles=[trouble for trouble in self._ports.troubles() if not trouble.startswith(DEAD_MAN)],
            judged_at=self.centre.last_turn_at,
            heard_at=self.centre.heard_at,
            quiet_for=timedelta(seconds=2 * slowest + 5) if slowest is not None else None,
            owed_since=self.store.owed_since(),
            started_at=max(self._started_at, term.since) if term is not None else self._started_at,
        )

    def _mind_itself(self) -> None:
        """Note what is wrong with the daemon itself; past its own database, if that is what is wrong."""
        self.self_watch.look(self._ports.troubles())
        self.self_watch.channels(tuple(self.channels), canaries_of(self._settings), ())
        if not self._leads():
            self.self_watch.agents({}, ())  # the leader's to tell
            self.self_watch.forget_reports()
        fallback = self.policy().default_channels[0]
        away = bool(self._ports.unkept() or self.centre.trouble)
        self.self_watch.tell_directly(away, fallback, self.channels, self.policy())

    def _judge_own(self, incidents: Sequence[Incident], found: Upkeep, now: datetime) -> Decision:
        refusing = [one.probe for one in incidents if one.track is Track.NOTIFY and one.current]
        self.self_watch.channels(tuple(self.channels), canaries_of(self._settings), refusing)
        self.self_watch.agents(self.agents.troubles(), [one.probe for one in incidents if one.track is Track.REGION])
        others = () if self._leadership.alone else self.store.replicas()
        return self.self_watch.decide(incidents, tuple(self.channels), self.policy(), now, found, others)

    def _voices(self, ended: Mapping[str, datetime], now: datetime) -> Mapping[str, Voice]:
        """What is heard of regions: those that run in this process are always heard."""
        return voices_of(self.store.heartbeats(), ended, self._settings.regions_run_here, now, self._started_at)

    def troubles(self) -> list[str]:
        said = []
        if self.centre.trouble:
            said.append(f"results cannot be judged: {self.centre.trouble}")
        if self._leadership.trouble:
            said.append(self._leadership.trouble)
        if self.sender.trouble:
            said.append(f"notifications cannot be read: {self.sender.trouble}")
        said += [f"{chore}: {why}" for chore, why in self.books.failing.items()]
        lives = {
            "sender": self.sender.lives,
            "centre": self._thread.is_alive(),
            **self.books.lives,
        }
        return said + [f"the {name} has stopped" for name, alive in lives.items() if not alive and not self._stopping]

    # Pages

    def leader(self, troubles: list[str]) -> Leader | None:
        """Who judges; of another process it is known only from its row."""
        try:
            term = self._leadership.term() or self.store.term()
        except StoreError as error:
            troubles.append(f"the database cannot be read: {error}")
            return None
        return Leader(term, itself=term.instance == self.instance) if term is not None else None

    def owed(self, troubles: list[str]) -> int:
        """How many notifications are owed; an unreadable database is a trouble, no reason for silence."""
        try:
            return self.store.owed()
        except StoreError as error:
            troubles.append(f"the database cannot be read: {error}")
            return 0

    def hook_secrets(self) -> Mapping[str, Secret]:
        return hook_secrets_of(self._settings, self._ports.secrets.lookup)

    def acknowledge(self, incident_id: str, actor: str) -> bool:
        """Mark an open incident as taken on, and tell those who were told of it."""
        incident = self.store.incident(incident_id)
        if incident is None:
            return False
        now = clock.now()
        message = acknowledge(incident, actor, Ground(now, link_base=self.policy().link_base))
        done = self.store.acknowledge(incident_id, actor, now, owed(incident, incident.told, message))
        if done:
            _log.info("incident.acknowledged", incident=incident_id, probe=incident.probe, by=actor)
            self.sender.wake()
        return done


def versions_of(probes: Mapping[str, Probe]) -> list[ProbeVersion]:
    """The probes as the versions that are in force from now on; `since` is filled in by the store."""
    return [
        ProbeVersion(
            probe=probe.name,
            content_hash=probe.content_hash,
            since=clock.now(),
            until=None,
            title=probe.title,
            interval=probe.interval,
            timeout=probe.journey.timeout,
            regions=tuple(region.name for region in probe.regions),
            yaml=probe.yaml,
            cron=probe.cron,
        )
        for probe in probes.values()
    ]
