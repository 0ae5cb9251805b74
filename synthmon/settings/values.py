"""The settings of an installation as values: complete, checked, frozen."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, time, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from synthmon.identity.lifetimes import Lifetimes
from synthmon.judge.hours import Hours
from synthmon.judge.policy import Level
from synthmon.judge.windows import Window
from synthmon.model.probe import Severity
from synthmon.model.quiet import Selection
from synthmon.model.secret import Secret
from synthmon.model.shard import Shard
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.installation import Installation
from synthmon.reports.figures.period import PeriodKind
from synthmon.secrets import VaultPlace
from synthmon.settings.public import PublicSettings

if TYPE_CHECKING:
    from pydantic import BaseModel

    from synthmon.identity.oidc.place import ProviderPlace

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8420


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """A channel as declared: its kind, the options of that kind, and the channel that takes over when it is dead.

    `canary`: how often it is sent a test message, if at all.
    """

    name: str
    kind: str
    options: BaseModel
    backup: str | None = None
    canary: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RouteSettings:
    """Where alerts without `notify` go; what is None matches anything. The first route that matches is taken."""

    notify: tuple[str, ...]
    tag: str | None = None
    owner: str | None = None
    severity: Severity | None = None
    probe: str | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A report that is wanted each day, week or month: when, of which probes, and who is sent it.

    `at` is local time, on the day after the period; `weekday` counts from Monday and is of weekly ones. `channel` is
    the e-mail channel that sends it to `to`; None: it is only written. `form` is `html` or `text`.
    """

    kind: PeriodKind
    at: time
    weekday: int = 0
    covers: Selection = field(default_factory=Selection)
    channel: str | None = None
    to: tuple[str, ...] = ()
    only_if: bool = False
    form: str = "html"


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """`zone` is where days are cut."""

    timezone: str = "UTC"
    zone: tzinfo = UTC
    orders: tuple[ReportOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadManSettings:
    """`url` may hold `${{ secrets.… }}`; `every` is seconds."""

    url: str
    every: float = 60.0


@dataclass(frozen=True, slots=True)
class OtlpSettings:
    """A collector of traces. `headers` are names of secrets, by the header that holds their value."""

    endpoint: str
    headers: Mapping[str, str] = field(default_factory=dict)
    resource: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long evidence stays in its run, the run itself, the rollup of its quarter of an hour; and who did what."""

    bodies: timedelta = timedelta(days=7)
    runs: timedelta = timedelta(days=90)
    rollups: timedelta = timedelta(days=400)
    audit: timedelta = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the pages are served; `url` is the address under which people reach them, for links in messages.

    `open_to_all` is what is answered without signing in. `proxies` besides those on this machine are believed about
    where somebody comes from, and whether by TLS.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    password: Secret | None = None
    url: str | None = None
    trace_url: str | None = None
    public: PublicSettings | None = None  # what everybody may see; None: nothing
    proxies: tuple[str, ...] = ()
    open_to_all: frozenset[str] = frozenset({"healthz"})
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    oidc: ProviderPlace | None = None

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address; a name other than `localhost` could lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """What an agent needs besides: where the centre is, what it shows there, how many bytes its spool may hold."""

    centre_url: str | None = None
    token: Secret | None = None
    ca_file: Path | None = None
    spool_size: int = 256 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations. `database_url` may hold a password: it is left out of the repr."""

    environment: str
    probes: Path
    data_dir: Path
    database_url: str = field(repr=False)
    upgrade_database: bool
    secrets_folder: Path
    installation: Installation
    regions_run_here: frozenset[str]
    config_path: Path | None = None
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)
    routes: tuple[RouteSettings, ...] = ()
    escalations: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    fallback: str | None = None
    reports: ReportSettings = field(default_factory=ReportSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    web: WebSettings = field(default_factory=WebSettings)
    dead_man: DeadManSettings | None = None
    agent: AgentSettings = field(default_factory=AgentSettings)
    shard: Shard = field(default_factory=Shard)
    broker_url: Secret | None = None
    vault: VaultPlace | None = None
    otlp: OtlpSettings | None = None

    @property
    def region_secrets(self) -> Mapping[str, Mapping[str, str]]:
        """Per region, the names of secrets by the names that probes use."""
        return {name: region.secrets for name, region in self.installation.regions.items()}

    @property
    def region_titles(self) -> Mapping[str, str]:
        return {name: region.title or name for name, region in self.installation.regions.items()}

    @property
    def reports_folder(self) -> Path:
        return self.data_dir / "reports"
