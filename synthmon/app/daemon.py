"""`synthmon up` and `synthmon centre`: the centre, and beside it the agent of the regions that run in this process.

One with regions of its own delivers straight to the store. One without (`synthmon centre`) hears from agents elsewhere;
so does the other, if tokens were given out.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from synthmon import __version__
from synthmon.app import clock
from synthmon.app.agent_side import AgentSide
from synthmon.app.centre_side import CentreSide, SidePorts
from synthmon.app.configuration import Declared, Origin, Reading, read
from synthmon.app.housekeeping import Chore
from synthmon.app.public_desk import PublicDesk, PublicSources, titles_of
from synthmon.app.role import Role, url_of
from synthmon.app.tracing import traces_of
from synthmon.errors import ConfigurationError
from synthmon.events import Events
from synthmon.identity.oidc.provider import Provider
from synthmon.model.run import RunKey
from synthmon.probefile.problem import render_problem
from synthmon.settings import Settings
from synthmon.settings.values import WebSettings, is_loopback
from synthmon.store.interface import Store
from synthmon.store.migrate import prepare
from synthmon.store.opening import open_store
from synthmon.web.ports import Pulse, WebPorts
from synthmon.web.public.alone import build_public_site
from synthmon.web.public.routes import PublicPorts, answers
from synthmon.web.server import WebServer, listen
from synthmon.web.site import build_site

_log = Events()

LAG_WINDOW = 60.0


class Daemon(Role):
    """One installation in one process, or its centre. `pulse` says how it is."""

    public_url: str | None = None  # of the page for everybody, where it has an address of its own

    def _open(self, held: ExitStack) -> None:
        settings = self.settings
        prepare(settings.database_url, asked=settings.upgrade_database)
        self.store = open_store(settings.database_url)
        held.callback(self.store.close)
        _refuse_pages_for_nobody(settings, self.store)
        ports = SidePorts(
            store=self.store,
            secrets=self._secrets,
            url=self.url,
            declared=lambda: self._configuration.declared,
            confirm_here=self._confirm_here,
            troubles=self.troubles,
            unkept=lambda: self._agents.keeper.last_error is not None,
        )
        self._centre = CentreSide(settings, ports)
        self._public = answers(PublicPorts(PublicDesk(self._public_sources()).read))
        self._public_web = self._serve_public(held)
        self._agents = AgentSide(settings, self._secrets, self._centre.keep, self._centre.wake.set)

    def _confirm_here(self, keys: Sequence[RunKey]) -> None:
        self._agents.confirm(keys)

    def _take_over(self, declared: Declared) -> None:
        """Changed files, checked and whole. Where to listen and where data lie is settled at the start."""
        if wanting := _settled_at_start(self.settings, declared.settings):
            _log.warning("config.needs_restart", what=wanting)
        self._secrets.follow(declared.settings)
        self._centre.take_over(declared)
        self._agents.declare(declared.probes, declared.settings.regions_run_here)
        self._centre.wake.set()

    def _begin(self) -> None:
        self._centre.start()
        if self._public_web is not None:
            self._public_web.start()
            _log.info("public.started", url=self.public_url)
        self._agents.start(self._configuration.declared.probes)

    def _end(self) -> int:
        self._centre.leave()
        lost = self._agents.stop()
        self._centre.stop()
        self._web.stop()
        if self._public_web is not None:
            self._public_web.stop()
        self.store.close()
        return lost

    def _chores(self) -> Sequence[Chore]:
        return self._centre.chores()

    def _running(self) -> int:
        return self._agents.agent.running

    def _clock_leapt(self, seconds: float) -> None:
        self._centre.clock_leapt(seconds)

    def _realign(self) -> None:
        self._agents.realign()

    # Pages

    def _site(self) -> ASGIApp:
        settings, centre = self.settings, self._centre
        ports = WebPorts(
            store=self.store,
            environment=settings.environment,
            probes=lambda: self._configuration.declared.probes,
            config_problems=lambda: tuple(render_problem(problem) for problem in self._configuration.refused),
            acknowledge=centre.acknowledge,
            run_again=self._run_again,
            people=centre.people,
            agents=centre.agents,
            pulse=self.pulse,
            now=clock.now,
            reports=settings.reports_folder,
            figures=centre.books.figures,
            budgets=centre.books.budgets.all,
            api_token=self._directory.new_token(),
            password=settings.web.password,
            here_only=settings.web.is_loopback,
            provider=self._provider(settings),
            lifetimes=settings.web.lifetimes,
            public_url=settings.web.url,
            open_to_all=settings.web.open_to_all,
            trace_url=settings.web.trace_url,
            link_base=lambda: centre.policy().link_base,
            acknowledged_for=lambda: centre.policy().acknowledged_for,
            windows=lambda: self._configuration.declared.settings.windows,
            region_titles=settings.region_titles,
            hook_secrets=centre.hook_secrets,
            report_of=centre.books.report_of,
            public_titles=lambda probe: titles_of(self._configuration.declared.settings.web.public, probe),
            has_public=lambda: self._configuration.declared.settings.web.public is not None,
            public=self._public,
        )
        centre.metrics.attach(ports)
        return build_site(ports, centre.metrics, _hosts(settings.web))

    def _public_sources(self) -> PublicSources:
        return PublicSources(
            store=self.store,
            settings=lambda: self._configuration.declared.settings.web.public,
            probes=lambda: self._configuration.declared.probes,
            windows=lambda: self._configuration.declared.settings.windows,
            zone=self.settings.reports.zone,
            now=clock.now,
        )

    def _serve_public(self, held: ExitStack) -> WebServer | None:
        """The page for everybody at an address of its own, if it has one."""
        public = self.settings.web.public
        if public is None or public.address is None:
            return None
        listener = listen(*public.address, what="public page", where="`web: {public: {bind: …}}`")
        held.callback(listener.close)
        self.public_url = url_of(*listener.getsockname()[:2])
        host = public.address[0]
        return WebServer(build_public_site(self._public, _own_names(host) if is_loopback(host) else None), listener)

    def _provider(self, settings: Settings) -> Provider | None:
        place = settings.web.oidc
        if place is None:
            return None
        name = place.client_secret
        return Provider(place, lambda: self._secrets.lookup(name) if name else None, clock.now)

    def acknowledge(self, incident_id: str, actor: str) -> bool:
        return self._centre.acknowledge(incident_id, actor)

    def _run_again(self, probe: str, region: str) -> str | None:
        if region in self._configuration.declared.settings.regions_run_here:
            key = self._agents.agent.run_now(probe, region)
            return key.id if key else None
        return self._centre.run_there(probe, region)

    def pulse(self) -> Pulse:
        """How the daemon itself is; asked by the pages, the metrics and the health check."""
        settings = self._configuration.declared.settings
        troubles = self.troubles()
        here = tuple(sorted(settings.regions_run_here))
        return Pulse(
            started_at=self._started_at,
            version=__version__,
            regions=here or tuple(settings.installation.regions),
            running=self._agents.agent.running,
            workers=self._agents.agent.workers,
            waiting=self._agents.keeper.waiting,
            dropped=self._agents.keeper.dropped,
            owed=self._centre.owed(troubles),
            lag=self._agents.walks.lag(LAG_WINDOW),
            last_turn_at=self._centre.centre.last_turn_at,
            leader=self._centre.leader(troubles),
            troubles=tuple(troubles),
            remarks=tuple(self._agents.remarks()),
            regions_run_here=here,
            traces=traces_of(self._centre.traces),
        )

    def troubles(self) -> list[str]:
        return [*self._agents.troubles(), *self._centre.troubles(), *self._troubles_of_chores()]


def _refuse_pages_for_nobody(settings: Settings, store: Store) -> None:
    """Pages that other machines reach are never open; where nobody could sign in either, somebody forgot something."""
    web = settings.web
    if web.is_loopback or web.password is not None or web.oidc is not None or store.accounts.has_users():
        return
    raise ConfigurationError(
        f"other machines reach the pages at {web.host}:{web.port}, and nobody could sign in",
        hint="set SYNTHMON_WEB_PASSWORD or SYNTHMON_WEB_PASSWORD_FILE, make a user with `synthmon users add NAME`, "
        "declare `web: {oidc: …}`, or bind to 127.0.0.1",
    )


def read_centre(origin: Origin) -> Reading:
    """What is declared, for a process that runs no region itself."""
    reading = read(origin)
    settings = replace(reading.declared.settings, regions_run_here=frozenset())
    return replace(reading, declared=replace(reading.declared, settings=settings))


def _settled_at_start(begun: Settings, now: Settings) -> list[str]:
    """What a changed file says that only a restart takes over."""
    pairs = {
        "environment": (begun.environment, now.environment),
        "titles of regions": (_titles(begun), _titles(now)),
        "the time zone of reports": (begun.reports.timezone, now.reports.timezone),
        "traces": (begun.otlp, now.otlp),
        "web": (replace(begun.web, url=None, public=None), replace(now.web, url=None, public=None)),
        "address of the public page": (_public_address(begun), _public_address(now)),
    }
    return [name for name, (before, after) in pairs.items() if before != after]


def _public_address(settings: Settings) -> tuple[str, int] | None:
    return settings.web.public.address if settings.web.public else None


def _titles(settings: Settings) -> dict[str, str]:
    return {name: title for name, title in settings.region_titles.items() if title != name}


def _hosts(web: WebSettings) -> frozenset[str] | None:
    """On loopback only its names are answered to, and the declared one, by which a proxy may lead there; elsewhere
    people sign in, by whatever name."""
    if not web.is_loopback:
        return None
    declared = urlsplit(web.url or "").hostname
    return _own_names(web.host) | ({declared} if declared else set())


def _own_names(host: str) -> frozenset[str]:
    return frozenset({"localhost", "127.0.0.1", "::1", host})
