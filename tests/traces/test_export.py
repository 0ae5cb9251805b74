"""Runs as spans: what a collector gets, and that nobody waits for one or loses anything to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from structlog.testing import capture_logs

from synthmon.app.tracing import trace_line
from synthmon.errors import SecretUnavailable
from synthmon.model import trace
from synthmon.model.run import Exchange, ExchangePurpose, Failure, FailureKind, Leftover, Outcome, Phases, RunResult
from synthmon.model.secret import Secret
from synthmon.settings.values import OtlpSettings
from synthmon.traces import line
from synthmon.traces.line import NotTaken, TraceLine
from synthmon.traces.spans import MOST_SPANS, Span, spans_of
from tests.app.installation import until
from tests.making import at, run
from tests.traces.receiver import Receiver, attributes, receiver

TOKEN = "s3cr3t-of-the-query"


def traced(made: RunResult) -> RunResult:
    return replace(made, trace_id=trace.trace_id(made.id))


def whole(number: int = 0) -> RunResult:
    """A run that failed at its second request, with something of an earlier run to tidy."""
    made = run(at(60 * number), Outcome.FAILED)
    phases = Phases(dns=0.01, connect=0.02, tls=0.03, send=0.001, first_byte=0.1, transfer=0.04, total=0.201)
    url = f"https://ada:pw@api.example.com:8443/pay?token={TOKEN}#x"
    failure = Failure(FailureKind.STATUS, "answered 500, expected 201", detail="x")
    exchanges = (
        Exchange(ExchangePurpose.TOKEN, "POST", "https://id.example.com/token", 0.0, phases, 200),
        Exchange(ExchangePurpose.REQUEST, "POST", url, 0.2, phases, 500, "192.0.2.7", "HTTP/2", received=12, attempt=2),
    )
    pay = replace(
        made.steps[-1], id="pay", name="Pay\x1b", exchanges=exchanges, failures=(failure,), outcome=Outcome.FAILED
    )
    left = Leftover("9b2f4c1e-6f0a-5d55-8f36-3d1a5a2d9a11", at(0), 1, (replace(pay, id="tidy", failures=()),))
    return traced(replace(made, steps=(pay,), failures=(failure,), failed_step="pay", leftovers=(left,)))


def sent(collector: Receiver, runs: Sequence[RunResult], **settings: Any) -> TraceLine:
    made = trace_line(OtlpSettings(collector.url, **settings), "production", lambda name: Secret(name, TOKEN))
    assert made is not None
    for one in runs:
        made.take(one)
    made.start()
    made.stop(20)
    return made


def test_a_collector_gets_the_run_its_steps_and_their_requests_under_the_ids_that_targets_were_told() -> None:
    made = whole()
    with receiver() as collector:
        exported = sent(collector, [made], headers={"authorization": "otlp_token"}, resource={"team": "payments"})
    assert (None, 1, 0) == (exported.trouble, exported.sent, exported.dropped)
    assert {"service.name": "synthmon", "deployment.environment.name": "production", "team": "payments"}.items() <= (
        collector.resources[0].items()
    )
    assert TOKEN == collector.headers[0]["authorization"]
    spans = collector.spans
    root = spans[trace.root_span(made.id)]
    pay = spans[trace.step_span(made.id, "pay")]
    token, request = (spans[trace.exchange_span(made.id, "pay", number)] for number in (0, 1))
    assert {made.trace_id} == {span.trace_id.hex() for span in spans.values()}
    assert (b"", root.span_id, pay.span_id, pay.span_id) == tuple(
        span.parent_span_id for span in (root, pay, token, request)
    )
    assert ("checkout", "Pay\\x1b", "POST") == (root.name, pay.name, request.name)
    assert Status.STATUS_CODE_ERROR == root.status.code == pay.status.code == request.status.code
    assert Status.STATUS_CODE_UNSET == token.status.code
    assert "answered 500, expected 201" == root.status.message
    said = attributes(root)
    assert ("status", "local", "failed", "pay", made.id) == tuple(
        said[name]
        for name in ("error.type", "synthmon.region", "synthmon.outcome", "synthmon.failed_step", "synthmon.run.id")
    )
    asked = attributes(request)
    assert {
        "http.request.method": "POST",
        "http.response.status_code": 500,
        "http.request.resend_count": 1,
        "url.full": "https://api.example.com:8443/pay",
        "url.scheme": "https",
        "server.address": "api.example.com",
        "server.port": 8443,
        "network.protocol.version": "2",
        "network.peer.address": "192.0.2.7",
    }.items() <= asked.items()
    assert ["dns", "connect", "tls", "send", "first_byte", "transfer"] == [event.name for event in request.events]
    assert 0.03 == attributes(request.events[2])["synthmon.seconds"]
    begun = int((made.started_at + timedelta(seconds=0.2)).timestamp() * 1000)
    assert begun == request.start_time_unix_nano // 1_000_000
    assert 201_000_000 == request.end_time_unix_nano - request.start_time_unix_nano
    assert trace.step_span(made.id, trace.leftover_place(made.leftovers[0].run, "tidy")) in spans
    assert not [body for body in collector.bodies if TOKEN.encode() in body or b"ada" in body or b":pw" in body]


def test_the_same_run_is_the_same_spans_and_what_was_not_traced_is_none() -> None:
    assert spans_of(whole()) == spans_of(whole())
    assert () == spans_of(run(at(0)))
    assert () == spans_of(traced(run(at(0), Outcome.SKIPPED)))
    many = replace(whole().steps[0], exchanges=whole().steps[0].exchanges * 2000)
    assert MOST_SPANS == len(spans_of(replace(whole(), steps=(many,))))


def test_an_answer_that_was_expected_is_no_error_whatever_its_status() -> None:
    _, asked = whole().steps[0].exchanges
    exchanges = (replace(asked, status=502), replace(asked, status=404))
    good = replace(whole().steps[0], exchanges=exchanges, outcome=Outcome.PASSED, failures=())
    made = replace(whole(), steps=(good,), outcome=Outcome.PASSED, failures=(), leftovers=())
    assert [None, None, "", None] == [span.error for span in spans_of(made)]


def test_a_collector_that_takes_nothing_is_told_of_once_and_gets_everything_later() -> None:
    taken: list[Span] = []
    refusing = [True]

    def send(spans: Sequence[Span]) -> None:
        if refusing[0]:
            raise NotTaken("503")
        taken.extend(spans)

    with capture_logs() as logged:
        made = TraceLine(lambda: send, every=0.01, again=0.01)
        made.start()
        for number in range(3):
            made.take(whole(number))
        until(lambda: made.trouble == "503")
        made.take(whole(3))
        refusing[0] = False
        until(lambda: made.sent == 4)
        made.stop(10)
    assert (None, 0) == (made.trouble, made.waiting)
    assert {whole(number).trace_id for number in range(4)} == {span.trace for span in taken}
    assert ["traces.not_taken", "traces.taken_again"] == [one["event"] for one in logged]


def test_a_token_that_was_replaced_is_read_again_once_the_old_one_is_refused() -> None:
    tokens = chain(["old"], repeat("new"))
    with receiver() as collector:
        collector.status = 401
        settings = OtlpSettings(collector.url, {"authorization": "otlp_token"})
        made = trace_line(settings, "production", lambda name: Secret(name, next(tokens)))
        assert made is not None
        made._every = made._again = 0.01
        made.take(whole())
        made.start()
        until(lambda: made.trouble)
        collector.status = 200
        until(lambda: made.sent == 1)
        made.stop(10)
    assert ["old", "new"] == [collector.headers[0]["authorization"], collector.headers[-1]["authorization"]]


def test_more_than_there_is_room_for_lets_the_oldest_go_and_whoever_hands_over_never_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "MOST_WAITING", 2)
    made = TraceLine(lambda: pytest.fail("it was never started"))
    for number in range(5):
        made.take(whole(number))
    made.take(run(at(0)))  # carries no trace
    assert (2, 3) == (made.waiting, made.dropped)


def test_a_real_collector_that_refuses_or_is_not_there_is_trouble_and_no_more() -> None:
    with receiver() as collector:
        collector.status = 400
        refused = sent(collector, [whole()])
        assert (0, 1) == (refused.sent, refused.waiting)
        assert refused.trouble is not None
        assert TOKEN not in refused.trouble

    def nothing(name: str) -> Secret:
        raise SecretUnavailable(f"there is no secret {name}")

    made = trace_line(OtlpSettings(collector.url, {"authorization": "otlp_token"}), "production", nothing)
    assert made is not None
    made.take(whole())
    made.start()
    made.stop(10)
    assert "otlp_token" in (made.trouble or "")
    assert trace_line(None, "production", nothing) is None
