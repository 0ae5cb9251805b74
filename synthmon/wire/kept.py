"""A run's result as it is delivered and kept: format 2, without what is as usual, figures as lists of microseconds.

It says what format 1 says (`wire.run`), and a property test holds the two against each other. What is missing reads as
none, false, or empty. An exchange without phases has those of its step, as wherever nothing was redirected or tried
again. A run of four steps has eighty figures: between two of them stands a comma and no name, for which deflating
needs two bytes each time, and half as much text is written, deflated and read.
"""

from __future__ import annotations

from operator import attrgetter

from synthmon.errors import MalformedDocument
from synthmon.model.run import (
    AssertionResult,
    Exchange,
    ExchangePurpose,
    Json,
    Leftover,
    Outcome,
    Phases,
    RunResult,
    StepResult,
)
from synthmon.wire import run as whole
from synthmon.wire.fields import Fields, instant_to_json, seconds_to_json
from synthmon.wire.key import key_to_json

FORMAT = 2
_PHASES = attrgetter(*whole.PHASES)
_STEP = 3 + len(whole.PHASES)  # offset, duration, latency, phases
_EXCHANGE = 2  # offset, received; its own phases may follow


def to_kept_json(result: RunResult) -> dict[str, Json]:
    """The result without its id, which follows from the other fields and is the one thing that never repeats."""
    kept: dict[str, Json] = {
        "format": FORMAT,
        **key_to_json(result.key),
        "started_at": instant_to_json(result.started_at),
        "duration": seconds_to_json(result.duration),
        "outcome": result.outcome.value,
        "quality": {
            "late": seconds_to_json(result.quality.late),
            "lag": seconds_to_json(result.quality.lag),
            "suspect": result.quality.suspect,
        },
        "probe_hash": result.probe_hash,
    }
    if result.latency is not None:
        kept["latency"] = seconds_to_json(result.latency)
    if result.latency_budget is not None:
        kept["latency_budget"] = seconds_to_json(result.latency_budget)
    kept["steps"] = [_step(step) for step in result.steps]
    kept.update(_seldom_of_run(result))
    return kept


def from_json(data: Json) -> RunResult:
    """A result of either format; raises `MalformedDocument` naming the field that is missing or wrong."""
    fields = Fields(data)
    number = fields.whole("format")
    if number == FORMAT:
        return whole.read(fields, _read_step)
    if number != whole.FORMAT:
        raise MalformedDocument(f"format: this version reads formats 1 and 2, the document has {number}")
    return whole.read(fields, whole.read_step)


def _figures(*seconds: float | None) -> list[Json]:
    """Each as `_micros` has it, which is not called for every one: there are fifty of them in a run."""
    try:
        return [value if value is None else round(value * 1e6) for value in seconds]
    except (OverflowError, ValueError):  # one of them is no finite number
        return list(map(_micros, seconds))


def _micros(seconds: float | None) -> Json:
    """Whole microseconds. What is too large for that, or no number, stays seconds: a float."""
    if seconds is None:
        return None
    try:
        return round(seconds * 1e6)
    except (OverflowError, ValueError):
        return seconds


def _seldom_of_run(result: RunResult) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    if result.failed_step is not None:
        kept["failed_step"] = result.failed_step
    if result.reason is not None:
        kept["reason"] = result.reason
    if result.failures:
        kept["failures"] = [whole.failure_to_json(failure) for failure in result.failures]
    if result.flaky:
        kept["flaky"] = True
    if result.trace_id is not None:
        kept["trace_id"] = result.trace_id
    if result.cleanup:
        kept["cleanup"] = [_step(step) for step in result.cleanup]
    if result.leftovers:
        kept["leftovers"] = [_leftover(leftover) for leftover in result.leftovers]
    return kept


def _step(step: StepResult) -> dict[str, Json]:
    phases = step.phases
    figures = _figures(step.offset, step.duration, step.latency, *_PHASES(phases))
    kept: dict[str, Json] = {"id": step.id, "name": step.name, "outcome": step.outcome.value}
    if step.status is not None:
        kept["status"] = step.status
    if step.latency_budget is not None:
        kept["latency_budget"] = seconds_to_json(step.latency_budget)
    if step.assertions:
        kept["assertions"] = [_assertion(assertion) for assertion in step.assertions]
    if step.exchanges:
        kept["exchanges"] = [_exchange(exchange, phases) for exchange in step.exchanges]
    kept["figures"] = figures
    if step.captured:
        kept["captured"] = dict(step.captured)
    kept.update(_seldom_of_step(step))
    return kept


