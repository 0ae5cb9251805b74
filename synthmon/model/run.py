"""What one run of a probe found: frozen, redacted, complete enough to be read on its own.

Instants are aware datetimes in UTC; durations are seconds from a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha1
from itertools import chain
from typing import Any

from synthmon.nouns import dataclass
from synthmon.patterns import regular

_NAMESPACE = bytes.fromhex("b2f1c3de6a0e5d558f363d1a5a2d9a11")  # fixed for ever: run ids hang on it

_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_RUN_ID = regular("([0-9a-f]{8})-([0-9a-f]{4})-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SLOTS = (1 << 48) - 1  # milliseconds, more than there are from the epoch to the end of the year 9999


class Outcome(StrEnum):
    """Of a step or a run. FAILED is the target's fault, ERROR is ours: the probe could not judge."""

    PASSED = "passed"
    DEGRADED = "degraded"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    MISSED = "missed"

    @property
    def judged(self) -> bool:
        """Whether the target was judged at all: only judged runs count for availability and for alerts."""
        return self in _JUDGED

    @property
    def good(self) -> bool:
        return self in _GOOD

    @property
    def broken(self) -> bool:
        """Whether a step with this outcome stops the journey."""
        return self in _BROKEN


_JUDGED = frozenset({Outcome.PASSED, Outcome.DEGRADED, Outcome.FAILED})
_GOOD = frozenset({Outcome.PASSED, Outcome.DEGRADED})
_BROKEN = frozenset({Outcome.FAILED, Outcome.ERROR})


class FailureKind(StrEnum):
    """Public names for why a step did not pass; finer detail goes into the message and `Failure.detail`."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    DECODE = "decode"
    REDIRECT = "redirect"
    STATUS = "status"
    HEADER = "header"
    BODY = "body"
    SCHEMA = "schema"
    CAPTURE = "capture"
    BUDGET = "budget"
    AUTH = "auth"
    POLL = "poll"
    POLICY = "policy"
    SECRET = "secret"  # noqa: S105 - a kind of failure, not a value
    TEMPLATE = "template"
    RESOURCE = "resource"
    RESOLVER = "resolver"
    STALL = "stall"
    SUSPENDED = "suspended"
    SHUTDOWN = "shutdown"
    INTERNAL = "internal"

    @property
    def is_ours(self) -> bool:
        """True when synthmon could not judge; false when the target is at fault."""
        return self in _OURS


_OURS = frozenset(
    {
        FailureKind.SECRET,
        FailureKind.TEMPLATE,
        FailureKind.RESOURCE,
        FailureKind.RESOLVER,
        FailureKind.STALL,
        FailureKind.SUSPENDED,
        FailureKind.SHUTDOWN,
        FailureKind.INTERNAL,
    }
)


class RunKind(StrEnum):
    SCHEDULED = "scheduled"
    CONFIRM = "confirm"
    MANUAL = "manual"


def to_millis(instant: datetime) -> int:
    """Milliseconds since the epoch, rounded down; refuses a naive instant."""
    if instant.tzinfo is None:
        raise ValueError(f"a naive instant has no place on the time line: {instant!r}")
    return (instant - _EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The instant, in UTC, exact to the millisecond."""
    if not isinstance(millis, int):
        raise TypeError(f"not a whole number of milliseconds: {millis!r:.80}")
    return _EPOCH + timedelta(milliseconds=millis)


@lru_cache(maxsize=1024)
def _identity(key: RunKey) -> str:
    """A UUID of version 8 (RFC 9562, section 5.8) that begins with the slot, as those of version 7 do with an instant.

    The rest is a hash of everything, also of the slot: by the last bits of a trace's id it is drawn which traces are
    looked at. Remembered for a while, as whoever handles a run asks for its id several times.
    """
    slot = to_millis(key.slot)
    words = "\x1f".join((key.environment, key.probe, key.region, str(slot), key.kind, str(key.n)))
    digest = sha1(_NAMESPACE + words.encode(), usedforsecurity=False).digest()
    whole = bytearray((slot & _SLOTS).to_bytes(6) + digest[:10])
    whole[6], whole[8] = whole[6] & 0x0F | 0x80, whole[8] & 0x3F | 0x80
    found = whole.hex()
    return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"


