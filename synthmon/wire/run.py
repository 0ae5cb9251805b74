"""A run's result as JSON and back: the document that is printed and shown; `wire.kept` has the one that is kept."""

from __future__ import annotations

from collections.abc import Callable

from synthmon.errors import MalformedDocument
from synthmon.model.run import (
    AnswerShape,
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Failure,
    FailureKind,
    Json,
    Leftover,
    Outcome,
    Phases,
    Quality,
    RunResult,
    StepResult,
)
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json, seconds_to_json
from synthmon.wire.key import key_of, key_to_json

FORMAT = 1
PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer", "total")  # in the order of the noun


def to_json(result: RunResult) -> dict[str, Json]:
    """The whole result as a JSON object; every field is there, null where there is nothing."""
    return {"format": FORMAT, "id": result.id, **_without_id(result)}


def _without_id(result: RunResult) -> dict[str, Json]:
    quality = result.quality
    return {
        **key_to_json(result.key),
        "started_at": instant_to_json(result.started_at),
        "duration": seconds_to_json(result.duration),
        "outcome": result.outcome.value,
        "failed_step": result.failed_step,
        "reason": result.reason,
        "failures": [failure_to_json(failure) for failure in result.failures],
        "latency": seconds_to_json(result.latency),
        "latency_budget": seconds_to_json(result.latency_budget),
        "flaky": result.flaky,
        "quality": {
            "late": seconds_to_json(quality.late),
            "lag": seconds_to_json(quality.lag),
            "suspect": quality.suspect,
        },
        "probe_hash": result.probe_hash,
        "trace_id": result.trace_id,
        "steps": [_step(step) for step in result.steps],
        "cleanup": [_step(step) for step in result.cleanup],
        "leftovers": [leftover_to_json(leftover) for leftover in result.leftovers],
    }


def read(fields: Fields, read_step: Callable[[Fields], StepResult]) -> RunResult:
    """A result: what both formats say in the same way, and the steps as one of them does."""
    key = key_of(fields)
    if fields.text("id", default=key.id) != key.id:
        fields.refuse("id", f"{key.id}, which the other fields make")
    quality = fields.maybe_part("quality")
    return RunResult(
        key=key,
        started_at=fields.instant("started_at"),
        duration=fields.number("duration"),
        outcome=fields.word("outcome", Outcome),
        steps=fields.objects("steps", read_step),
        cleanup=fields.objects("cleanup", read_step),
        failures=fields.objects("failures", read_failure),
        failed_step=fields.maybe_text("failed_step"),
        flaky=fields.flag("flaky", default=False),
        quality=_read_quality(quality) if quality else Quality(),
        probe_hash=fields.text("probe_hash", default=""),
        latency=fields.maybe_number("latency"),
        latency_budget=fields.maybe_number("latency_budget"),
        reason=fields.maybe_text("reason"),
        trace_id=fields.maybe_text("trace_id"),
        leftovers=fields.objects("leftovers", lambda leftover: _read_leftover(leftover, read_step)),
    )


def leftover_to_json(leftover: Leftover) -> Json:
    return {
        "run": leftover.run,
        "slot": instant_to_json(leftover.slot),
        "tries": leftover.tries,
        "steps": [_step(step) for step in leftover.steps],
        "given_up": leftover.given_up,
    }


def _read_leftover(fields: Fields, read_step: Callable[[Fields], StepResult]) -> Leftover:
    return Leftover(
        run=fields.text("run"),
        slot=fields.instant("slot"),
        tries=fields.whole("tries"),
        steps=fields.objects("steps", read_step),
        given_up=fields.maybe_text("given_up"),
    )


def check_format(fields: Fields) -> None:
    """Refuse a document of a later format: its names may mean something else."""
    number = fields.whole("format")
    if number != FORMAT:
        raise MalformedDocument(f"format: this version reads format {FORMAT}, the document has {number}")


def failure_to_json(failure: Failure) -> Json:
    return {
        "kind": failure.kind.value,
        "message": failure.message,
        "expected": failure.expected,
        "actual": failure.actual,
        "detail": failure.detail,
        "source": failure.source,
    }


def read_failure(fields: Fields) -> Failure:
    return Failure(
        kind=fields.word("kind", FailureKind),
        message=fields.text("message"),
        expected=fields.maybe_text("expected"),
        actual=fields.maybe_text("actual"),
        detail=fields.maybe_text("detail"),
        source=fields.maybe_text("source"),
    )


def _phases(phases: Phases) -> Json:
    """Each as `seconds_to_json` has it, which is not called for every one: there are fifty of them in a run."""
    try:
        return {
            "dns": value if (value := phases.dns) is None else round(value * 1e6) / 1e6,
            "connect": value if (value := phases.connect) is None else round(value * 1e6) / 1e6,
            "tls": value if (value := phases.tls) is None else round(value * 1e6) / 1e6,
            "send": value if (value := phases.send) is None else round(value * 1e6) / 1e6,
            "first_byte": value if (value := phases.first_byte) is None else round(value * 1e6) / 1e6,
            "transfer": value if (value := phases.transfer) is None else round(value * 1e6) / 1e6,
            "total": value if (value := phases.total) is None else round(value * 1e6) / 1e6,
        }
    except (OverflowError, ValueError):  # one of them is no finite number
        return {name: seconds_to_json(getattr(phases, name)) for name in PHASES}


def _read_phases(fields: Fields) -> Phases:
    return Phases(*fields.maybe_numbers(PHASES))


