"""GraphQL requests, and answers of status 200 that are failures all the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from synthmon.model.answer import Assertion
from synthmon.model.journey import Poll
from synthmon.model.request import GraphQLBody, RequestSpec
from synthmon.model.run import FailureKind, Outcome, RunResult
from synthmon.model.text import Expression, Text
from tests.engine.world import BASE, HERE, World, expect, probe, step, tree, until

QUERY = "query Order($id: ID!) { order(id: $id) { total } }"


def asking(headers: dict[str, Text] | None = None, **more: Any) -> RequestSpec:
    body = GraphQLBody(QUERY, **{"variables": tree({"id": "${{ vars.id }}"}), "reads": True, **more})
    return RequestSpec("POST", f"{BASE}/graphql", body=body, headers=headers or {})


def answered(answer: Any, status: int = 200, redact: tuple[str, ...] = (), **of_step: Any) -> RunResult:
    world = World(lambda _: httpx.Response(status, json=answer))
    return world.run(probe(step("ask", request=asking(), **of_step), variables={"id": 7}, redact_json=redact))


def test_query_variables_and_operation_go_out_as_json() -> None:
    world = World(lambda _: httpx.Response(200, json={"data": {}}))
    run = world.run(probe(step("ask", request=asking(operation="Order")), variables={"id": 7}))
    assert run.outcome is Outcome.PASSED, run.failures
    sent = world.seen[0]
    assert (sent.method, sent.headers["Content-Type"]) == ("POST", "application/json")
    assert sent.headers["Accept"] == "application/graphql-response+json, application/json;q=0.9"
    assert json.loads(sent.content) == {"query": QUERY, "variables": {"id": 7}, "operationName": "Order"}


def test_what_the_probe_says_it_accepts_wins() -> None:
    world = World(lambda _: httpx.Response(200, json={"data": {}}))
    world.run(probe(step("ask", request=asking({"accept": "application/json"})), variables={"id": 7}))
    assert world.seen[0].headers.get_list("Accept") == ["application/json"]


@pytest.mark.parametrize(
    "answer", [{"data": {"order": None}}, {"data": {}, "errors": []}, {"data": {}, "errors": None}]
)
def test_an_answer_without_errors_passes_and_says_so(answer: Any) -> None:
    run = answered(answer)
    assert run.outcome is Outcome.PASSED, run.failures
    assert [(one.subject, one.passed) for one in run.steps[0].assertions] == [("status", True), ("GraphQL", True)]


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ([{"message": "no such order"}], "the answer has 1 GraphQL error: no such order"),
        (
            [{"message": "not yours", "path": ["order", "lines", 0], "extensions": {"code": "FORBIDDEN"}}, {}],
            "the answer has 2 GraphQL errors: not yours (FORBIDDEN) at order.lines.0; one without a message",
        ),
        (
            [{"message": f"e{number}"} for number in range(7)],
            "the answer has 7 GraphQL errors: e0; e1; e2; e3; e4; and 2 more",
        ),
        ([{"message": "a\u202eb\n\x1b[2J"}], "the answer has 1 GraphQL error: a\\u202eb⏎\\x1b[2J"),
        (["text", 5], "the answer has 2 GraphQL errors: one without a message; one without a message"),
        ({"message": "x"}, "`errors` of the answer is no list"),
        ("broken", "`errors` of the answer is no list"),
    ],
)
def test_errors_in_a_200_fail_the_step_with_their_messages(errors: Any, message: str) -> None:
    run = answered({"data": None, "errors": errors})
    assert (run.outcome, run.failures[0].kind) == (Outcome.FAILED, FailureKind.BODY)
    assert run.failures[0].message == message


def test_a_long_message_is_cut() -> None:
    run = answered({"errors": [{"message": "x" * 5000}] * 5})
    assert len(run.failures[0].message) < 1500


def test_messages_under_a_redacted_path_are_told_by_their_shape() -> None:
    run = answered({"errors": [{"message": "ann@example.com is unknown"}]}, redact=("$.errors[*].message",))
    assert "ann@example.com" not in repr(run)
    assert run.failures[0].message.startswith("the answer has 1 GraphQL error: text of 26 characters")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "the answer is none of GraphQL: it has neither `data` nor `errors`"),
        ('{"order": 1}', "the answer is none of GraphQL: it has neither `data` nor `errors`"),
        ("<html>welcome</html>", "the answer is none of GraphQL: the answer is an HTML page, not JSON"),
        ("", "the answer is none of GraphQL: the body is empty"),
    ],
)
def test_what_is_no_answer_of_graphql_fails(content: str, message: str) -> None:
    world = World(lambda _: httpx.Response(200, text=content))
    run = world.run(probe(step("ask", request=asking()), variables={"id": 7}))
    assert (run.outcome, run.failures[0].message) == (Outcome.FAILED, message)


@pytest.mark.parametrize(
    "path", ["$.errors[0].message", "$['errors'][0].message", '$["errors"][0].message', "$..errors[0].message"]
)
def test_a_step_that_expects_errors_judges_them_itself(path: str) -> None:
    wanted = expect(200, json={path: "no such order"})
    assert answered({"errors": [{"message": "no such order"}]}, expect=wanted).outcome is Outcome.PASSED
    assert answered({"errors": [{"message": "another"}]}, expect=wanted).outcome is Outcome.FAILED


def test_errors_that_only_warn_and_errors_in_an_assertion_are_judged_there() -> None:
    errors = {"errors": [{"message": "no such order"}]}
    warned = answered(errors, warn=until({"$.errors": {"exists": False}}))
    assert (warned.outcome, warned.failures[0].message.startswith("$.errors")) == (Outcome.DEGRADED, True)
    asked = replace(expect(200), assertions=(assertion("length(response.json.errors) == 1"),))
    assert answered(errors, expect=asked).outcome is Outcome.PASSED
    other = replace(expect(200), assertions=(assertion("response.status == 200"),))
    assert answered(errors, expect=other).outcome is Outcome.FAILED


def assertion(written: str) -> Assertion:
    return Assertion(Expression(written, HERE), HERE)


def test_a_path_that_only_begins_alike_expects_nothing_of_errors() -> None:
    wanted = expect(200, json={"$.errors_seen": {"exists": False}})
    assert answered({"errors": [{"message": "no such order"}]}, expect=wanted).outcome is Outcome.FAILED


def test_another_status_that_is_expected_has_errors_by_right() -> None:
    assert answered({"errors": [{"message": "bad"}]}, status=400, expect=expect(400)).outcome is Outcome.PASSED


def test_a_status_that_is_not_expected_is_told_as_that() -> None:
    assert answered({"errors": [{"message": "bad"}]}, status=400).failures[0].kind is FailureKind.STATUS


def test_other_requests_may_be_answered_with_errors() -> None:
    world = World(lambda _: httpx.Response(200, json={"errors": [{"message": "x"}]}))
    assert world.run(probe(step("read"))).outcome is Outcome.PASSED


def test_errors_in_the_last_answer_of_a_poll_fail_it() -> None:
    poll = Poll(1.0, 10.0, until({"$.data": None}))
    assert answered({"data": None, "errors": [{"message": "x"}]}, poll=poll).outcome is Outcome.FAILED
