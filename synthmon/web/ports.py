"""What the pages are handed: what to read, what they may do, and how the daemon is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synthmon.identity.lifetimes import Lifetimes
from synthmon.model.agent import Asked, Delivered, Heartbeat
from synthmon.model.probe import Probe
from synthmon.model.quiet import Quiet
from synthmon.model.run import Json
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.web.public.keeping import Kept, nothing_public

if TYPE_CHECKING:  # types alone: an agent, which shows no page, need not load what pages are made of
    from synthmon.identity.oidc.provider import Provider
    from synthmon.judge.windows import Window
    from synthmon.model.term import Term
    from synthmon.reports.figures.report import Report
    from synthmon.store.interface import Store


@dataclass(frozen=True, slots=True)
class Leader:
    """Who judges: the newest term, and whether it is this process's."""

    term: Term
    itself: bool


@dataclass(frozen=True, slots=True)
class Traces:
    """How runs get to the collector of traces: `trouble` says why they do not; `dropped` were let go."""

    trouble: str | None
    waiting: int
    sent: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the daemon itself is. `troubles` are sentences for people; none means that every loop lives. `remarks`
    are worth knowing and make nothing unwell.

    `regions` are those of the pages' heading; `regions_run_here` those whose probes this very process runs.
    `lag` is the worst recent interpreter lag in seconds; `waiting` results are not kept yet. `traces` is None where
    nobody collects them.
    """

    started_at: datetime
    version: str
    regions: tuple[str, ...]
    running: int = 0
    workers: int = 0
    waiting: int = 0
    dropped: int = 0
    owed: int = 0
    lag: float = 0.0
    last_turn_at: datetime | None = None
    leader: Leader | None = None
    troubles: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    regions_run_here: tuple[str, ...] = ()
    traces: Traces | None = None


class People(Protocol):
    """What people do through pages and API. Whoever acts is named; what is asked for has been checked."""

    def ask_for(self, quiet: Quiet) -> None: ...

    def lift(self, quiet_id: str, actor: str) -> bool:
        """End it now; False if there is none of that id, or it is over."""
        ...

    def annotate(self, incident_id: str, what: str, text: str, actor: str) -> bool:
        """Add a `note` or the `cause`; False if there is no such incident."""
        ...

    def take_on(self, incident_ids: Sequence[str], actor: str) -> int:
        """Acknowledge them all without a word to anybody; how many were open."""
        ...


class Presence(Protocol):
    """One agent, as it last said, and how it looks from here."""

    @property
    def heartbeat(self) -> Heartbeat: ...
    @property
    def silent(self) -> bool: ...
    @property
    def same_configuration(self) -> bool: ...
    @property
    def remarks(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Declaration:
    """What agents pull: the document of what is declared, deflated with gzip, and the tag that stands for it."""

    etag: str
    content: bytes
    config_hash: str


class Agents(Protocol):
    """What the agents of other regions are answered by. The region is that of the token, whatever a body says."""

    def admit(self, token: str) -> str:
        """The region; raises `NotAdmitted`."""
        ...

    def take(self, region: str, body: Json) -> Delivered:
        """Raises `MalformedDocument` for a body of no use."""
        ...

    def hear(self, region: str, body: Json) -> Heartbeat: ...

    def asked(self, region: str, after: int) -> Asked: ...

    def nothing_asked(self, region: str, after: int) -> bool:
        """Whether no question after that number is known, and another looks for some; looks at no database itself.

        Whoever hears False is to look, by `asked`.
        """
        ...

    def durable(self, region: str, spool: str) -> int: ...

    def declaration(self) -> Declaration: ...

    def present(self) -> Sequence[Presence]: ...

    def add_token(self, region: str) -> Mapping[str, str | None]:
        """A new token, under `token`; raises `ConfigurationError` for an unknown region."""
        ...

    def rotate_token(self, region: str, overlap: float) -> Mapping[str, str | None]: ...

    def revoke_tokens(self, region: str, token_id: str | None) -> Sequence[Mapping[str, str | None]]: ...

    def tokens(self) -> Sequence[Mapping[str, str | None]]: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which probes figures are about: those that have one of the names, tags or owners; all where nothing is named."""

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """How an objective stood at `at`: the share of its error budget that is `left`; None where nothing was judged."""

    probe: str
    objective: str
    target: float
    achieved: float | None
    left: float | None
    at: datetime


@dataclass(frozen=True, slots=True)
class WebPorts:
    """`config_problems` are the rendered problems of files that were refused on reload; the old ones are in force.

    `api_token`, `password`, `provider` and `lifetimes` are about who may come in: see `identity.desk.Ways`.
    `here_only`: only this machine reaches the pages. `open_to_all` names what is answered without signing in;
    `public_url` is the declared address of the pages, if any.
    `acknowledge(incident_id, actor)` says whether the incident was open; `run_again(probe, region)` gives the id of
    the run that was started. `figures(start, end, chosen)` gives the JSON document of a report of that period, now.
    `windows` is the maintenance that recurs; `link_base` the address under which people reach the pages;
    `acknowledged_for` is how long an acknowledgement holds.
    """

    store: Store
    environment: str
    probes: Callable[[], Mapping[str, Probe]]
    config_problems: Callable[[], tuple[str, ...]]
    acknowledge: Callable[[str, str], bool]
    run_again: Callable[[str, str], str | None]
    people: People
    agents: Agents
    pulse: Callable[[], Pulse]
    now: Callable[[], datetime]
    reports: Path
    figures: Callable[[datetime, datetime, Chosen], dict[str, Any]]
    api_token: Secret
    password: Secret | None = None
    provider: Provider | None = None
    here_only: bool = True
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    public_url: str | None = None
    open_to_all: frozenset[str] = frozenset({"healthz"})
    trace_url: str | None = None
    budgets: Callable[[], Sequence[Budget]] = tuple
    link_base: Callable[[], str | None] = lambda: None
    acknowledged_for: Callable[[], timedelta] = lambda: timedelta(hours=8)
    windows: Callable[[], Sequence[Window]] = tuple
    region_titles: Mapping[str, str] = field(default_factory=dict)
    hook_secrets: Callable[[], Mapping[str, Secret]] = dict  # of channels whose pager calls us, by name
    report_of: Callable[[str, timedelta], Report | None] = lambda _probe, _back: None  # of one probe, so long until now
    public_titles: Callable[[str], Sequence[str]] = lambda _probe: ()  # what everybody calls what a probe stands for
    has_public: Callable[[], bool] = lambda: False  # whether there is a page for everybody
    public: Kept = field(default_factory=nothing_public)  # the answers of the page for everybody
