"""What a journey declares: its steps, how each is tried, and what always runs afterwards.

Everything here is as written, with defaults filled in by `probefile`: nothing is rendered yet. Durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import StrEnum

from synthmon.model.answer import Capture, Expect, StatusRange
from synthmon.model.auth import Auth, OAuth2Profile
from synthmon.model.network import WARN_BEFORE, Tls
from synthmon.model.request import FileContent, RequestSpec
from synthmon.model.text import Source, Template, Tree
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Poll:
    """Repeat the request every `every` seconds, at most `timeout` seconds, until `until` holds; `fail_if` gives up."""

    every: float
    timeout: float
    until: Expect
    fail_if: Expect | None = None


class RetryCause(StrEnum):
    """Faults on the way to an answer, after which a request may be sent once more."""

    CONNECTION_ERROR = "connection_error"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the request again after `delay` seconds if no answer came, or one with one of `statuses`.

    `attempts` counts the first. What an answer says is never tried again for.
    """

    attempts: int
    delay: float = 1.0
    causes: frozenset[RetryCause] = frozenset(RetryCause)
    statuses: tuple[StatusRange, ...] = (StatusRange(502, 504),)


@dataclass(frozen=True, slots=True)
class Input:
    """A value that a step hands to the block it uses. `kind`: the type it must have; `secret`: never shown."""

    value: Tree
    source: Source
    kind: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Step:
    """One request and what must be true of its answer.

    It is made only if every one of `conditions` is true. `allow_failure`: what it finds does not count for the run.
    `block`: the file that the request was taken from, as people wrote it; `inputs` are what that block sees.
    """

    id: str
    name: str
    request: RequestSpec
    expect: Expect
    source: Source
    captures: tuple[Capture, ...] = ()
    auth: Auth | None = None
    poll: Poll | None = None
    timeout: float = 15.0
    latency_budget: float | None = None  # slower is degraded
    hard_budget: float | None = None  # slower has failed
    phase_budgets: tuple[tuple[str, float], ...] = ()  # a field of `Phases`, and the seconds beyond which it degrades
    retry: Retry | None = None
    warn: Expect | None = None  # what degrades the step where it is not true
    conditions: tuple[Template, ...] = ()
    allow_failure: bool = False
    block: str | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)
    tls: Tls | None = None

    @property
    def can_degrade(self) -> bool:
        """Whether anything declared here tells a step that works from one that works well."""
        watched = self.tls is not None and self.tls.warn_before != WARN_BEFORE
        return self.latency_budget is not None or bool(self.phase_budgets) or self.warn is not None or watched


@dataclass(frozen=True, slots=True)
class Journey:
    """Ordered steps, then a cleanup that always runs."""

    steps: tuple[Step, ...]
    timeout: float
    cleanup: tuple[Step, ...] = ()
    variables: Mapping[str, Tree] = field(default_factory=dict)
    auth: Mapping[str, OAuth2Profile] = field(default_factory=dict)
    latency_budget: float | None = None  # slower is degraded
    hard_budget: float | None = None  # slower has failed
    redact_json: tuple[str, ...] = ()  # RFC 9535 paths whose values never leave the engine
    tls: Tls | None = None  # how token endpoints are spoken to, and steps that say nothing else

    @property
    def can_degrade(self) -> bool:
        """Whether anything declared here tells a run that works from one that works well: budgets, `warn`, how long
        certificates and tokens have to be good."""
        profiles = any(profile.renew_on_401 or profile.min_lifetime is not None for profile in self.auth.values())
        return self.latency_budget is not None or profiles or any(step.can_degrade for step in self.steps)

    @property
    def files(self) -> Iterator[FileContent]:
        """Files whose bytes belong to what is declared."""
        return (file for step in self.steps + self.cleanup for file in step.request.files)

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps + self.cleanup if step.id == step_id), None)
