"""`assert` and `warn`: what is true, what is told when it is not, and what is never shown."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from synthmon.model.answer import Assertion, Expect
from synthmon.model.run import FailureKind, Outcome, RunResult
from synthmon.model.text import Expression
from tests.engine.world import HERE, OK, World, expect, from_json, matchers, probe, routes, step

BODY = {"total": 20, "net": 15, "items": [{"sku": "A", "price": 20}], "paid": False, "name": "Ann Lee", "age": 7}


def assertions(*texts: str, message: str | None = None) -> tuple[Assertion, ...]:
    return tuple(Assertion(Expression(text, HERE), HERE, message) for text in texts)


def judged(*texts: str, message: str | None = None, body: Any = BODY, **more: Any) -> RunResult:
    """A run of two steps, the second of which makes the assertions."""
    headers = {"X-Left": "7", "Authorization": "Basic abcdefgh", "Set-Cookie": "sid=s3ss10n; Path=/"}
    world = World(lambda _request: httpx.Response(200, json=body, headers=headers))
    told = step("told", expect=Expect(OK, assertions=assertions(*texts, message=message), source=HERE))
    first = step("first", captures=(from_json("total", "$.total"), from_json("age", "$.age")))
    return world.run(probe(first, told, variables={"limit": 20, "key": "k"}, **more))


@pytest.mark.parametrize(
    "text",
    [
        "response.status == 200",
        'response.headers["x-LEFT"] == "7"',
        'response.cookies.sid == "s3ss10n"',
        "response.json.total == captures.total",
        "response.json.items[-1].price <= vars.limit",
        '"total" in response.json and "nothing" not in response.json',
        'default(response.json.currency, "EUR") == "EUR"',
        "length(response.text) > 10",
    ],
)
def test_an_assertion_sees_the_answer_captures_and_variables(text: str) -> None:
    assert judged(text).outcome is Outcome.PASSED


def test_one_that_is_not_true_is_told_with_the_values_of_its_parts() -> None:
    result = judged("response.json.total == response.json.net + 1", message="the sums differ")
    (failure,) = result.failures

    assert (failure.kind, result.failed_step) == (FailureKind.BODY, "told")
    assert failure.message == (
        "the sums differ: response.json.total == response.json.net + 1 "
        "(response.json.total is 20, response.json.net is 15)"
    )
    assert failure.expected == "response.json.total == response.json.net + 1"
    assert failure.source == "probes/shop.yaml:7:3"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("response.json.nothing == 1", "there is no 'nothing' in it"),
        ("response.json.items[3].sku == 1", "there is no [3] in a list of 1 item"),
        ("response.json.total", "it is a number, not true or false; response.json.total is 20"),
        ("response.json.name > 5", "`>` compares two numbers or two texts, not text of 7 characters and a number"),
    ],
)
def test_what_is_not_there_or_does_not_fit_is_the_targets_failure(text: str, told: str) -> None:
    result = judged(text)

    assert result.outcome is Outcome.FAILED
    assert told in result.failures[0].message


def test_a_body_that_is_no_json_makes_it_untrue() -> None:
    world = World(lambda _request: httpx.Response(200, text="<html>busy</html>"))
    result = world.run(
        probe(step("a", expect=Expect(OK, assertions=assertions("response.json.total == 1"), source=HERE)))
    )

    assert result.outcome is Outcome.FAILED
    assert "the answer is an HTML page, not JSON" in result.failures[0].message


def test_what_we_cannot_render_is_our_error() -> None:
    assert judged("response.status == vars.missing").outcome is Outcome.ERROR


def test_neither_secrets_nor_personal_data_are_told() -> None:
    result = judged(
        'response.json.name == "Bob" or response.headers.authorization == "x" or response.cookies.sid == "y"'
        ' or response.text == "z" or captures.age == 8 or response.json.items == 1',
        redact_json=("$.name", "$.age"),
    )
    message = result.failures[0].message

    assert result.outcome is Outcome.FAILED
    assert 'response.json.name is text of 7 characters like "Aaa Aaa"' in message
    assert "captures.age is whole number" in message
    assert 'response.json.items is [{"sku": "A", "price": 20}]' in message
    for hidden in ("Ann", "abcdefgh", "s3ss10n", "is 7"):
        assert hidden not in message


def test_a_warning_degrades_the_step_and_the_run_goes_on() -> None:
    world = World(routes({"GET /": BODY}))
    warned = step(
        "warned",
        warn=Expect(json=matchers({"$.total": {"at_most": 10}, "$.net": 15}), source=HERE),
        captures=(from_json("total", "$.total"),),
    )
    result = world.run(probe(warned, step("next", expect=expect(json={"$.total": "${{ captures.total }}"}))))

    assert (result.outcome, result.failed_step) == (Outcome.DEGRADED, "warned")
    assert [Outcome.DEGRADED, Outcome.PASSED] == [one.outcome for one in result.steps]
    assert [one.message for one in result.failures] == ["$.total: expected at most 10, came 20"]
    assert [("status", True, False), ("$.total", False, True), ("$.net", True, True)] == [
        (one.subject, one.passed, one.warning) for one in result.steps[0].assertions
    ]
    assert result.steps[0].evidence is not None


def test_nothing_is_warned_of_where_the_step_is_broken_anyway() -> None:
    world = World(lambda _request: httpx.Response(500, json={}))
    result = world.run(probe(step("broken", warn=Expect(json=matchers({"$.total": 1}), source=HERE))))

    assert result.outcome is Outcome.FAILED
    assert [FailureKind.STATUS] == [one.kind for one in result.failures]
    assert ["status"] == [one.subject for one in result.steps[0].assertions]


def test_a_cleanup_step_that_asserts_over_what_was_never_captured_is_skipped() -> None:
    world = World(lambda _request: httpx.Response(500))
    undo = step("undo", expect=Expect(OK, assertions=assertions("response.json.id == captures.id"), source=HERE))
    result = world.run(probe(step("make", captures=(from_json("id", "$.id"),)), cleanup=(undo,)))

    assert result.cleanup[0].outcome is Outcome.SKIPPED
    assert result.cleanup[0].skipped_because == "nothing to clean up: `captures.id` was never captured"
