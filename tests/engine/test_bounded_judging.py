"""Whatever an answer is like, judging it takes a bounded time and does not hold up other runs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from synthmon.engine.schema import LARGE, MOST, problems
from synthmon.language.branching import branches
from synthmon.model.answer import Capture, CaptureFrom, Expect, SchemaRef
from synthmon.model.run import FailureKind, Outcome, RunResult
from tests.engine.world import HERE, OK, World, matcher, probe, step

TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "anyOf": [
                {"required": [kind], "properties": {"child": {"$ref": "#/$defs/node"}, kind: {"const": True}}}
                for kind in ("leaf", "branch")
            ]
        }
    },
}


def ref(schema: Any) -> SchemaRef:
    return SchemaRef("schemas/it.json", json.dumps(schema), "", HERE)


def nested(depth: int, last: dict[str, Any], **each: Any) -> Any:
    value: Any = last
    for _ in range(depth):
        value = {**each, "child": value}
    return value


def lag_of(work: Callable[[], Any]) -> float:
    """How long another thread was kept waiting at most, beyond the 5 ms that it wants to sleep."""
    worst, over = 0.0, threading.Event()

    def sample() -> None:
        nonlocal worst
        while not over.is_set():
            began = time.perf_counter()
            over.wait(0.005)
            worst = max(worst, time.perf_counter() - began - 0.005)

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        work()
    finally:
        over.set()
        sampler.join()
    return worst


def judged(content: str | bytes, wanted: Expect, *captures: Capture) -> RunResult:
    world = World(lambda _request: httpx.Response(200, content=content))
    return world.run(probe(step("a", expect=wanted, captures=captures)))


def test_an_array_of_ten_megabytes_is_not_held_against_a_schema_at_all() -> None:
    wanted = Expect(OK, schema=ref({"items": {"type": "integer"}}), source=HERE)

    result = judged(b"[" + b"1," * 5_000_000 + b"1]", wanted)

    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.BODY)
    assert "at most 1048576 are judged" in result.failures[0].message


CATASTROPHE = "a" * 900_000 + "!"


@pytest.mark.parametrize(
    "wanted",
    [
        Expect(OK, json=(("$", matcher({"matches": "(a+)+$"})),), source=HERE),
        Expect(OK, json=(("$[?match(@, '(a+)+')]", matcher({"count": 1})),), source=HERE),
        Expect(OK, text=(matcher({"matches": "^(a|aa)+$"}),), source=HERE),
        Expect(OK, schema=ref({"pattern": "^(a+)+$"}), source=HERE),
        Expect(OK, schema=ref({"pattern": "^(?=(a+)+$)a"}), source=HERE),
    ],
    ids=["matches", "JSONPath", "text", "schema", "schema with look-around"],
)
def test_the_worst_pattern_over_the_longest_text_fails_in_time(wanted: Expect) -> None:
    began = time.process_time()

    result = judged(json.dumps(CATASTROPHE), wanted)

    assert result.outcome is Outcome.FAILED
    assert time.process_time() - began < 2


def test_a_capture_with_the_worst_pattern_takes_nothing_in_time() -> None:
    began = time.process_time()

    result = judged(CATASTROPHE, Expect(OK), Capture("v", CaptureFrom.TEXT, "", HERE, pattern="(a|aa)+b"))

    assert result.failures[0].kind is FailureKind.CAPTURE
    assert time.process_time() - began < 2


def test_of_a_large_value_that_breaks_a_rule_everywhere_the_first_place_is_told() -> None:
    schema, large = ref({"items": {"type": "string"}}), list(range(LARGE * 5))
    problems(schema, large[:1])

    told: list[Any] = []
    lag = lag_of(lambda: told.extend(problems(schema, large)))

    assert [problem.location for problem in told] == [(0,)]
    assert lag < 0.5
    assert len(problems(schema, large[:100])) == MOST


CHILD: dict[str, Any] = {"properties": {"child": {"$ref": "#"}}}


@pytest.mark.parametrize(
    "more",
    [
        {"patternProperties": {"^ch": {"$ref": "#"}}},
        {"$ref": "#/$defs/base", "$defs": {"base": CHILD}},
        {"dependentSchemas": {"child": CHILD}},
        {"not": {"not": CHILD}},
    ],
    ids=["patternProperties", "ref", "dependentSchemas", "not"],
)
def test_a_schema_that_looks_twice_at_each_level_of_a_deep_answer_holds_nobody_up(more: dict[str, Any]) -> None:
    told: list[Any] = []

    lag = lag_of(lambda: told.extend(problems(ref({**CHILD, "type": "object", **more}), nested(150, {"child": 1}))))

    assert [problem.rule for problem in told] == ["fits"]
    assert lag < 0.5


@pytest.mark.parametrize("key", ["anyOf", "oneOf", "allOf"])
def test_a_schema_that_branches_at_each_level_of_a_deep_answer_holds_nobody_up(key: str) -> None:
    twice = {"type": "object", key: [{"properties": {"child": {"$ref": "#"}}}] * 2}
    told: list[Any] = []

    lag = lag_of(lambda: told.extend(problems(ref(twice), nested(150, {"child": 1}))))

    assert [problem.rule for problem in told] == ["fits"]
    assert "it is nested 151 levels deep, and the schema branches at each" in told[0].message
    assert lag < 0.5


def test_a_deep_answer_is_judged_by_such_a_schema_and_a_shallow_one_is_told_of_in_full() -> None:
    assert problems(ref(TREE), nested(150, {"leaf": True}, branch=True)) == ()
    assert [problem.rule for problem in problems(ref(TREE), nested(5, {"leaf": False}, leaf=True))] == ["anyOf"]


@pytest.mark.parametrize(
    ("schema", "ways"),
    [
        (TREE, 2),
        ({"type": "object"}, 1),
        ({"anyOf": [{}, {}, {}]}, 1),  # many branches, none of which leads back
        ({"properties": {"child": {"$ref": "#"}}}, 1),  # leads back by one way
        ({"anyOf": [{"$ref": "#/$defs/a"}, {}], "$defs": {"a": {"type": "string"}}}, 1),
        ({"properties": {"c": {"$ref": "#"}}, "if": {"$ref": "#/$defs/a"}, "then": {}, "$defs": {"a": {}}}, 1),
        ({"items": {"$dynamicRef": "#node"}, "oneOf": [{}, {}, {}]}, 1),  # branches that look no further
        ({"items": {"$dynamicRef": "#node"}, "oneOf": [{"items": {}}, {"items": {}}]}, 3),
        ({"anyOf": [{"anyOf": [CHILD, CHILD]}, {"anyOf": [CHILD, CHILD]}]}, 4),
        ({**CHILD, "patternProperties": {"^ch": {"$ref": "#"}, "ld$": {"$ref": "#"}}}, 3),
        ({**CHILD, "$ref": "#/$defs/base", "$defs": {"base": CHILD}}, 2),
        ({**CHILD, "dependentSchemas": {"child": CHILD}}, 2),
        ({"items": {"$ref": "#"}, "contains": {"$ref": "#"}}, 2),
        ({**CHILD, "$ref": "#"}, 1),  # on the spot, which no validator follows for ever
    ],
)
def test_the_ways_in_which_a_schema_leads_back_to_itself_are_counted(schema: Any, ways: int) -> None:
    assert branches({"file:///inline": schema}, "file:///inline", "") == ways
