"""Hypothesis strategies for every value that is kept or sent, at the precision in which it is kept."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from synthmon.model.incident import (
    Bucket,
    Incident,
    IncidentStatus,
    Message,
    Notification,
    Occasion,
    RegionPhase,
    RegionState,
    RunNote,
    Sample,
    Spending,
    TrackState,
)
from synthmon.model.probe import Severity, Track
from synthmon.model.run import (
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Failure,
    FailureKind,
    Outcome,
    Phases,
    Quality,
    RunKey,
    RunKind,
    RunResult,
    StepResult,
    from_millis,
)

T = TypeVar("T")

# Anything a target may send: control characters, NUL, halves of surrogate pairs.
texts = st.text(st.characters(codec=None), max_size=12)
identifiers = st.text(st.characters(codec="utf-8"), max_size=12)  # ids are derived from them
seconds = st.integers(0, 10**9).map(lambda micros: round(micros / 1e6, 6))
instants = st.integers(0, 4_102_444_800_000).map(from_millis)
slots = st.integers(0, 50).map(lambda n: from_millis(1_700_000_000_000 + n * 60_000))
names = st.sampled_from(["login", "checkout", "partner-sync"])
regions = st.sampled_from(["local", "eu-west"])


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


def some(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


failures = st.builds(
    Failure,
    kind=st.sampled_from(FailureKind),
    message=texts,
    expected=maybe(texts),
    actual=maybe(texts),
    detail=maybe(texts),
    source=maybe(texts),
)
phases = st.builds(Phases, **{name: maybe(seconds) for name in Phases.__dataclass_fields__})
exchanges = st.builds(
    Exchange,
    purpose=st.sampled_from(ExchangePurpose),
    method=texts,
    url=texts,
    offset=seconds,
    phases=phases,
    status=maybe(st.integers(100, 599)),
    address=maybe(texts),
    http_version=maybe(texts),
    reused=st.booleans(),
    received=st.integers(0, 2**40),
    failure=maybe(failures),
    attempt=st.integers(1, 10),
    cached=st.booleans(),
    fallback=st.booleans(),
    proxy=maybe(texts),
    certificate_until=maybe(instants),
)
assertions = st.builds(
    AssertionResult,
    subject=texts,
    expected=texts,
    actual=texts,
    passed=st.booleans(),
    message=texts,
    source=maybe(texts),
)
evidence = st.builds(
    Evidence,
    method=texts,
    url=texts,
    request_headers=some(st.tuples(texts, texts)),
    request_body=maybe(texts),
    request_body_truncated=st.booleans(),
    status=maybe(st.integers(100, 599)),
    response_headers=some(st.tuples(texts, texts)),
    response_body=maybe(texts),
    response_body_truncated=st.booleans(),
)
steps = st.builds(
    StepResult,
    id=texts,
    name=texts,
    outcome=st.sampled_from(Outcome),
    offset=seconds,
    duration=seconds,
    latency=maybe(seconds),
    latency_budget=maybe(seconds),
    phases=phases,
    status=maybe(st.integers(100, 599)),
    assertions=some(assertions),
    failures=some(failures),
    exchanges=some(exchanges),
    captured=st.dictionaries(texts, texts, max_size=2),
    evidence=maybe(evidence),
    skipped_because=maybe(texts),
    unverified=maybe(texts),
)
keys = st.builds(
    RunKey,
    environment=st.just("production"),
    probe=names,
    region=regions,
    slot=slots,
    kind=st.sampled_from(RunKind),
    n=st.integers(0, 3),
)
runs = st.builds(
    RunResult,
    key=keys,
    started_at=instants,
    duration=seconds,
    outcome=st.sampled_from(Outcome),
    steps=some(steps),
    cleanup=some(steps),
    failures=some(failures),
    failed_step=maybe(texts),
    flaky=st.booleans(),
    quality=st.builds(Quality, late=seconds, lag=seconds, suspect=st.booleans()),
    probe_hash=texts,
    latency=maybe(seconds),
    latency_budget=maybe(seconds),
    reason=maybe(texts),
    trace_id=maybe(texts),
)
notes = st.builds(
    RunNote,
    run_id=texts,
    slot=instants,
    region=regions,
    step=maybe(texts),
    step_name=maybe(texts),
    kind=maybe(st.sampled_from(FailureKind)),
    message=texts,
    expected=maybe(texts),
    actual=maybe(texts),
    phases=st.dictionaries(texts, seconds, max_size=2),
)
incidents = st.builds(
    Incident,
    environment=identifiers,
    probe=names,
    probe_title=texts,
    track=st.sampled_from(Track),
    generation=st.integers(1, 5),
    severity=st.sampled_from(Severity),
    opened_at=instants,
    began_at=instants,
    regions=some(regions),
    reason=texts,
    cause=notes,
    channels=some(texts),
    alert=texts,
    status=st.sampled_from(IncidentStatus),
    acknowledged_at=maybe(instants),
    acknowledged_by=maybe(texts),
    resolved_at=maybe(instants),
    resolved_because=maybe(texts),
    owner=maybe(texts),
    runbook=maybe(texts),
    told=some(texts),
    told_at=maybe(instants),
    withheld=maybe(texts),
    reminded=st.integers(0, 9),
    escalated=some(texts),
    acknowledgement_ended_at=maybe(instants),
    turns=some(instants),
    held_since=maybe(instants),
    held=maybe(texts),
    changed_at=maybe(instants),
    parent=maybe(names),
    found=maybe(texts),
)
messages = st.builds(
    Message,
    title=texts,
    summary=texts,
    probe=names,
    probe_title=texts,
    environment=texts,
    track=st.sampled_from(Track),
    severity=st.sampled_from(Severity),
    occasion=st.sampled_from(Occasion),
    began_at=instants,
    decided_at=instants,
    regions=some(regions),
    basis=texts,
    incident_id=texts,
    step=maybe(texts),
    step_name=maybe(texts),
    cause_kind=maybe(texts),
    cause=maybe(texts),
    expected=maybe(texts),
    actual=maybe(texts),
    phases=st.dictionaries(texts, seconds, max_size=2),
    last_good_at=maybe(instants),
    resolved_at=maybe(instants),
    owner=maybe(texts),
    runbook=maybe(texts),
    link=maybe(texts),
)
notifications = st.builds(
    Notification,
    incident_id=identifiers,
    generation=st.integers(1, 5),
    occasion=st.sampled_from(Occasion),
    channel=identifiers,
    dedup_key=texts,
    created_at=instants,
    message=messages,
    level=st.integers(0, 2),
    sequence=st.integers(0, 9),
)
tracks = st.builds(
    TrackState,
    phase=st.sampled_from(RegionPhase),
    count=st.integers(0, 9),
    before_blind=maybe(st.sampled_from(RegionPhase)),
    since=maybe(instants),
    recent=st.lists(st.booleans(), max_size=5).map(tuple),
    first_bad=maybe(notes),
    last_bad=maybe(notes),
    held=st.lists(texts, max_size=2).map(tuple),
    last_good_slot=maybe(instants),
    recovered_slot=maybe(instants),
)
buckets = some(st.builds(Bucket, *(st.integers(0, 2**40) for _ in range(4))))
states = st.builds(
    RegionState,
    probe=names,
    region=regions,
    tracks=st.dictionaries(st.sampled_from(Track), tracks),
    last_order=maybe(st.tuples(st.integers(0, 2**42), texts, st.integers(0, 9))),
    last_slot=maybe(instants),
    last_good_slot=maybe(instants),
    last_outcome=maybe(texts),
    last_run_id=maybe(texts),
    samples=some(st.builds(Sample, slot=instants, bad=st.booleans(), latency=maybe(seconds))),
    spending=st.dictionaries(names, st.builds(Spending, buckets, buckets, buckets), max_size=2),
    watched_since=maybe(instants),
)