def slot_in(run_id: str) -> datetime | None:
    """The slot with which the id of a run begins; None for what is no id of one: it may have been typed by anybody."""
    found = _RUN_ID.fullmatch(run_id)
    try:
        return None if found is None else from_millis(int(found[1] + found[2], 16))
    except OverflowError:  # beyond the year 9999
        return None


@dataclass(frozen=True, slots=True)
class RunKey:
    """Which run this is. Derived from meaning: the same run delivered twice has the same id and is kept once.

    `slot` is the instant at which the run was due (for a manual run: when it was asked for); its precision is 1 ms.
    `n` numbers the confirmations of one slot. Ids begin with the slot, so that who knows one knows where to look for
    the run, and those that are kept together stand together.
    """

    environment: str
    probe: str
    region: str
    slot: datetime
    kind: RunKind = RunKind.SCHEDULED
    n: int = 0

    @property
    def id(self) -> str:
        return _identity(self)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step is not `passed`. A degraded step has them too (kind `budget`, or `auth` for an early rejection).

    Everything is redacted and safe to show as text; `expected` and `actual` are short.
    """

    kind: FailureKind
    message: str
    expected: str | None = None
    actual: str | None = None
    detail: str | None = None
    source: str | None = None  # path:line:column of the declaration


@dataclass(frozen=True, slots=True)
class Phases:
    """Where the time of one exchange went, in seconds; None where a phase did not happen (a reused connection)."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    send: float | None = None
    first_byte: float | None = None
    transfer: float | None = None
    total: float | None = None


