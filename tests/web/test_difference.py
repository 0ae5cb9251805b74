"""What differs between two runs is named once, with how it was and how it is; what differs always is folded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from synthmon.model.run import (
    AnswerShape,
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Outcome,
    Phases,
    StepResult,
)
from synthmon.web.difference import SHOWN, Change, difference
from tests.making import NOON, run, step

FAST = Phases(0.004, 0.011, 0.018, 0.001, 0.12, 0.01, 0.164)
SLOW = Phases(0.004, 0.011, 0.018, 0.001, 1.92, 0.01, 1.964)
JSON = AnswerShape((("content-type", "application/json"), ("date", "")), (("$", "object"), ("$.id", "text")))
HTML = AnswerShape((("content-type", "text/html"), ("date", "")), ())


def pay(**changes: Any) -> StepResult:
    return step(**{"phases": FAST, "latency": 0.164, "shape": JSON, **changes})


def over(address: str = "10.0.0.1:443", **changes: Any) -> tuple[Exchange, ...]:
    made = Exchange(ExchangePurpose.REQUEST, "POST", "https://shop.test/pay", 0.0, FAST, 201, address, "HTTP/2")
    return (replace(made, **changes),)


def assertion(passed: bool) -> AssertionResult:
    return AssertionResult("status", "201", "201" if passed else "500", passed)


def shaped(headers: dict[str, str] | None = None, body: dict[str, str] | None = None) -> AnswerShape:
    return AnswerShape(tuple((headers or {}).items()), tuple((body or {}).items()))


def changes(there: StepResult, here: StepResult) -> list[tuple[str, str, str]]:
    before, now = (replace(run(), steps=(one,)) for one in (there, here))
    return [(one.what, one.there, one.here) for told in difference(now, before).steps for one in told.changes]


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, str]]]] = {
    "nothing": ({}, {}, []),
    "a status": ({}, {"status": 500}, [("status", "201", "500")]),
    "no answer": ({}, {"status": None}, [("status", "201", "–")]),
    "an outcome": ({}, {"outcome": Outcome.ERROR}, [("outcome", "passed", "error")]),
    "a phase that grew": (
        {},
        {"phases": SLOW, "latency": 1.964},
        [("latency", "164 ms", "1.96 s"), ("phase first byte", "120 ms", "1.92 s, 100 % of the growth")],
    ),
    "the usual unrest of a network": ({}, {"phases": replace(FAST, first_byte=0.16), "latency": 0.204}, []),
    "a latency that shrank": ({"latency": 1.9, "phases": SLOW}, {}, [("latency", "1.90 s", "164 ms")]),
    "a name that is looked up again": (
        {"phases": replace(FAST, dns=None)},
        {"phases": replace(FAST, dns=0.4)},
        [("phase DNS", "–", "400 ms")],
    ),
    "an address": (
        {"exchanges": over()},
        {"exchanges": over("10.0.0.2:443")},
        [("address", "10.0.0.1:443", "10.0.0.2:443")],
    ),
    "a protocol": (
        {"exchanges": over()},
        {"exchanges": over(http_version="HTTP/1.1")},
        [("protocol", "HTTP/2", "HTTP/1.1")],
    ),
    "a connection": ({"exchanges": over(reused=True)}, {"exchanges": over()}, [("connection", "reused", "fresh")]),
    "a cache": ({"exchanges": over()}, {"exchanges": over(cached=True)}, [("answered by", "the target", "a cache")]),
    "a certificate": (
        {"exchanges": over(certificate_until=NOON + timedelta(days=9))},
        {"exchanges": over(certificate_until=NOON + timedelta(days=90))},
        [("certificate until", "2026-03-11 12:00:00 UTC", "2026-05-31 12:00:00 UTC")],
    ),
    "a certificate that is known of one": (
        {"exchanges": over(certificate_until=NOON + timedelta(days=9))},
        {"exchanges": over()},
        [],
    ),
    "a second attempt": (
        {"exchanges": over()},
        {"exchanges": (*over(), *over(attempt=2))},
        [("exchanges", "1", "2"), ("attempts", "1", "2")],
    ),
    "a size": (
        {"exchanges": over(received=400)},
        {"exchanges": over(received=9000)},
        [("size of the body", "400 bytes", "9000 bytes")],
    ),
    "a little more": ({"exchanges": over(received=400)}, {"exchanges": over(received=500)}, []),
    "an assertion": (
        {"assertions": (assertion(True),)},
        {"assertions": (assertion(False),)},
        [("assertion on status", "met", "not met: 500")],
    ),
    "an assertion that is met again": (
        {"assertions": (assertion(False),)},
        {"assertions": (assertion(True),)},
        [("assertion on status", "not met: 500", "met")],
    ),
    "several assertions on one subject, which are one where they hold": (
        {"assertions": (AssertionResult("$.a", "text, length at least 1", "x", passed=True),)},
        {"assertions": tuple(AssertionResult("$.a", one, "nothing", passed=False) for one in ("text", "length"))},
        [("assertion on $.a", "met", "not met: nothing")],
    ),
    "an assertion that is new": (
        {},
        {"assertions": (assertion(False),)},
        [("assertion on status", "–", "not met: 500")],
    ),
    "a cookie that is set no more": (
        {"shape": shaped({"set-cookie": ""})},
        {"shape": shaped({})},
        [("header set-cookie", "present", "–")],
    ),
    "captures": (
        {"captured": {"token": "‹captures.token›"}},
        {"captured": {"basket": "7a31"}},
        [("capture basket", "–", "taken"), ("capture token", "taken", "–")],
    ),
    "headers": (
        {"shape": shaped({"content-type": "application/json", "x-old": "", "x-both": ""})},
        {"shape": shaped({"content-type": "text/html", "x-new": "", "x-both": ""})},
        [
            ("header content-type", "application/json", "text/html"),
            ("header x-new", "–", "present"),
            ("header x-old", "present", "–"),
        ],
    ),
    "a header whose value only the evidence has": (
        {"shape": shaped({"x-region": ""})},
        {
            "evidence": Evidence("GET", "/", response_headers=(("X-Region", "b"), ("X-New", "1"))),
            "shape": shaped({"x-region": ""}),
        },
        [("header x-new", "–", "1")],
    ),
    "a body": (
        {"shape": shaped({}, {"$": "object", "$.id": "text", "$.old": "object", "$.old.a": "text"})},
        {"shape": shaped({}, {"$": "object", "$.id": "null", "$.new": "list", "$.new[*]": "text"})},
        [("$.id", "text", "null"), ("$.old", "object", "–"), ("$.new", "–", "list")],
    ),
    "a body that is no JSON any more": (
        {"shape": JSON},
        {"shape": HTML},
        [("header content-type", "application/json", "text/html"), ("body", "JSON", "no JSON")],
    ),
    "what two kept bodies say": (
        {"evidence": Evidence("GET", "/", response_body='{"error": {"code": 7}, "id": "a", "n": [1]}')},
        {"evidence": Evidence("GET", "/", response_body='{"error": {"code": 8}, "id": "a", "n": [2]}')},
        [("$.error.code says", "7", "8")],
    ),
    "a body that was cut": (
        {"evidence": Evidence("GET", "/", response_body='{"a": 1}')},
        {"evidence": Evidence("GET", "/", response_body='{"a": 2}', response_body_truncated=True)},
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_differs_is_named_with_how_it_was_and_how_it_is(case: str) -> None:
    there, here, expected = CASES[case]
    assert expected == changes(pay(**there), pay(**here))


def test_headers_that_differ_always_are_folded_into_a_sentence() -> None:
    before = replace(run(), steps=(pay(shape=shaped({"date": "", "etag": ""})),))
    now = replace(run(), steps=(pay(shape=shaped({"date": "", "x-request-id": ""})),))
    [told] = difference(now, before).differing
    assert () == told.changes
    assert ("headers that come and go with every answer differ: etag, x-request-id",) == told.remarks


def test_of_very_many_differences_the_rest_is_counted() -> None:
    before = replace(run(), steps=(pay(shape=shaped({}, {"$": "object"})),))
    now = replace(run(), steps=(pay(shape=shaped({}, {"$": "object", **{f"$.k{n}": "text" for n in range(60)}})),))
    [told] = difference(now, before).differing
    assert (SHOWN, (f"{60 - SHOWN} more places of the body differ",)) == (len(told.changes), told.remarks)


def test_what_is_not_kept_of_one_is_said_and_not_taken_for_gone() -> None:
    before, now = (replace(run(), steps=(pay(shape=shape),)) for shape in (None, JSON))
    [told] = difference(now, before).differing
    assert () == told.changes
    assert (
        "the headers of one of the two are not kept",
        "the shape of one of the two bodies is not kept",
    ) == told.remarks


def test_steps_that_are_alike_skipped_new_or_gone() -> None:
    before = replace(run(), steps=(pay(id="log-in"), pay(id="old"), pay(id="pay")))
    skipped = pay(id="pay", outcome=Outcome.SKIPPED, skipped_because="`new` failed before it")
    now = replace(run(), steps=(pay(id="log-in"), pay(id="new"), skipped))
    found = difference(now, before)
    assert ["log-in"] == [step.id for step in found.alike]
    assert [("new", (Change("step", "–", "passed"),)), ("old", (Change("step", "taken", "–"),))] == [
        (step.id, step.changes) for step in found.differing
    ]


def test_of_the_runs_themselves() -> None:
    before = replace(run(), latency=0.4, probe_hash="a" * 64)
    now = replace(run(outcome=Outcome.FAILED, region="us-east"), latency=2.0, probe_hash="b" * 64)
    assert [
        ("outcome", "passed", "failed"),
        ("region", "local", "us-east"),
        ("probe version", "a" * 12, "b" * 12),
        ("journey", "400 ms", "2.00 s"),
    ] == [(one.what, one.there, one.here) for one in difference(now, before).whole]


def test_a_broken_run_has_no_latency_as_a_whole_and_that_is_no_difference() -> None:
    before, now = replace(run(), latency=0.4), replace(run(outcome=Outcome.FAILED), latency=None)
    assert ["outcome"] == [one.what for one in difference(now, before).whole]


def test_a_run_is_like_itself() -> None:
    made = run(outcome=Outcome.FAILED)
    assert () == difference(made, made).whole
    assert () == difference(made, made).differing


@pytest.mark.parametrize(
    ("change", "kind"),
    [(Change("x", "–", "a"), "new"), (Change("x", "a", "–"), "gone"), (Change("x", "a", "b"), "changed")],
)
def test_a_change_is_of_a_kind(change: Change, kind: str) -> None:
    assert kind == change.kind
