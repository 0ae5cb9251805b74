"""A run as programs get it: the document that `synthmon run --json` prints, described.

The fields are those of `wire.to_json`; a test holds that neither has one that the other lacks.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthmon.model.run import ExchangePurpose, FailureKind, Outcome, RunKind
from synthmon.web.api.fields import Answer, Instant


class FailureDocument(Answer):
    """Why a step did not pass. Everything is redacted."""

    kind: FailureKind
    message: str
    expected: str | None
    actual: str | None
    detail: str | None
    source: str | None = Field(description="`path:line:column` of the declaration.")


class PhasesDocument(Answer):
    """Where the time of an exchange went, in seconds; null for a phase that did not happen."""

    dns: float | None
    connect: float | None
    tls: float | None
    send: float | None
    first_byte: float | None
    transfer: float | None
    total: float | None


class AssertionDocument(Answer):
    """One thing that had to be true."""

    subject: str
    expected: str
    actual: str
    passed: bool
    message: str
    source: str | None
    warning: bool = Field(description="It only degrades the step.")


class ExchangeDocument(Answer):
    """One request on the wire and what came back."""

    purpose: ExchangePurpose
    method: str
    url: str = Field(description="Scrubbed of secrets.")
    status: int | None
    offset: float = Field(description="Seconds from the start of the run.")
    phases: PhasesDocument
    address: str | None
    http_version: str | None
    reused: bool
    received: int = Field(description="Bytes of body as read from the wire.")
    failure: FailureDocument | None
    attempt: int
    cached: bool
    fallback: bool
    proxy: str | None
    certificate_until: Instant | None


class EvidenceDocument(Answer):
    """The redacted request and response of a broken step."""

    method: str
    url: str
    request_headers: list[tuple[str, str]]
    request_body: str | None
    request_body_truncated: bool
    status: int | None
    response_headers: list[tuple[str, str]]
    response_body: str | None
    response_body_truncated: bool
    command: str | None = Field(description="The request for a shell, secrets as variables.")


class ShapeDocument(Answer):
    """What an answer looked like, never what it said."""

    headers: list[tuple[str, str]] = Field(description="Names, with the value where it is the service's.")
    body: list[tuple[str, str]] = Field(description="Places of a JSON body, each with its types in words.")


class StepDocument(Answer):
    """What one step found."""

    id: str
    name: str
    outcome: Outcome
    status: int | None
    offset: float = Field(description="Seconds from the start of the run.")
    duration: float = Field(description="Seconds.")
    latency: float | None = Field(description="Seconds, as held against the budget.")
    latency_budget: float | None = Field(description="Seconds.")
    phases: PhasesDocument
    assertions: list[AssertionDocument]
    failures: list[FailureDocument]
    exchanges: list[ExchangeDocument]
    captured: dict[str, str] = Field(description="Values as shown, secrets masked.")
    evidence: EvidenceDocument | None
    skipped_because: str | None
    excused: bool
    unverified: str | None
    shape: ShapeDocument | None


class LeftoverDocument(Answer):
    """What an earlier run left behind, and what this one could do about it."""

    run: str
    slot: Instant
    tries: int
    steps: list[StepDocument]
    given_up: str | None


class QualityDocument(Answer):
    """How far to trust the figures of a run."""

    late: float = Field(description="Seconds after the slot.")
    lag: float = Field(description="Seconds of interpreter lag.")
    suspect: bool


class RunDocument(Answer):
    """One run with its steps."""

    format: Literal[1]
    id: str
    environment: str
    probe: str
    region: str
    slot: Instant = Field(description="When it was due.")
    kind: RunKind
    n: int
    started_at: Instant
    duration: float = Field(description="Seconds.")
    outcome: Outcome
    failed_step: str | None
    reason: str | None = Field(description="Why it was skipped.")
    failures: list[FailureDocument]
    latency: float | None = Field(description="Seconds of the journey, as held against its budget.")
    latency_budget: float | None = Field(description="Seconds.")
    flaky: bool
    quality: QualityDocument
    probe_hash: str
    trace_id: str | None = Field(description="Of the W3C trace that its requests carried.")
    steps: list[StepDocument]
    cleanup: list[StepDocument]
    leftovers: list[LeftoverDocument]