class ExchangePurpose(StrEnum):
    REQUEST = "request"
    REDIRECT = "redirect"
    POLL = "poll"
    TOKEN = "token"  # noqa: S105 - a purpose, not a value
    RESEND = "resend"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on the wire and what came back: a hop, a poll attempt or a token request. `url` is scrubbed.

    `attempt` counts how often a step with `retry` was tried, from 1. `cached`: a cache says that it answered.
    `fallback`: the address that was tried first did not answer, another one of the name did. `proxy`: through which it
    went, and then `address` is the proxy's. `certificate_until`: of a connection that was opened for this exchange.
    """

    purpose: ExchangePurpose
    method: str
    url: str
    offset: float  # seconds from the start of the run
    phases: Phases
    status: int | None = None
    address: str | None = None
    http_version: str | None = None
    reused: bool = False
    received: int = 0  # bytes of body as read from the wire
    failure: Failure | None = None
    attempt: int = 1
    cached: bool = False
    fallback: bool = False
    proxy: str | None = None
    certificate_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AssertionResult:
    """One thing that had to be true. `subject` reads like `status`, `header Content-Type`, `$.user.email`, `schema`.

    With `warning` it only degrades the step.
    """

    subject: str
    expected: str
    actual: str
    passed: bool
    message: str = ""
    source: str | None = None
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """The redacted request and response of a broken step; bodies are cut at 4 KiB, `…_truncated` says so."""

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: str | None = None
    request_body_truncated: bool = False
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: str | None = None
    response_body_truncated: bool = False
    command: str | None = None  # the request for a shell, secrets as variables


class _Said:
    """Room for all texts of a value in one, as answers that are built alike share a shape; no field of it."""

    __slots__ = ("_said",)

    _said: tuple[str, int]


@dataclass(frozen=True, slots=True)
class AnswerShape(_Said):
    """What an answer looked like, whether it was good or not: never what it said.

    `headers` are names in lower case, with the value where it is of the service and not of one answer, else empty;
    `body` are the places of a JSON body, such as `$.items[*].id`, each with its type or types in words.
    """

    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> tuple[str, int]:
        """Each text once, on lines of their own, and how long the longest is."""
        try:
            found: tuple[str, int] = self._said
        except AttributeError:
            texts = dict.fromkeys(chain.from_iterable((*self.headers, *self.body)))
            found = ("\n".join(texts), max(map(len, texts), default=0))
            object.__setattr__(self, "_said", found)
        return found


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step found. `latency` is what is held against the budget (for a poll: the slowest attempt)."""

    id: str
    name: str
    outcome: Outcome
    offset: float  # seconds from the start of the run
    duration: float  # seconds from the first byte sent for this step, or its rendering, to its end
    latency: float | None = None
    latency_budget: float | None = None
    phases: Phases = field(default_factory=Phases)  # of the judged request, redirects included
    status: int | None = None
    assertions: tuple[AssertionResult, ...] = ()
    failures: tuple[Failure, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    captured: Mapping[str, str] = field(default_factory=dict)  # name -> value as shown, secrets masked
    evidence: Evidence | None = None
    skipped_because: str | None = None
    excused: bool = False  # it broke or was too slow, and was declared with `allow_failure`: it does not count
    unverified: str | None = None  # why its target's certificate was not verified
    shape: AnswerShape | None = None  # of the answer that was judged

    @property
    def attempts(self) -> int:
        """How often a step with `retry` was tried."""
        if len(self.exchanges) == 1:
            return self.exchanges[0].attempt
        return max((exchange.attempt for exchange in self.exchanges), default=1)

    @property
    def polled(self) -> int:
        """How often a step with `poll` asked."""
        return sum(exchange.purpose is ExchangePurpose.POLL for exchange in self.exchanges)

    @property
    def flaky(self) -> bool:
        """Whether it is good, but not at the first attempt."""
        return self.attempts > 1 and self.outcome.good


@dataclass(frozen=True, slots=True)
class Quality:
    """How far to trust the figures of a run: seconds of interpreter lag and of lateness after the slot."""

    late: float = 0.0
    lag: float = 0.0
    suspect: bool = False  # lag was high enough that latencies are not held against budgets


@dataclass(frozen=True, slots=True)
class Leftover:
    """What an earlier run left behind, and what a later one could do about it.

    `given_up`: why nobody will try again. `tries` counts those of later runs.
    """

    run: str  # the id of the run that left it
    slot: datetime  # of that run
    tries: int
    steps: tuple[StepResult, ...] = ()
    given_up: str | None = None

    @property
    def cleaned(self) -> bool:
        return self.given_up is None and not any(step.outcome.broken and not step.excused for step in self.steps)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run found, as it is kept and as `synthmon run --json` prints it."""

    key: RunKey
    started_at: datetime
    duration: float
    outcome: Outcome
    steps: tuple[StepResult, ...] = ()
    cleanup: tuple[StepResult, ...] = ()
    failures: tuple[Failure, ...] = ()  # of the first broken step; for a degraded run, of every degraded step
    failed_step: str | None = None  # id of the first broken step, or of the first degraded one
    flaky: bool = False
    quality: Quality = field(default_factory=Quality)
    probe_hash: str = ""
    latency: float | None = None  # of the journey, as held against its budget
    latency_budget: float | None = None
    reason: str | None = None  # why it was skipped
    trace_id: str | None = None
    leftovers: tuple[Leftover, ...] = ()  # of earlier runs, which this one tried to clean up

    @property
    def id(self) -> str:
        return self.key.id

    @property
    def cleanup_failed(self) -> bool:
        """Whether something is left behind at the target, of this run or of those it tried to clean up after."""
        if not (self.cleanup or self.leftovers):
            return False
        own = any(step.outcome.broken and not step.excused for step in self.cleanup)
        return own or any(not leftover.cleaned for leftover in self.leftovers)

    @property
    def every_step(self) -> tuple[StepResult, ...]:
        """Of the journey, its cleanup, and the cleanup of earlier runs."""
        if not (self.cleanup or self.leftovers):
            return self.steps
        return (*self.steps, *self.cleanup, *(step for leftover in self.leftovers for step in leftover.steps))

    def step(self, step_id: str) -> StepResult | None:
        return next((step for step in self.steps + self.cleanup if step.id == step_id), None)


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that was made elsewhere and whose result is kept from there; `result` is an outline, without steps."""

    result: RunResult


Json = Any
"""A parsed JSON value: None, bool, int, float, str, list or dict."""
