"""`synthmon up`: agent, centre, sender, pages and reports in one process, from the first slot to an orderly end."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from synthmon import __version__
from synthmon.agent.keeper import Keeper
from synthmon.agent.loop import Agent, AgentPorts
from synthmon.alerting.channel import Channel
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.deadman import DeadMan, Signs
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.app import clock
from synthmon.app.configuration import Configuration, Declared, Origin
from synthmon.app.datadir import DataDirectory
from synthmon.app.housekeeping import Chore, ClockWatch, Housekeeping
from synthmon.app.leading import instance_name, leadership_of
from synthmon.app.people import People
from synthmon.app.policy import backups_of, canaries_of, channels_of, hook_secrets_of, policy_of
from synthmon.app.reporting import MorningReport, ReportDesk
from synthmon.app.retention import Retention
from synthmon.app.selfwatch import SelfWatch
from synthmon.app.surroundings import Walks
from synthmon.centre import Centre, CentrePorts, Lead, Minding
from synthmon.errors import StoreError
from synthmon.judge import Policy
from synthmon.judge.silent import Voice, voices_of
from synthmon.judge.telling import Ground, acknowledge, owed
from synthmon.judge.upkeep import Upkeep
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import Decision, Incident
from synthmon.model.probe import Probe, Track
from synthmon.model.run import RunResult
from synthmon.probefile.problem import render_problem
from synthmon.secrets import Secrets
from synthmon.settings import Settings
from synthmon.store.migrate import prepare
from synthmon.store.opening import open_store
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Leader, Pulse, WebPorts
from synthmon.web.server import WebServer, listen
from synthmon.web.site import build_site

_log = structlog.get_logger()

RUNS_MAY_TAKE = 20.0  # seconds that running journeys get when the daemon stops
CLEANUP_MAY_TAKE = 32.0  # their cleanup has 30 s, and they have to notice
KEEPING_MAY_TAKE = 10.0
SENDING_MAY_TAKE = 5.0
LOOK_AT_FILES_EVERY = 2.0
MAKE_ROOM_EVERY, RETAIN_EVERY = 3600.0, 60.0
SAY_EVERY = 5.0
LAG_WINDOW = 60.0
DEAD_MAN = "dead man's switch"


class Daemon:
    """One installation in one process. `start` once, `stop` once; `pulse` says how it is.

    Made, it holds the data directory, the address of its pages and the database; where it cannot have one of them it
    raises `SynthmonError`, and holds none.
    """

    def __init__(self, origin: Origin) -> None:
        self._configuration = Configuration(origin, self._take_over)
        settings = self.settings = self._configuration.declared.settings
        self._secrets = Secrets(origin.environ, settings.secrets_folder, settings.region_secrets)
        self._channels: Mapping[str, Channel] = channels_of(settings, self._secrets.lookup)
        self._started_at = clock.now()
        with ExitStack() as held:
            # The directory first: whoever starts a daemon twice is told so, and not of a port that is taken.
            self._directory = DataDirectory(settings.data_dir)
            held.callback(self._directory.close)
            self._listener = listen(settings.web.host, settings.web.port)
            held.callback(self._listener.close)
            self.url = _url(*self._listener.getsockname()[:2])
            prepare(settings.database_url, asked=settings.upgrade_database)
            self.store = open_store(settings.database_url)
            held.callback(self.store.close)
            self._join(settings)
            held.pop_all()

    def _join(self, settings: Settings) -> None:
        """Every room gets what it needs from the others, as values and callables."""
        self._metrics = Metrics()
        self._walks = Walks(self._secrets)
        self._wake_centre, self._ending = threading.Event(), threading.Event()
        self._stopping = False
        self._keeper = Keeper(self._keep, self._wake_centre.set)
        ports = AgentPorts(settings.environment, self._walks, self._keeper.take, clock.now)
        self._agent = Agent(ports, settings.regions_run_here, settings.shard)
        self.instance = instance_name()
        self._leadership = leadership_of(settings.database_url, self.store, self.instance, self._gets_on)
        self._self_watch = SelfWatch(clock.now, self.instance, alone=self._leadership.alone)
        self._sender = Sender(
            SenderPorts(
                outbox=self.store,
                channels=lambda: self._channels,
                backups=lambda: backups_of(self._settings_now),
                now=clock.now,
                chance=clock.chance(),
                canaries=lambda: canaries_of(self._settings_now) if self._leads() else {},
                trouble=self._self_watch.channel_said,
                environment=settings.environment,
            )
        )
        lead = Lead(self._leadership.term, self._begin_term)
        calls = CentrePorts(self._sender.wake, self._agent.confirm, lead)
        self._centre = Centre(
            self.store, self._probes, self._policy, calls, minding=Minding(self._judge_own, self._voices)
        )
        self._centre_thread = threading.Thread(
            target=self._centre.run, args=(self._ending, self._wake_centre, clock.now), name="centre", daemon=True
        )
        zone, folder = settings.reports.zone, settings.reports_folder
        self._desk = ReportDesk(self.store, settings.environment, zone, folder, lambda: self._settings_now.windows)
        self._morning = MorningReport(self._desk, settings.reports.daily_at.hour, settings.reports.daily_at.minute)
        self._watch = ClockWatch(lambda: clock.now().timestamp())
        self._retention = Retention(self.store, lambda: self._settings_now.retention, clock.now)
        self._housekeeping = Housekeeping(self._chores())
        web = self._web_ports(settings)
        self._metrics.attach(web)
        self._web = WebServer(build_site(web, self._metrics, _hosts(settings)), self._listener)

    # What is in force now

    @property
    def _settings_now(self) -> Settings:
        return self._configuration.declared.settings

    def _probes(self) -> Mapping[str, Probe]:
        return self._configuration.declared.probes

    def _policy(self) -> Policy:
        # runs keep the environment of the start, and what is told of them must carry the same one
        return replace(policy_of(self._settings_now, self.url), environment=self.settings.environment)

    def _take_over(self, declared: Declared) -> None:
        """Changed files, checked and whole. Where to listen and where data lie is settled at the start."""
        channels = channels_of(declared.settings, self._secrets.lookup)
        if wanting := _settled_at_start(self.settings, declared.settings):
            _log.warning("config.needs_restart", what=wanting)
        self._record_versions(declared.probes)
        self._channels = channels
        self._secrets.rename(declared.settings.region_secrets)
        self._agent.replace(declared.probes, declared.settings.regions_run_here)
        self._wake_centre.set()

    # What only the leader does

    def _leads(self) -> bool:
        return self._leadership.term() is not None

    def _gets_on(self, within: float) -> bool:
        return self._centre.gets_on(within) and self._centre_thread.is_alive()

    def _begin_term(self, epoch: int) -> None:
        """What is due is counted by the files of whoever judges: processes with different ones would take turns."""
        self.store.record_versions(versions_of(self._probes()), clock.now(), epoch)

    def _record_versions(self, probes: Mapping[str, Probe]) -> None:
        if (term := self._leadership.term()) is not None:
            self.store.record_versions(versions_of(probes), clock.now(), term.epoch)

    def _as_leader(self, do: Callable[[], object]) -> Callable[[], None]:
        """The chore, for as long as this process leads."""
        return lambda: clock.void(do() if self._leads() else None)

    # Living

    def start(self) -> None:
        """Everything runs when this returns; the first slots are still to come."""
        probes = self._probes()
        self._leadership.start()
        self._walks.start()
        self._keeper.start()
        self._centre_thread.start()
        self._sender.start()
        self._agent.replace(probes)
        self._agent.start()
        self._web.start()
        self._housekeeping.start()
        self._directory.announce(self.url)
        _log.info("daemon.started", version=__version__, probes=len(probes), url=self.url)

    def reload(self) -> None:
        """Look at the files now. Never raises: what cannot be read or taken over is said, and the daemon goes on."""
        try:
            self._configuration.refresh()
        except Exception:  # noqa: BLE001 - whoever asks for a reload must not end the daemon by it
            _log.exception("config.not_read")

    def stop(self) -> None:
        """Nothing new starts; what runs gets its time, is judged, told and kept; then the process may end."""
        _log.info("daemon.stopping", running=self._agent.running)
        self._stopping = True
        self._agent.stop_starting()
        self._housekeeping.stop()
        if not self._agent.wait_idle(RUNS_MAY_TAKE):
            self._walks.hurry.set()
            self._agent.wait_idle(CLEANUP_MAY_TAKE)
        self._agent.close()
        lost = self._keeper.close(KEEPING_MAY_TAKE)
        self._ending.set()
        self._wake_centre.set()
        self._centre_thread.join(KEEPING_MAY_TAKE)
        self._leadership.stop()
        self._take_leave()
        self._sender.stop(SENDING_MAY_TAKE)
        self._web.stop()
        self._walks.stop()
        self.store.close()
        self._directory.close()
        _log.info("daemon.stopped", results_not_kept=lost)

    def _take_leave(self) -> None:
        if not self._leadership.alone:
            with suppress(StoreError):  # the others notice within half a minute
                self.store.forget_replica(self.instance)

    def _keep(self, results: Sequence[RunResult]) -> int:
        new = self.store.keep(results)
        for result in results:
            self._metrics.count(result)
        return new

    # Chores

    def _chores(self) -> Sequence[Chore]:
        return (
            Chore("changed files", LOOK_AT_FILES_EVERY, self._configuration.refresh_if_changed),
            Chore("morning report", 20.0, self._as_leader(self._write_morning_report)),
            Chore("clock", 1.0, self._mind_the_clock),
            Chore("room for runs to come", MAKE_ROOM_EVERY, self._as_leader(self._make_room)),
            Chore("retention", RETAIN_EVERY, self._as_leader(self._retention.turn)),
            Chore("self", 2.0, self._mind_itself),
            *self._replicas_chore(),
            *self._dead_mans_chore(),
        )

    def _make_room(self) -> None:
        if made := self.store.make_room(clock.now()):
            _log.info("store.room_made", names=list(made))

    def _write_morning_report(self) -> None:
        now, term = clock.now(), self._leadership.term()
        date_ = self._morning.due(now)
        if date_ is not None and term is not None:
            path = self._morning.write(date_, now, self._probes(), term.epoch)
            if path is not None:  # none for a day before anything was known
                _log.info("report.written", day=date_.isoformat(), path=str(path))

    def _replicas_chore(self) -> Sequence[Chore]:
        """What this process says of itself is told of by whichever leads."""
        if self._leadership.alone:
            return ()
        return (Chore("word to the leader", SAY_EVERY, lambda: self.store.keep_replica(self._self_watch.words())),)

    def _dead_mans_chore(self) -> Sequence[Chore]:
        settings = self.settings.dead_man
        if settings is None:
            return ()
        context = ChannelContext(secret=self._secrets.lookup, now=clock.now, stream=sys.stdout)
        switch = DeadMan(settings.url, context)
        # The leader's: its silence is what somebody outside shall hear of, whoever else is there.
        return (Chore(DEAD_MAN, settings.every, self._as_leader(lambda: switch.tell(self._signs()))),)

    def _signs(self) -> Signs:
        """What the dead man's switch goes by."""
        term = self._leadership.term()
        slowest = max((probe.interval + probe.journey.timeout for probe in self._probes().values()), default=None)
        return Signs(
            troubles=[trouble for trouble in self._troubles() if not trouble.startswith(DEAD_MAN)],
            judged_at=self._centre.last_turn_at,
            heard_at=self._centre.heard_at,
            quiet_for=timedelta(seconds=2 * slowest + 5) if slowest is not None else None,
            owed_since=self.store.owed_since(),
            started_at=max(self._started_at, term.since) if term is not None else self._started_at,
        )

    def _mind_itself(self) -> None:
        """Note what is wrong with the daemon itself; past its own database, if that is what is wrong."""
        self._self_watch.look(self._troubles())
        self._self_watch.channels(tuple(self._channels), canaries_of(self._settings_now), ())
        fallback = self._policy().default_channels[0]
        away = bool(self._keeper.last_error or self._centre.trouble)
        self._self_watch.tell_directly(away, fallback, self._channels, self._policy())

    def _judge_own(self, incidents: Sequence[Incident], found: Upkeep, now: datetime) -> Decision:
        refusing = [one.probe for one in incidents if one.track is Track.NOTIFY and one.current]
        self._self_watch.channels(tuple(self._channels), canaries_of(self._settings_now), refusing)
        others = () if self._leadership.alone else self.store.replicas()
        return self._self_watch.decide(incidents, tuple(self._channels), self._policy(), now, found, others)

    def _voices(self, ended: Mapping[str, datetime], now: datetime) -> Mapping[str, Voice]:
        """What is heard of regions: those that run in this process are always heard."""
        return voices_of(self.store.heartbeats(), ended, self._settings_now.regions_run_here, now)

    def _mind_the_clock(self) -> None:
        if jump := self._watch.jumped():
            _log.warning("clock.jumped", seconds=round(jump, 1))
            self._agent.realign()

    # Pages

    def _web_ports(self, settings: Settings) -> WebPorts:
        return WebPorts(
            store=self.store,
            environment=settings.environment,
            probes=self._probes,
            config_problems=lambda: tuple(render_problem(problem) for problem in self._configuration.refused),
            acknowledge=self.acknowledge,
            run_again=self._run_again,
            people=People(self.store, clock.now),
            pulse=self.pulse,
            now=clock.now,
            reports=settings.reports_folder,
            api_token=self._directory.new_token(),
            password=settings.web.password,
            trace_url=settings.web.trace_url,
            link_base=lambda: self._policy().link_base,
            windows=lambda: self._settings_now.windows,
            region_titles=settings.region_titles,
            hook_secrets=lambda: hook_secrets_of(self._settings_now, self._secrets.lookup),
        )

    def acknowledge(self, incident_id: str, actor: str) -> bool:
        """Mark an open incident as taken on, and tell those who were told of it."""
        incident = self.store.incident(incident_id)
        if incident is None:
            return False
        now = clock.now()
        message = acknowledge(incident, actor, Ground(now, link_base=self._policy().link_base))
        done = self.store.acknowledge(incident_id, actor, now, owed(incident, incident.told, message))
        if done:
            _log.info("incident.acknowledged", incident=incident_id, probe=incident.probe, by=actor)
            self._sender.wake()
        return done

    def _run_again(self, probe: str, region: str) -> str | None:
        key = self._agent.run_now(probe, region)
        return key.id if key else None

    def pulse(self) -> Pulse:
        """How the daemon itself is; asked by the pages, the metrics and the health check."""
        settings = self._settings_now
        troubles = self._troubles()
        return Pulse(
            started_at=self._started_at,
            version=__version__,
            regions=tuple(sorted(settings.regions_run_here)),
            running=self._agent.running,
            workers=self._agent.workers,
            waiting=self._keeper.waiting,
            dropped=self._keeper.dropped,
            owed=self._owed(troubles),
            lag=self._walks.lag(LAG_WINDOW),
            last_turn_at=self._centre.last_turn_at,
            leader=self._leader(troubles),
            troubles=tuple(troubles),
        )

    def _leader(self, troubles: list[str]) -> Leader | None:
        """Who judges; of another process it is known only from its row."""
        try:
            term = self._leadership.term() or self.store.term()
        except StoreError as error:
            troubles.append(f"the database cannot be read: {error}")
            return None
        return Leader(term, itself=term.instance == self.instance) if term is not None else None

    def _owed(self, troubles: list[str]) -> int:
        """How many notifications are owed; an unreadable database is a trouble, no reason for silence."""
        try:
            return self.store.owed()
        except StoreError as error:
            troubles.append(f"the database cannot be read: {error}")
            return 0

    def _troubles(self) -> list[str]:
        said = []
        if self._keeper.last_error:
            said.append(f"results cannot be kept: {self._keeper.last_error} ({self._keeper.waiting} are waiting)")
        if self._centre.trouble:
            said.append(f"results cannot be judged: {self._centre.trouble}")
        if self._leadership.trouble:
            said.append(self._leadership.trouble)
        if self._sender.trouble:
            said.append(f"notifications cannot be read: {self._sender.trouble}")
        lives = {
            "scheduler": self._agent.lives,
            "keeper": self._keeper.lives,
            "sender": self._sender.lives,
            "centre": self._centre_thread.is_alive(),
            "housekeeping": self._housekeeping.lives,
        }
        said += [f"the {name} has stopped" for name, alive in lives.items() if not alive and not self._stopping]
        return said + [f"{chore}: {why}" for chore, why in self._housekeeping.failing.items()]


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
        )
        for probe in probes.values()
    ]


def _settled_at_start(begun: Settings, now: Settings) -> list[str]:
    """What a changed file says that only a restart takes over."""
    pairs = {
        "environment": (begun.environment, now.environment),
        "titles of regions": (_titles(begun), _titles(now)),
        "reports": (begun.reports, now.reports),
        "web": (replace(begun.web, url=None), replace(now.web, url=None)),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def _titles(settings: Settings) -> dict[str, str]:
    return {name: title for name, title in settings.region_titles.items() if title != name}


def _url(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _hosts(settings: Settings) -> frozenset[str] | None:
    """On loopback only names of loopback are answered to; elsewhere a password guards the pages."""
    return frozenset({"localhost", "127.0.0.1", "::1", settings.web.host}) if settings.web.is_loopback else None
