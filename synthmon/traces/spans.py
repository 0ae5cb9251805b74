"""A run as spans: the run, its steps, their requests with the phases as events. The same run gives the same spans.

Attributes follow OpenTelemetry's semantic conventions for HTTP clients, as far as they know what is told; the rest is
under `synthmon.`. Addresses come without query, fragment and user: a token may travel there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

from synthmon.model import trace, words
from synthmon.model.run import Exchange, Failure, Outcome, Phases, RunResult, StepResult
from synthmon.nouns import dataclass

Value = str | int | float | bool
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer")
_PORTS = {"http": 80, "https": 443}
_LONGEST = 300  # characters of what is told in words
MOST_SPANS = 1000  # of one run; a poll that asked for hours is cut


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened within a span; `at` is nanoseconds since the epoch."""

    name: str
    at: int
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """`start` and `end` are nanoseconds since the epoch. `error`: why it is one, in words. `client`: a request."""

    trace: str
    id: str
    parent: str | None
    name: str
    start: int
    end: int
    attributes: Mapping[str, Value]
    events: tuple[Event, ...] = ()
    error: str | None = None
    client: bool = False


def spans_of(run: RunResult) -> tuple[Span, ...]:
    """Nothing for a run that carried no trace, or that did nothing."""
    if run.trace_id is None or run.outcome in {Outcome.SKIPPED, Outcome.MISSED}:
        return ()
    began = _nanos(run.started_at)
    found = [_root(run, began)]
    places = [(step.id, step) for step in (*run.steps, *run.cleanup)]
    places += [
        (trace.leftover_place(leftover.run, step.id), step) for leftover in run.leftovers for step in leftover.steps
    ]
    for place, step in places:
        found.extend(_of_step(run, place, step, began))
    return tuple(found[:MOST_SPANS])


def _root(run: RunResult, began: int) -> Span:
    key = run.key
    attributes: dict[str, Value | None] = {
        "synthmon.probe": key.probe,
        "synthmon.region": key.region,
        "synthmon.run.id": run.id,
        "synthmon.run.kind": key.kind.value,
        "synthmon.run.slot": key.slot.isoformat(),
        "synthmon.outcome": run.outcome.value,
        "synthmon.failed_step": run.failed_step,
        "synthmon.flaky": run.flaky,
        "synthmon.probe.version": run.probe_hash or None,
        "synthmon.latency": run.latency,
        **_failure(run.failures[0] if run.failures else None),
    }
    error = _why(run.outcome, run.failures[0] if run.failures else None)
    end = began + _span(run.duration)
    return Span(str(run.trace_id), trace.root_span(run.id), None, key.probe, began, end, _there(attributes), (), error)


def _of_step(run: RunResult, place: str, step: StepResult, began: int) -> Iterator[Span]:
    if step.skipped_because is not None or step.outcome is Outcome.SKIPPED:
        return
    failure = step.failures[0] if step.failures else None
    own = trace.step_span(run.id, place)
    start = began + _span(step.offset)
    attributes: dict[str, Value | None] = {
        "synthmon.step": step.id,
        "synthmon.outcome": step.outcome.value,
        "synthmon.latency": step.latency,
        "synthmon.latency_budget": step.latency_budget,
        **_failure(failure),
    }
    yield Span(
        str(run.trace_id),
        own,
        trace.root_span(run.id),
        words.printable(step.name, _LONGEST),
        start,
        start + _span(step.duration),
        _there(attributes),
        (),
        _why(step.outcome, failure),
    )
    for number, exchange in enumerate(step.exchanges):
        # The answer of a step that is good is what was expected, whatever its status.
        expected = step.outcome.good and number == len(step.exchanges) - 1
        made = _of_exchange(run, trace.exchange_span(run.id, place, number), own, exchange, began)
        yield replace(made, error=None) if expected else made


def _of_exchange(run: RunResult, own: str, parent: str, exchange: Exchange, began: int) -> Span:
    start = began + _span(exchange.offset)
    events = tuple(_phases(exchange.phases, start))
    total = exchange.phases.total
    end = start + _span(total) if total is not None else max((event.at for event in events), default=start)
    failure, status = exchange.failure, exchange.status
    error = words.printable(failure.message, _LONGEST) if failure else None
    if error is None and status is not None and status >= 400:
        error = ""  # the status says it
    version = (exchange.http_version or "").upper().removeprefix("HTTP/")
    attributes: dict[str, Value | None] = {
        "http.request.method": exchange.method,
        "http.response.status_code": status,
        "http.response.body.size": exchange.received,
        "http.request.resend_count": exchange.attempt - 1 or None,
        "network.protocol.name": "http",
        "network.protocol.version": version or None,
        "network.peer.address": exchange.address,
        "synthmon.purpose": exchange.purpose.value,
        "synthmon.connection_reused": exchange.reused,
        "synthmon.cached": exchange.cached or None,
        **_address(exchange.url),
        **_failure(failure),
    }
    name = exchange.method
    return Span(str(run.trace_id), own, parent, name, start, end, _there(attributes), events, error, client=True)


def _phases(phases: Phases, start: int) -> Iterator[Event]:
    """Each phase as an event at its end, with how long it took."""
    at = start
    for name in _PHASES:
        seconds: float | None = getattr(phases, name)
        if seconds is not None:
            at += _span(seconds)
            yield Event(name, at, {"synthmon.seconds": seconds})


def _address(url: str) -> Mapping[str, Value | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return {}
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    place = shown if parts.port is None else f"{shown}:{parts.port}"
    return {
        "url.full": words.printable(SplitResult(parts.scheme, place, parts.path, "", "").geturl(), 2000),
        "url.scheme": parts.scheme or None,
        "url.path": words.printable(parts.path, 2000) or None,
        "server.address": words.printable(host, 300) or None,
        "server.port": port,
    }


def _failure(failure: Failure | None) -> Mapping[str, Value | None]:
    if failure is None:
        return {}
    message = words.printable(failure.message, _LONGEST)
    return {"error.type": failure.kind.value, "synthmon.failure": message, "synthmon.failure.detail": failure.detail}


def _why(outcome: Outcome, failure: Failure | None) -> str | None:
    """Degraded is no error: the journey did what it should, slowly."""
    if not outcome.broken:
        return None
    return words.printable(failure.message, _LONGEST) if failure else outcome.value


def _there(attributes: Mapping[str, Value | None]) -> Mapping[str, Value]:
    return {name: value for name, value in attributes.items() if value is not None}


def _nanos(instant: datetime) -> int:
    delta = instant - _EPOCH
    return ((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds) * 1000


def _span(seconds: float) -> int:
    return round(seconds * 1_000_000_000)
