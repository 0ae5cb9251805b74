"""What the judge believes and decides: region states, verdicts, incidents, and what is owed to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID, uuid5

from synthmon.model import words
from synthmon.model.probe import Severity, Track
from synthmon.model.run import FailureKind, RunKey, to_millis
from synthmon.nouns import dataclass

_NAMESPACE = UUID("7d0f2d64-0f3b-5b0b-9b57-5b2d5f3f0c8e")  # fixed for ever: incident ids hang on it


@lru_cache(maxsize=4096)
def _identity(parts: str) -> str:
    """Remembered for a while: the same few incidents are looked at again and again."""
    return str(uuid5(_NAMESPACE, parts))


class Health(StrEnum):
    """What we believe of a probe now."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class RegionPhase(StrEnum):
    """Where a probe stands in one region; the SOFT phases are not yet believed."""

    NEW = "new"
    UP = "up"
    SOFT_DOWN = "soft_down"
    DOWN = "down"
    SOFT_UP = "soft_up"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class RunNote:
    """The little of a run that judging and telling need.

    `condition` is what follows `is` in a message, where the track alone does not say it: a region is silent, suspect.
    """

    run_id: str
    slot: datetime
    region: str
    step: str | None = None  # id
    step_name: str | None = None
    kind: FailureKind | None = None
    message: str = ""
    expected: str | None = None
    actual: str | None = None
    phases: Mapping[str, float] = field(default_factory=dict)  # seconds by name, of the step's judged request
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class TrackState:
    """One track (down, slow or cleanup) of one probe in one region.

    `recent`: newest last, True is bad; bounded by policy.
    `held` names the alert rules that have held here since the region went down; empty while it is up.
    """

    phase: RegionPhase = RegionPhase.NEW
    count: int = 0  # bad runs in SOFT_DOWN, good runs in SOFT_UP
    before_blind: RegionPhase | None = None
    since: datetime | None = None  # slot at which the present phase began; for DOWN the slot of the first bad run
    recent: tuple[bool, ...] = ()
    first_bad: RunNote | None = None
    last_bad: RunNote | None = None
    held: tuple[str, ...] = ()
    last_good_slot: datetime | None = None
    recovered_slot: datetime | None = None  # of the run that last brought it back from DOWN to UP


@dataclass(frozen=True, slots=True)
class Sample:
    """A scheduled run that judged the target, as rates and latencies remember it; `latency` in seconds, None if failed.

    A latency that is not to be trusted is None too.
    """

    slot: datetime
    bad: bool
    latency: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Runs of the `number`th stretch since the epoch; `excused` are those within maintenance, judged or not."""

    number: int
    judged: int = 0
    bad: int = 0
    excused: int = 0


@dataclass(frozen=True, slots=True)
class Spending:
    """How an objective fared of late in one region, oldest first: for an hour, six hours and three days."""

    minutes: tuple[Bucket, ...] = ()
    fives: tuple[Bucket, ...] = ()  # of five minutes
    hours: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionState:
    """What is believed of one probe in one region.

    `last_order` and `last_slot` are of the newest run that judged the target, which is what staleness counts from;
    `last_outcome` and `last_run_id` are of the newest run of any outcome; `heard_slot` is the newest slot for which one
    came, and not later than when it did. `samples`, `spending` (by objective) and
    `watched_since` (from when on data is expected) are kept only where an alert rule asks for them.
    """

    probe: str
    region: str
    tracks: Mapping[Track, TrackState] = field(default_factory=dict)
    last_order: tuple[int, str, int] | None = None  # (slot in ms, kind, n)
    last_slot: datetime | None = None
    last_good_slot: datetime | None = None
    last_outcome: str | None = None
    last_run_id: str | None = None
    heard_slot: datetime | None = None
    samples: tuple[Sample, ...] = ()
    spending: Mapping[str, Spending] = field(default_factory=dict)
    watched_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is believed of a probe over its regions, and why; `reason` is a sentence for people."""

    probe: str
    health: Health
    at: datetime
    regions: Mapping[str, RegionPhase]
    reason: str
    known: int = 0
    down: int = 0