def _seldom_of_step(step: StepResult) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    if step.failures:
        kept["failures"] = [whole.failure_to_json(failure) for failure in step.failures]
    if step.evidence is not None:
        kept["evidence"] = whole.evidence_to_json(step.evidence)
    if step.skipped_because is not None:
        kept["skipped_because"] = step.skipped_because
    if step.excused:
        kept["excused"] = True
    if step.unverified is not None:
        kept["unverified"] = step.unverified
    if step.shape is not None:
        kept["shape"] = {"headers": step.shape.headers, "body": step.shape.body}  # pairs are written as lists
    return kept


def _read_step(fields: Fields) -> StepResult:
    figures = fields.seconds("figures", _STEP)
    offset, duration, latency = figures[:3]
    if offset is None or duration is None:
        fields.refuse("figures", "an offset and a duration")
    phases = Phases(*figures[3:])
    evidence, shape = fields.maybe_part("evidence"), fields.maybe_part("shape")
    captured = fields.maybe_part("captured")
    return StepResult(
        id=fields.text("id"),
        name=fields.text("name"),
        outcome=fields.word("outcome", Outcome),
        offset=offset,
        duration=duration,
        latency=latency,
        latency_budget=fields.maybe_number("latency_budget"),
        phases=phases,
        status=fields.maybe_whole("status"),
        assertions=fields.objects("assertions", whole.read_assertion),
        failures=fields.objects("failures", whole.read_failure),
        exchanges=fields.objects("exchanges", lambda exchange: _read_exchange(exchange, phases)),
        captured={name: captured.text(name) for name in captured.names()} if captured else {},
        evidence=whole.read_evidence(evidence) if evidence else None,
        skipped_because=fields.maybe_text("skipped_because"),
        excused=fields.flag("excused", default=False),
        unverified=fields.maybe_text("unverified"),
        shape=whole.read_shape(shape) if shape else None,
    )


def _assertion(assertion: AssertionResult) -> Json:
    kept: dict[str, Json] = {
        "subject": assertion.subject,
        "expected": assertion.expected,
        "actual": assertion.actual,
        "passed": assertion.passed,
    }
    if assertion.message:
        kept["message"] = assertion.message
    if assertion.source is not None:
        kept["source"] = assertion.source
    if assertion.warning:
        kept["warning"] = True
    return kept


def _exchange(exchange: Exchange, of_step: Phases) -> Json:
    figures = [_micros(exchange.offset), exchange.received]
    if exchange.phases is not of_step and exchange.phases != of_step:
        figures += _figures(*_PHASES(exchange.phases))
    kept: dict[str, Json] = {"purpose": exchange.purpose.value, "method": exchange.method, "url": exchange.url}
    if exchange.status is not None:
        kept["status"] = exchange.status
    if exchange.address is not None:
        kept["address"] = exchange.address
    if exchange.http_version is not None:
        kept["http_version"] = exchange.http_version
    if exchange.reused:
        kept["reused"] = True
    kept["figures"] = figures
    kept.update(_seldom_of_exchange(exchange))
    return kept


def _seldom_of_exchange(exchange: Exchange) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    if exchange.failure is not None:
        kept["failure"] = whole.failure_to_json(exchange.failure)
    if exchange.attempt != 1:
        kept["attempt"] = exchange.attempt
    if exchange.cached:
        kept["cached"] = True
    if exchange.fallback:
        kept["fallback"] = True
    if exchange.proxy is not None:
        kept["proxy"] = exchange.proxy
    if exchange.certificate_until is not None:
        kept["certificate_until"] = instant_to_json(exchange.certificate_until)
    return kept


def _read_exchange(fields: Fields, of_step: Phases) -> Exchange:
    offset, _, *own = fields.seconds("figures", _EXCHANGE, _EXCHANGE + 7)
    received = fields.value("figures")[1]
    if offset is None or type(received) is not int:
        fields.refuse("figures", "an offset and a number of bytes")
    failure = fields.maybe_part("failure")
    return Exchange(
        purpose=fields.word("purpose", ExchangePurpose),
        method=fields.text("method"),
        url=fields.text("url"),
        offset=offset,
        phases=Phases(*own) if own else of_step,
        status=fields.maybe_whole("status"),
        address=fields.maybe_text("address"),
        http_version=fields.maybe_text("http_version"),
        reused=fields.flag("reused", default=False),
        received=received,
        failure=whole.read_failure(failure) if failure else None,
        attempt=fields.whole("attempt", default=1),
        cached=fields.flag("cached", default=False),
        fallback=fields.flag("fallback", default=False),
        proxy=fields.maybe_text("proxy"),
        certificate_until=fields.maybe_instant("certificate_until"),
    )


def _leftover(leftover: Leftover) -> Json:
    return {**whole.leftover_to_json(leftover), "steps": [_step(step) for step in leftover.steps]}