def _step(step: StepResult) -> Json:
    phases = _phases(step.phases)
    return {
        "id": step.id,
        "name": step.name,
        "outcome": step.outcome.value,
        "status": step.status,
        "offset": seconds_to_json(step.offset),
        "duration": seconds_to_json(step.duration),
        "latency": seconds_to_json(step.latency),
        "latency_budget": seconds_to_json(step.latency_budget),
        "phases": phases,
        "assertions": [_assertion(assertion) for assertion in step.assertions],
        "failures": [failure_to_json(failure) for failure in step.failures],
        "exchanges": [
            _exchange(exchange, phases if exchange.phases is step.phases else _phases(exchange.phases))
            for exchange in step.exchanges
        ],
        "captured": dict(step.captured),
        "evidence": None if step.evidence is None else evidence_to_json(step.evidence),
        "skipped_because": step.skipped_because,
        "excused": step.excused,
        "unverified": step.unverified,
        "shape": None if step.shape is None else shape_to_json(step.shape),
    }


def read_step(fields: Fields) -> StepResult:
    parts = ("phases", "captured", "evidence", "shape")
    phases, captured, evidence, shape = (fields.maybe_part(name) for name in parts)
    return StepResult(
        id=fields.text("id"),
        name=fields.text("name"),
        outcome=fields.word("outcome", Outcome),
        offset=fields.number("offset"),
        duration=fields.number("duration"),
        latency=fields.maybe_number("latency"),
        latency_budget=fields.maybe_number("latency_budget"),
        phases=_read_phases(phases) if phases else Phases(),
        status=fields.maybe_whole("status"),
        assertions=fields.objects("assertions", read_assertion),
        failures=fields.objects("failures", read_failure),
        exchanges=fields.objects("exchanges", _read_exchange),
        captured={name: captured.text(name) for name in captured.names()} if captured else {},
        evidence=read_evidence(evidence) if evidence else None,
        skipped_because=fields.maybe_text("skipped_because"),
        excused=fields.flag("excused", default=False),
        unverified=fields.maybe_text("unverified"),
        shape=read_shape(shape) if shape else None,
    )


def _assertion(assertion: AssertionResult) -> Json:
    return {
        "subject": assertion.subject,
        "expected": assertion.expected,
        "actual": assertion.actual,
        "passed": assertion.passed,
        "message": assertion.message,
        "source": assertion.source,
        "warning": assertion.warning,
    }


def read_assertion(fields: Fields) -> AssertionResult:
    return AssertionResult(
        subject=fields.text("subject"),
        expected=fields.text("expected"),
        actual=fields.text("actual"),
        passed=fields.flag("passed"),
        message=fields.text("message", default=""),
        source=fields.maybe_text("source"),
        warning=fields.flag("warning", default=False),
    )


def _exchange(exchange: Exchange, phases: Json) -> Json:
    """`phases` are its own; those of a step that asked once are the same, and are not written twice."""
    return {
        "purpose": exchange.purpose.value,
        "method": exchange.method,
        "url": exchange.url,
        "status": exchange.status,
        "offset": seconds_to_json(exchange.offset),
        "phases": phases,
        "address": exchange.address,
        "http_version": exchange.http_version,
        "reused": exchange.reused,
        "received": exchange.received,
        "failure": None if exchange.failure is None else failure_to_json(exchange.failure),
        "attempt": exchange.attempt,
        "cached": exchange.cached,
        "fallback": exchange.fallback,
        "proxy": exchange.proxy,
        "certificate_until": maybe_instant_to_json(exchange.certificate_until),
    }


def _read_exchange(fields: Fields) -> Exchange:
    failure = fields.maybe_part("failure")
    return Exchange(
        purpose=fields.word("purpose", ExchangePurpose),
        method=fields.text("method"),
        url=fields.text("url"),
        offset=fields.number("offset"),
        phases=_read_phases(fields.part("phases")),
        status=fields.maybe_whole("status"),
        address=fields.maybe_text("address"),
        http_version=fields.maybe_text("http_version"),
        reused=fields.flag("reused", default=False),
        received=fields.whole("received", default=0),
        failure=read_failure(failure) if failure else None,
        attempt=fields.whole("attempt", default=1),
        cached=fields.flag("cached", default=False),
        fallback=fields.flag("fallback", default=False),
        proxy=fields.maybe_text("proxy"),
        certificate_until=fields.maybe_instant("certificate_until"),
    )


def evidence_to_json(evidence: Evidence) -> Json:
    return {
        "method": evidence.method,
        "url": evidence.url,
        "request_headers": [list(header) for header in evidence.request_headers],
        "request_body": evidence.request_body,
        "request_body_truncated": evidence.request_body_truncated,
        "status": evidence.status,
        "response_headers": [list(header) for header in evidence.response_headers],
        "response_body": evidence.response_body,
        "response_body_truncated": evidence.response_body_truncated,
        "command": evidence.command,
    }


def read_evidence(fields: Fields) -> Evidence:
    return Evidence(
        method=fields.text("method"),
        url=fields.text("url"),
        request_headers=fields.pairs("request_headers"),
        request_body=fields.maybe_text("request_body"),
        request_body_truncated=fields.flag("request_body_truncated", default=False),
        status=fields.maybe_whole("status"),
        response_headers=fields.pairs("response_headers"),
        response_body=fields.maybe_text("response_body"),
        response_body_truncated=fields.flag("response_body_truncated", default=False),
        command=fields.maybe_text("command"),
    )


def shape_to_json(shape: AnswerShape) -> Json:
    return {
        "headers": list(map(list, shape.headers)),
        "body": list(map(list, shape.body)),
    }


def read_shape(fields: Fields) -> AnswerShape:
    return AnswerShape(fields.pairs("headers"), fields.pairs("body"))


def _read_quality(fields: Fields) -> Quality:
    return Quality(
        late=fields.number("late", default=0.0),
        lag=fields.number("lag", default=0.0),
        suspect=fields.flag("suspect", default=False),
    )