class IncidentStatus(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Incident:
    """From the judgement that opened it to the one that resolved it. `began_at` is the slot of the first bad run.

    `channels` are those that ought to be told; `told` those that were owed a trigger, which are owed the rest of the
    story. `withheld` says why nobody is told for now. All timers of an incident follow from its instants.
    """

    environment: str
    probe: str
    probe_title: str
    track: Track
    generation: int
    severity: Severity
    opened_at: datetime
    began_at: datetime
    regions: tuple[str, ...]
    reason: str  # a sentence: what is wrong
    cause: RunNote
    channels: tuple[str, ...]
    alert: str  # name of the rule
    status: IncidentStatus = IncidentStatus.OPEN
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_because: str | None = None
    owner: str | None = None
    runbook: str | None = None
    told: tuple[str, ...] = ()
    told_at: datetime | None = None  # when people were first told
    withheld: str | None = None
    reminded: int = 0  # how often people were reminded since they were told, or since an acknowledgement expired
    escalated: tuple[str, ...] = ()  # levels that were told, as `channel/number`
    acknowledgement_ended_at: datetime | None = None  # when the last one expired
    turns: tuple[datetime, ...] = ()  # hard changes of late, over generations: what flapping is told by
    held_since: datetime | None = None  # it is up since then, and stays open because it flaps
    held: str | None = None  # the same in words, with until when
    changed_at: datetime | None = None  # when the cause was last replaced by another
    parent: str | None = None  # the probe it depends on, or the region, whose incident speaks for this one
    found: str | None = None  # the cause, as people found it

    @property
    def dedup_key(self) -> str:
        """Static, so that a restart or a second sender merges inside the pager instead of paging twice."""
        return f"synthmon/{self.environment}/{self.track}/{self.probe}"

    @property
    def id(self) -> str:
        parts = (self.dedup_key, str(self.generation), str(to_millis(self.opened_at)))
        return _identity("\x1f".join(parts))

    @property
    def current(self) -> bool:
        return self.status is not IncidentStatus.RESOLVED


class Occasion(StrEnum):
    """Why a notification is owed."""

    TRIGGER = "trigger"
    RESOLVE = "resolve"
    ACKNOWLEDGE = "acknowledge"
    REMIND = "remind"
    TEST = "test"
    LOOK = "look"  # nothing is said: the receiver is asked whether the test before it arrived


@dataclass(frozen=True, slots=True)
class Message:
    """All that a channel needs to tell a person; plain, redacted values, so a channel never has to ask anybody.

    `basis` says on what the judgement rests, such as "judged on 1 of 3 regions". `phases` are seconds by name.
    """

    title: str
    summary: str
    probe: str
    probe_title: str
    environment: str
    track: Track
    severity: Severity
    occasion: Occasion
    began_at: datetime
    decided_at: datetime
    regions: tuple[str, ...]
    basis: str
    incident_id: str
    step: str | None = None
    step_name: str | None = None
    cause_kind: str | None = None
    cause: str | None = None
    expected: str | None = None
    actual: str | None = None
    phases: Mapping[str, float] = field(default_factory=dict)
    last_good_at: datetime | None = None
    resolved_at: datetime | None = None
    owner: str | None = None
    runbook: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """One message owed to one channel about one incident. The row is the queue; delivery is at least once."""

    incident_id: str
    generation: int
    occasion: Occasion
    channel: str
    dedup_key: str
    created_at: datetime
    message: Message
    level: int = 0
    sequence: int = 0

    @property
    def id(self) -> str:
        parts = (
            self.incident_id,
            str(self.generation),
            self.occasion,
            str(self.level),
            self.channel,
            str(self.sequence),
        )
        return _identity("\x1f".join(parts))


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the delivery of a notification stands. `attempts` were made; `next_at` is when the next one is due."""

    notification: Notification
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    next_at: datetime | None = None
    last_error: str | None = None
    sent_at: datetime | None = None

    @property
    def waits(self) -> str | None:
        """Until when and why nobody tried yet, of one that was put off because its channel has heard enough."""
        new = self.status is DeliveryStatus.PENDING and self.attempts == 0
        if not new or self.next_at is None or self.next_at <= self.notification.created_at:
            return None
        return f"waits until {words.instant(self.next_at)} to go with others: the channel has heard enough this minute"


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One line of an incident's timeline: `what` is opened, acknowledged, resolved, note, …."""

    incident_id: str
    at: datetime
    what: str
    text: str
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class HealthChange:
    """The judge's belief of a probe changed at `at`; `region` None means over all regions."""

    probe: str
    region: str | None
    at: datetime
    health: Health
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """All that one turn of the judge changes; `Store.apply` commits it in one transaction with the watermark."""

    watermark: int
    states: tuple[RegionState, ...] = ()
    incidents: tuple[Incident, ...] = ()  # new or changed, whole
    events: tuple[IncidentEvent, ...] = ()
    notifications: tuple[Notification, ...] = ()
    health: tuple[HealthChange, ...] = ()
    asked: tuple[RunKey, ...] = ()  # confirmations to run now; nothing is lost if they are not
