"""What a probe declares around its journey: when and where it runs, what is good, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from synthmon.model import words
from synthmon.model.condition import Condition
from synthmon.model.journey import Journey
from synthmon.model.network import Network
from synthmon.model.reach import Reach, Trust
from synthmon.model.text import Tree
from synthmon.model.timing import Cron, Timing, often
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class ProbeRegion:
    """A region in which the probe runs; `variables` win over the journey's own there.

    `network` is how its targets are reached from there, with what the probe and the installation say already joined.
    """

    name: str
    variables: Mapping[str, Tree] = field(default_factory=dict)
    network: Network = field(default_factory=Network)


@dataclass(frozen=True, slots=True)
class Objective:
    """A service level objective. `target` is a fraction (0.999), `window` seconds.

    `within` bounds the latency of a good run: seconds, or None for an objective of availability.
    """

    name: str
    target: float
    window: float
    within: float | None = None


class Track(StrEnum):
    """What an incident is about; at most one is open per probe and track."""

    DOWN = "down"
    SLOW = "slow"
    BUDGET = "budget"
    CLEANUP = "cleanup"
    NO_DATA = "no_data"
    SYNTHMON = "synthmon"
    NOTIFY = "notify"
    REGION = "region"


OWN_TRACKS = frozenset({Track.SYNTHMON, Track.NOTIFY, Track.REGION})
"""Those about synthmon itself: the subject of such an incident is no probe."""


NAMESAKES = frozenset({Track.NOTIFY, Track.REGION})
"""Those whose subject is a channel or a region, which may be called like a probe."""


class Severity(StrEnum):
    """PAGE wakes somebody; TICKET waits for the morning."""

    PAGE = "page"
    TICKET = "ticket"


class RegionQuorum(StrEnum):
    MAJORITY = "majority"
    ANY = "any"


_BAD: Mapping[Track, str] = {Track.DOWN: "failed", Track.SLOW: "degraded", Track.CLEANUP: "left something behind"}


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When somebody is told: `at_least` of the last `of` judged runs in a region were bad, in so many regions.

    `failures: 3` is `at_least=3, of=3`: three in a row. `notify` names channels; empty means that routes decide.
    With a `condition`, that is waited for instead, and `at_least` and `of` say nothing.
    """

    name: str
    track: Track
    at_least: int
    of: int
    regions: int | RegionQuorum = RegionQuorum.MAJORITY
    severity: Severity = Severity.PAGE
    notify: tuple[str, ...] = ()
    runbook: str | None = None
    condition: Condition | None = None

    @property
    def consecutive(self) -> bool:
        return self.condition is None and self.at_least == self.of

    @property
    def waits_for(self) -> str:
        """In words: `2 in a row failed`, `p95 above 1.00 s over 15 min`."""
        if self.condition is not None:
            return str(self.condition)
        needed = f"{self.at_least} in a row" if self.consecutive else f"{self.at_least} of {self.of}"
        return f"{needed} {_BAD[self.track]}"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Probe:
    """One declared unit of monitoring. `name` is its identity: history hangs on it."""

    name: str
    title: str
    journey: Journey
    interval: float  # seconds; of a `cron` the shortest time between two of its minutes
    regions: tuple[ProbeRegion, ...]
    alerts: tuple[AlertRule, ...]
    content_hash: str  # sha256 of the file, of the schemas it uses and of the files it sends, hex
    path: str
    yaml: str  # the file as written, for the probe's page; literals under secret keys are refused on reading
    description: str = ""
    owner: str | None = None
    runbook: str | None = None
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    objectives: tuple[Objective, ...] = ()
    depends_on: tuple[str, ...] = ()  # names of probes whose outage explains one of this
    trust: Trust = Trust.OPERATOR
    reach: Reach = field(default_factory=Reach)  # whom the installation lets it reach
    cron: Cron | None = None  # when it is due, in place of the interval
    traced: bool = True  # whether its requests carry a `traceparent`, as the installation says

    @property
    def timing(self) -> Timing:
        return self.cron or self.interval

    @property
    def often(self) -> str:
        """In words: `every 5 min`, `at 0 8 * * 1-5 (Europe/Berlin)`."""
        return f"every {words.span(self.interval)}" if self.cron is None else often(self.cron)

    def later(self, slot: datetime, number: int) -> datetime:
        """The slot that comes so many after this one, in the same region."""
        if self.cron is None:
            return slot + timedelta(seconds=number * self.interval)
        minute = slot.replace(second=0, microsecond=0)
        within = slot - minute
        for _ in range(number):
            minute = self.cron.next(minute)
        return minute + within

    def region(self, name: str) -> ProbeRegion | None:
        return next((region for region in self.regions if region.name == name), None)
