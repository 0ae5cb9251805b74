"""`synthmon agent`: the agent of one region, which needs no database: a spool, a line to the centre, and its own word
when the centre is out of reach."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from synthmon import __version__
from synthmon.agent.delivery import Delivery, DeliveryPorts
from synthmon.agent.heart import Heart, HeartPorts
from synthmon.agent.line import Centre, Echo, Line, Pulled
from synthmon.agent.patience import Patience
from synthmon.agent.pull import Puller
from synthmon.agent.questions import Questions
from synthmon.agent.reach import Reach
from synthmon.alerting.channel import Channel
from synthmon.app import clock
from synthmon.app.agent_side import AgentSide
from synthmon.app.configuration import Declared, Origin
from synthmon.app.datadir import DataDirectory
from synthmon.app.declaration import config_hash
from synthmon.app.fallback import Fallback
from synthmon.app.housekeeping import Chore
from synthmon.app.policy import channels_of, policy_of
from synthmon.app.pulled import accept, is_pulled, kept_document, read_agent
from synthmon.app.role import Role
from synthmon.app.work_side import WorkSide
from synthmon.centre.standstill import MOST_SAID, Standstills
from synthmon.errors import CentreError, ConfigurationError
from synthmon.events import Events
from synthmon.judge import Policy
from synthmon.model.agent import Heartbeat
from synthmon.model.secret import Secret
from synthmon.probefile.problem import render, render_problem
from synthmon.settings import Settings, load_settings
from synthmon.settings.agent import build_agent
from synthmon.settings.environment import Environment
from synthmon.spool import Spool
from synthmon.web.health import Health, health_site

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_log = Events()

DELIVERING_MAY_TAKE = 5.0  # seconds for what the spool still holds when the process ends
LAG_WINDOW = 60.0
AGENT_LOOKS, AGENT_COUNTED = (
    timedelta(seconds=4),
    timedelta(seconds=3),
)  # one comes a second
SPOOL_FILE = "spool.db"


def origin_of_agent(origin: Origin) -> Origin:
    """Without where pages are served: an agent has none, though the image says it for every role; nor a password."""
    pages = ("SYNTHMON_WEB_BIND", "SYNTHMON_WEB_BIND_FILE")
    return replace(origin, environ={name: value for name, value in origin.environ.items() if name not in pages})


def wait_for_configuration(origin: Origin, given_up: Callable[[float], bool]) -> bool:
    """Pull what the centre declares where nothing is declared here yet, or nothing that this version can use.

    Raises `ConfigurationError`.
    `given_up` waits for so many seconds and says whether somebody wants the process to end; then it is False.
    """
    settings = settings_of_agent(origin)
    if not is_pulled(origin) or _is_usable(origin, settings):
        return True
    line, patience = Line(centre_of(origin, settings)), Patience(clock.chance())
    directory = DataDirectory(settings.data_dir)
    told = ""
    try:
        while True:
            try:
                found = line.declared(None)
                if found is not None:
                    accept(settings, found)
                    return True
            except CentreError as error:
                if told != (told := str(error)):  # once, as long as it is the same
                    _log.warning("centre.away", why=told, hint=error.hint)
                if given_up(max(1.0, patience.next(error.retry_after))):
                    return False
    finally:
        line.close()
        directory.close()


def _is_usable(origin: Origin, settings: Settings) -> bool:
    """Whether what was pulled before can be read: an older version may have pulled it, or the disk have spoilt it."""
    if kept_document(settings) is None:
        return False
    if errors := read_agent(origin).errors:
        _log.warning("config.pulled_anew", why=render(errors))
    return not errors


def settings_of_agent(origin: Origin) -> Settings:
    """The settings; raises `ConfigurationError` where an agent lacks something, with all that it lacks."""
    settings, problems = load_settings(origin.environ, origin.config_path, origin.cwd)
    if errors := [problem for problem in problems if problem.is_error]:
        raise ConfigurationError(render(errors))
    wanting = {
        "SYNTHMON_CENTRE_URL": settings.agent.centre_url,
        "SYNTHMON_AGENT_TOKEN": settings.agent.token,
        "SYNTHMON_REGION": len(settings.regions_run_here) == 1 or None,
    }
    if missing := [name for name, value in wanting.items() if value is None]:
        hint = "`synthmon agents add REGION` at the centre makes a token; docs/regions.md shows how it is set up"
        raise ConfigurationError(f"an agent needs {', '.join(missing)}", hint=hint)
    return settings


def centre_of(origin: Origin, settings: Settings) -> Centre:
    """The centre; its token is read again from wherever it comes, and is the one before where it cannot be."""
    agent = settings.agent
    ca_file = str(agent.ca_file) if agent.ca_file else None

    def token() -> Secret:
        found = build_agent(Environment(origin.environ), origin.cwd).token
        return found or agent.token or Secret("agent token", "")

    return Centre(agent.centre_url or "", token, ca_file, *settings.regions_run_here)


class AgentDaemon(Role):
    """One agent in one process. `recover`: a damaged spool is kept aside, and a new one begun."""

    name = "agent"
    asks = True  # for confirmations

    def __init__(self, origin: Origin, *, recover: bool = False) -> None:
        settings_of_agent(origin)
        self._origin, self._recover, self._pulls = origin, recover, is_pulled(origin)
        super().__init__(origin, read_agent)

    def _address(self, settings: Settings) -> tuple[str, int]:
        """For the health check alone: on loopback, wherever there is room."""
        del settings
        return "127.0.0.1", 0

    def _open(self, held: ExitStack) -> None:
        settings = self.settings
        (self.region,) = settings.regions_run_here
        self._channels: Mapping[str, Channel] = channels_of(settings, self._secrets.lookup)
        path = settings.data_dir / SPOOL_FILE
        self.spool = Spool(path, settings.agent.spool_size, clock.new_id, clock.now, recover=self._recover)
        held.callback(self.spool.close)
        self._reach = Reach(clock.now)
        self._standstills = Standstills(AGENT_LOOKS, AGENT_COUNTED)
        self._instance_suffix = (self.spool.id or clock.new_id())[:8]
        centre, chance = centre_of(self._origin, settings), clock.chance()
        self._lines = [Line(centre) for _ in range(5)]
        delivering, aside, beating, asking, pulling = self._lines
        self._delivery = Delivery(
            DeliveryPorts(self.spool, delivering, aside, f"memory-{clock.new_id()}", self._reach, chance)
        )
        self._agents = self._side()
        self._heart = Heart(
            HeartPorts(
                beating, self._reach, self._vital, lambda: self.spool.mark, self._echoed, clock.now, time.monotonic
            )
        )
        self._questions = Questions(asking, self._reach, self._agents.confirm, chance)
        etag = str((kept_document(settings) or {}).get("etag") or "") or None
        self._puller = Puller(pulling, self._reach, etag, self._pulled, chance) if self._pulls else None
        self._fallback = Fallback(self.region, self.spool, self._policy, lambda: self._channels, clock.now)

    def _side(self) -> AgentSide | WorkSide:
        """What makes runs here."""
        return AgentSide(self.settings, self._secrets, self._delivery.put, self._delivery.nudge)

    # What is declared

    def _take_over(self, declared: Declared) -> None:
        """Changed files, checked and whole."""
        if declared.settings.environment != self.settings.environment:
            _log.warning("config.needs_restart", what=["environment"])
        self._secrets.follow(declared.settings)
        self._channels = channels_of(declared.settings, self._secrets.lookup)
        self._agents.declare(declared.probes, declared.settings.regions_run_here)

    def _pulled(self, pulled: Pulled) -> None:
        accept(self.settings, pulled)
        if not self._configuration.refresh():
            raise ConfigurationError("; ".join(render_problem(one) for one in self._configuration.refused))

    def _policy(self) -> Policy:
        return policy_of(self._configuration.declared.settings, self.settings.agent.centre_url or "")

    # Living

    def _begin(self) -> None:
        self._delivery.start()
        self._agents.start(self._configuration.declared.probes)
        self._heart.start()
        if self.asks:
            self._questions.start()
        if self._puller is not None:
            self._puller.start()

    def _end(self) -> int:
        for part in (self._questions, self._puller):
            if part is not None:
                part.close()
        lost = self._agents.stop()
        left = self._delivery.close(DELIVERING_MAY_TAKE)
        self._heart.close()
        self.spool.close()
        _log.info("spool.closed", not_delivered=left)
        return lost

    def _chores(self) -> Sequence[Chore]:
        return (
            Chore("standstills", 1.0, lambda: self._standstills.look(clock.now())),
            Chore("centre", 2.0, lambda: self._fallback.look(self._reach.away_since, self._reach.why)),
        )

    def _running(self) -> int:
        return self._agents.running

    def _realign(self) -> None:
        self._agents.realign()
        self._heart.forget_offset()

    # Saying how it is

    def _vital(self) -> Heartbeat:
        declared, state = self._configuration.declared, self.spool.state()
        tally, keeper = self._agents.tally, self._agents.keeper
        self._standstills.look(clock.now())  # the heart may be the first to go on
        return Heartbeat(
            region=self.region,
            instance=f"{socket.gethostname()}-{self._instance_suffix}",
            at=clock.now(),
            version=__version__,
            config_hash=config_hash(declared.settings, declared.probes, self.settings.environment),
            started_at=self._started_at,
            shard=str(self.settings.shard),
            spool=self.spool.id,
            spool_depth=state.depth,
            spool_oldest=state.oldest,
            waiting=keeper.waiting,
            dropped=keeper.dropped + state.dropped,
            refused=state.refused,
            due=tally.due,
            started=tally.started,
            finished=tally.finished,
            lateness_p99=tally.lateness_p99,
            lag_p99=self._agents.walks.lag(LAG_WINDOW),
            memory=_memory(),
            descriptors=_descriptors(),
            probes=sum(one.region(self.region) is not None for one in declared.probes.values()),
            troubles=(*self.troubles(), *self._agents.remarks()),
            standstills=self._standstills.stretches[-MOST_SAID:],
        )

    def _echoed(self, echo: Echo, mark: int) -> None:
        """What the centre said to a heartbeat; `mark` was the spool's before."""
        if self.spool.id is not None and echo.durable < mark:
            self.spool.rewind(echo.durable)
        self._delivery.nudge()
        declared = self._configuration.declared
        if self._puller is not None and echo.config_hash != config_hash(
            declared.settings, declared.probes, self.settings.environment
        ):
            self._puller.now()

    def troubles(self) -> list[str]:
        """What is wrong with this agent; that the centre is out of reach is not among it."""
        said = self._agents.troubles()
        if self.spool.trouble:
            said.append(f"{self.spool.trouble}; results go straight to the centre")
        if self._delivery.trouble and self._delivery.trouble != self.spool.trouble:
            said.append(f"results cannot be delivered: {self._delivery.trouble}")
        if self._puller is not None and self._puller.trouble:
            said.append(self._puller.trouble)
        lives = {
            "delivery": self._delivery.lives,
            "heart": self._heart.lives,
            "questions": self._questions.lives or not self.asks,
        }
        if self._puller is not None:
            lives["puller"] = self._puller.lives
        said += [f"the {name} has stopped" for name, alive in lives.items() if not alive and self._living]
        return [*said, *self._troubles_of_chores()]

    def _site(self) -> ASGIApp:
        return health_site(self._health, self._directory.new_token())

    def _health(self) -> Health:
        besides = {"region": self.region, "centre": str(self._reach)}
        if remarks := self._agents.remarks():
            besides["remarks"] = "; ".join(remarks)
        return Health(tuple(self.troubles()), __version__, besides)


def _memory() -> int | None:
    """Bytes of memory in use; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _descriptors() -> int | None:
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number is wanted
    except OSError:
        return None
