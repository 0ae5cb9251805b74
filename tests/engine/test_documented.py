"""Answers held against an OpenAPI operation: status, content type, required headers and the body."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from synthmon.model.answer import Expect, StatusRange
from synthmon.model.run import FailureKind, RunResult
from synthmon.probefile.assembly.operations import find_operation
from synthmon.probefile.assembly.schemas import SchemaShelf
from tests.engine.world import HERE, World, probe, step
from tests.probefile.installation import DATA

ID = "f5b16522-4a58-4791-9f6a-f1d8303e61cd"
ORDER = {"id": "17", "status": "paid", "total": {"amount": 20, "currency": "EUR"}, "lines": [{"sku": "A"}]}
HEADERS = {"X-Request-Id": ID, "Content-Type": "application/json; charset=utf-8"}
GET_ORDER = find_operation(SchemaShelf(DATA / "good"), "schemas/shop.openapi.yaml", "getOrder", HERE)
ANY = (StatusRange(100, 599),)


def judged(status: int = 200, body: Any = ORDER, headers: dict[str, str] | None = None, **more: Any) -> RunResult:
    content = body if isinstance(body, str) else json.dumps(body)
    given = {**HEADERS, **(headers or {})}
    answer = httpx.Response(status, headers={k: v for k, v in given.items() if v}, content=content)
    world = World(lambda _request: answer)
    return world.run(probe(step("a", expect=Expect(ANY, openapi=GET_ORDER, source=HERE)), **more))


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, ORDER, {}),
        (200, {**ORDER, "note": None, "parent": None, "weight": 0.5}, {"X-RateLimit-Remaining": "7"}),
        (200, "id,total\n17,20\n", {"Content-Type": "text/csv"}),
        (404, {"title": "no such order"}, {"Content-Type": "application/problem+json"}),
        (503, {"title": "busy", "detail": None}, {"Content-Type": "application/problem+json", "X-Request-Id": ""}),
    ],
)
def test_what_is_documented_is_right(status: int, body: Any, headers: dict[str, str]) -> None:
    assert judged(status, body, headers).failures == ()


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "message"),
    [
        (418, ORDER, {}, FailureKind.STATUS, "status: getOrder of schemas/shop.openapi.yaml documents 200, 404, 5xx"),
        (200, "<p>", {"Content-Type": "text/html"}, FailureKind.HEADER, "documents application/json, text/csv, came"),
        (200, "x", {"Content-Type": ""}, FailureKind.HEADER, "came none"),
        (200, ORDER, {"X-Request-Id": ""}, FailureKind.HEADER, "header X-Request-Id"),
        (200, ORDER, {"X-Request-Id": "17"}, FailureKind.HEADER, "header X-Request-Id"),
        (200, ORDER, {"X-RateLimit-Remaining": "-1"}, FailureKind.HEADER, "header X-RateLimit-Remaining"),
        (200, {**ORDER, "status": "open"}, {}, FailureKind.SCHEMA, "$.status"),
        (200, {**ORDER, "weight": 0}, {}, FailureKind.SCHEMA, "$.weight"),
        (200, {**ORDER, "lines": [{"sku": "A", "x": 1}]}, {}, FailureKind.SCHEMA, "$.lines[0]"),
        (200, {**ORDER, "total": {"amount": 1, "currency": "eur"}}, {}, FailureKind.SCHEMA, "$.total.currency"),
        (200, {**ORDER, "parent": {"id": 1}}, {}, FailureKind.SCHEMA, "$.parent"),
        (200, "no json", {}, FailureKind.BODY, "the answer is not JSON"),
    ],
)
def test_what_is_not_documented_fails_the_step(
    status: int, body: Any, headers: dict[str, str], kind: FailureKind, message: str
) -> None:
    (failure, *_) = judged(status, body, headers).failures

    assert failure.kind is kind
    assert message in failure.message


def test_a_head_request_has_no_body_that_could_fit() -> None:
    world = World(lambda _request: httpx.Response(200, headers=HEADERS))
    asked = step("a", method="HEAD", expect=Expect(ANY, openapi=GET_ORDER, source=HERE))

    assert world.run(probe(asked)).failures == ()


def test_the_value_that_breaks_a_rule_is_not_shown() -> None:
    result = judged(200, {**ORDER, "status": "Ann Lee, 12 High Street"}, redact_json=("$.name",))

    assert "Ann" not in str(result.failures)
    assert 'like "Aaa Aaa, 99 Aaaa Aaaaaa"' in result.failures[0].message
