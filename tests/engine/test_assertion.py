"""What is told of an answer that is not what it should be: place, rule, what came; never more than may be shown."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from synthmon.engine.body import JUDGED
from synthmon.model.answer import Expect, SchemaRef
from synthmon.model.run import FailureKind, Outcome, StepResult
from tests.engine.world import HERE, OK, World, expect, from_json, matcher, matchers, probe, request, step

CONTACTS = {
    "$defs": {
        "contact": {
            "type": "object",
            "required": ["phone"],
            "properties": {
                "phone": {"type": ["string", "null"], "pattern": r"^\+[1-9]\d{6,14}$"},
                "email": {"type": "string", "format": "email"},
                "age": {"type": "integer", "minimum": 0},
            },
        }
    },
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/contact"}}},
}


def schema(document: Any = CONTACTS, pointer: str = "") -> SchemaRef:
    return SchemaRef(f"schemas/contacts.json#{pointer}", json.dumps(document), pointer, HERE)


def judged(response: httpx.Response, wanted: Expect, **journey: Any) -> StepResult:
    """The result of one step that gets this response."""
    return World(lambda _request: response).run(probe(step("a", expect=wanted), **journey)).steps[0]


def told(result: StepResult) -> list[tuple[FailureKind, str]]:
    return [(failure.kind, failure.message) for failure in result.failures]


def test_every_assertion_gives_its_result_the_ones_that_hold_too() -> None:
    wanted = expect(
        200, json={"$.a": 1, "$.b": {"at_least": 2}}, headers={"Content-Type": {"starts_with": "application/"}}
    )
    result = judged(httpx.Response(200, json={"a": 1, "b": 3}), wanted)
    assert [(one.subject, one.expected, one.actual, one.passed) for one in result.assertions] == [
        ("status", "200", "200", True),
        ("header Content-Type", 'starts with "application/"', '"application/json"', True),
        ("$.a", "1", "1", True),
        ("$.b", "at least 2", "3", True),
    ]
    assert {one.source for one in result.assertions} == {str(HERE)}


def test_all_that_is_wrong_is_told_the_status_first() -> None:
    result = judged(
        httpx.Response(500, json={"a": 2}, headers={"X-Left": "7"}),
        expect(200, json={"$.a": 1}, headers={"X-Left": {"at_least": 100}}),
    )
    assert [failure.kind for failure in result.failures] == [FailureKind.STATUS, FailureKind.HEADER, FailureKind.BODY]


def test_a_header_that_is_missing_is_told_as_missing() -> None:
    result = judged(httpx.Response(200), expect(headers={"X-Left": {"at_least": 100}}))
    assert told(result) == [(FailureKind.HEADER, "header X-Left: nothing was found")]


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (429, {"Retry-After": "120"}, "throttled: status 429 (Too Many Requests), expected 2xx, Retry-After: 120"),
        (
            429,
            {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"},
            "throttled: status 429 (Too Many Requests), expected 2xx, Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",
        ),
        (429, {}, "throttled: status 429 (Too Many Requests), expected 2xx"),
        (
            503,
            {"Retry-After": "9" * 500},
            f"status 503 (Service Unavailable), expected 2xx, Retry-After: {'9' * 60}… (440 characters more)",
        ),
        (599, {}, "status 599, expected 2xx"),
    ],
)
def test_a_status_is_told_with_what_it_says_of_waiting(status: int, headers: dict[str, str], message: str) -> None:
    result = judged(httpx.Response(status, headers=headers), expect())
    assert told(result) == [(FailureKind.STATUS, message)]


def test_a_page_with_status_200_is_told_as_a_page_once_however_many_paths_were_asked_for() -> None:
    page = httpx.Response(200, html="<!doctype html><title>Log in</title>")
    result = judged(page, expect(json={"$.a": 1, "$.b": 2}, schema=schema()))
    assert told(result) == [(FailureKind.BODY, "the answer is an HTML page, not JSON (line 1:1)")]
    assert result.failures[0].detail == "<!doctype html><title>Log in</title>"


def test_text_is_held_against_its_matcher_and_may_be_anything() -> None:
    wanted = Expect(OK, text=(matcher({"contains": "ready"}),), source=HERE)
    assert judged(httpx.Response(200, text="all ready"), wanted).outcome is Outcome.PASSED
    result = judged(httpx.Response(200, text="\x1b[31mbusy\u202e\0"), wanted)
    assert told(result)[0][0] is FailureKind.BODY
    assert not any(char in result.failures[0].message for char in "\x1b\u202e\0")


def test_cookies_are_those_that_the_step_was_given_and_their_values_are_not_shown() -> None:
    wanted = Expect(OK, cookies=matchers({"session": {"starts_with": "x"}}), source=HERE)
    answer = httpx.Response(200, headers={"Set-Cookie": "session=abcdef123; Path=/; HttpOnly"})
    result = judged(answer, wanted)
    assert told(result)[0][0] is FailureKind.HEADER
    assert "abcdef123" not in repr(result)


def test_a_cookie_set_on_the_way_by_a_redirect_counts() -> None:
    def handle(seen: httpx.Request) -> httpx.Response:
        if seen.url.path == "/login":
            return httpx.Response(302, headers={"Location": "/home", "Set-Cookie": "session=abc; Path=/"})
        return httpx.Response(200 if seen.headers.get("Cookie") == "session=abc" else 401)

    wanted = Expect(OK, cookies=matchers({"session": {"exists": True}}), source=HERE)
    result = World(handle).run(probe(step("a", request=request(url="/login", redirects=1), expect=wanted)))
    assert result.outcome is Outcome.PASSED


def test_a_redirect_is_not_followed_unless_asked_for() -> None:
    result = judged(httpx.Response(302, headers={"Location": "/login"}), expect())
    assert told(result) == [(FailureKind.STATUS, "status 302 (Found), expected 2xx")]


def test_operands_may_be_computed_and_a_captured_one_that_is_missing_is_the_targets_failure() -> None:
    world = World(lambda _request: httpx.Response(200, json={"total": {"amount": 5}}))
    declared = probe(
        step("a", captures=(from_json("total", "$.total"),)),
        step("b", expect=expect(json={"$.total.amount": "${{ captures.total.amount }}"})),
        step("c", expect=expect(json={"$.total.amount": "${{ captures.total.currency }}"})),
    )
    result = world.run(declared)
    assert (result.failed_step, result.failures[0].kind) == ("c", FailureKind.CAPTURE)


def test_a_pattern_that_would_backtrack_for_ever_is_answered_at_once() -> None:
    result = judged(httpx.Response(200, json={"a": "a" * 40 + "!"}), expect(json={"$.a": {"matches": "^(a+)+$"}}))
    assert told(result)[0][0] is FailureKind.BODY


# Schemas


def contact(**values: Any) -> httpx.Response:
    return httpx.Response(200, json={"items": [{"phone": "+491701234567"}, {"phone": "+4917012345", **values}]})


def test_an_answer_that_fits_its_schema_says_so() -> None:
    result = judged(contact(), expect(schema=schema()))
    assert [(one.subject, one.actual) for one in result.assertions] == [("status", "200"), ("schema", "fits")]


def test_a_value_in_another_format_is_told_by_its_place_rule_and_shape_never_by_itself() -> None:
    result = judged(contact(phone="0170 1234567"), expect(schema=schema()))
    problem = r'$.items[1].phone: the value does not match "^\+[1-9]\d{6,14}$"'
    shape = 'it is text of 12 characters like "9999 9999999"'
    assert told(result) == [(FailureKind.SCHEMA, f"{problem}; {shape}")]
    assert "0170" not in repr(result.failures) + repr(result.assertions)


def test_formats_are_checked() -> None:
    result = judged(contact(email="ada@"), expect(schema=schema()))
    assert '$.items[1].email: the value is not a "email"' in result.failures[0].message


def test_at_most_five_problems_of_a_schema_are_told() -> None:
    answer = httpx.Response(200, json={"items": [{"phone": "x"}] * 50})
    assert len(judged(answer, expect(schema=schema())).failures) == 5


def test_a_pointer_leads_into_the_document() -> None:
    result = judged(
        httpx.Response(200, json={"phone": None, "age": -1}), expect(schema=schema(pointer="/$defs/contact"))
    )
    assert told(result) == [(FailureKind.SCHEMA, "$.age: the value is less than the minimum of 0; it is -1")]


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/schema.json", "file:///etc/passwd", "#/$defs/absent"])
def test_a_schema_that_cannot_be_used_is_our_error_and_nothing_is_fetched(reference: str) -> None:
    result = judged(httpx.Response(200, json={}), expect(schema=schema({"$ref": reference})))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.TEMPLATE)


# Redaction

PRIVATE = ("$..phone", "$..email", "$..age")


def test_a_redacted_value_is_told_by_its_shape_only() -> None:
    wanted = expect(json={"$.items[1].email": "ada@example.com"})
    result = judged(contact(email="eve@private.test"), wanted, redact_json=PRIVATE)
    came = 'text of 16 characters like "aaa@aaaaaaa.aaaa" (its value is not shown)'
    assert told(result) == [(FailureKind.BODY, f'$.items[1].email: expected "ada@example.com", came {came}')]
    assert "eve@private" not in repr(result)


def test_what_holds_a_redacted_value_is_not_shown_either() -> None:
    result = judged(contact(email="eve@private.test"), expect(json={"$.items": {"length": 3}}), redact_json=PRIVATE)
    assert result.failures[0].actual == "list of 2"
    assert "eve@private" not in repr(result)


def test_a_redacted_number_tells_nothing_in_a_schemas_problem() -> None:
    result = judged(contact(age=-47), expect(schema=schema()), redact_json=PRIVATE)
    assert result.failures[0].actual == "negative whole number"
    assert "47" not in repr(result.failures)


def test_the_text_of_an_answer_with_redaction_is_not_shown() -> None:
    wanted = Expect(OK, text=(matcher({"contains": "x-absent"}),), source=HERE)
    result = judged(contact(email="eve@private.test"), wanted, redact_json=PRIVATE)
    assert "eve@private" not in repr(result)


def test_a_redacted_value_that_was_captured_is_masked_wherever_it_is_used() -> None:
    world = World(lambda _request: contact(email="eve@private.test"))
    declared = probe(
        step("a", captures=(from_json("mail", "$.items[1].email"),)),
        step("b", "/by-mail/${{ captures.mail }}", expect=expect(404)),
        redact_json=PRIVATE,
    )
    result = world.run(declared)
    assert result.steps[0].captured == {"mail": 'text of 16 characters like "aaa@aaaaaaa.aaaa"'}
    assert "eve" not in repr(result)


def test_a_body_that_cannot_be_parsed_under_redaction_keeps_only_its_size_and_type() -> None:
    answer = httpx.Response(200, content=b'{"email": "eve@private.test"', headers={"Content-Type": "application/json"})
    result = judged(answer, expect(json={"$.a": 1}), redact_json=PRIVATE)
    assert result.evidence is not None
    assert result.evidence.response_body == "(28 bytes of application/json)"
    assert "eve@private" not in repr(result)


def test_evidence_keeps_the_rest_of_a_redacted_body() -> None:
    result = judged(contact(email="eve@private.test", note="kept"), expect(404), redact_json=PRIVATE)
    assert result.evidence is not None
    body = json.loads(result.evidence.response_body or "")
    assert body["items"][1] == {"phone": "‹redacted›", "email": "‹redacted›", "note": "kept"}


HEAVY = {
    "a pattern that backtracks": ({"items": {"pattern": "^(a+)+$"}}, ["a" * 24 + "!"] * 35_000),
    "a pattern with look-around": ({"items": {"pattern": "^(?=a)(a+)+$"}}, ["a" * 24 + "!"] * 35_000),
    "a list whose items differ": (
        {"uniqueItems": True, "items": {"required": ["b"]}},
        [{"a": number, "note": "x" * 40} for number in range(12_000)],
    ),
    "a list that should contain what it does not": ({"contains": {"const": -1}}, list(range(140_000))),
}


@pytest.mark.parametrize(("schema", "document"), HEAVY.values(), ids=HEAVY.keys())
def test_the_largest_answer_that_is_judged_holds_nobody_up(schema: dict[str, Any], document: list[Any]) -> None:
    body = json.dumps(document).encode()
    assert 700_000 < len(body) <= JUDGED
    ref = SchemaRef("heavy", json.dumps(schema), "", HERE)
    began = time.process_time()
    run = World(lambda _: httpx.Response(200, content=body)).run(probe(step("read", expect=expect(200, schema=ref))))
    assert run.outcome is Outcome.FAILED
    assert {failure.kind for failure in run.failures} == {FailureKind.SCHEMA}
    assert time.process_time() - began < 5
