"""What is held against an answer by one look each is what the whole way finds, or is left to it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine.assertion import check
from synthmon.engine.plainly import passed
from synthmon.engine.redaction import Redaction
from synthmon.engine.reply import Reply
from synthmon.engine.values import Values
from synthmon.model.answer import Expect, SchemaRef, StatusRange
from synthmon.model.run import RunKey
from tests.engine.world import HERE, SLOT, World, expect, matcher, probe, step

SCHEMA = SchemaRef(
    "schemas/it.json",
    json.dumps({"type": "object", "properties": {"a": {"type": ["integer", "string"]}, "b": {"minItems": 1}}}),
    "",
    HERE,
)
SOME: list[Any] = [
    None,
    True,
    False,
    0,
    0.0,
    -0.0,
    1,
    1.0,
    2,
    12.5,
    1e300,
    10**18,
    -(10**30),
    "",
    "1",
    "1.0",
    "a",
    "ab",
    "é",
    "x" * 200,
    [],
    [1],
]
VALUES = st.sampled_from([*SOME, {}])
TEXTS = st.sampled_from(["a", "1"])
TYPES = st.sampled_from(["string", "number", "integer", "boolean", "object", "array", "null"])
SIZES = st.integers(0, 2)
CONDITIONS = st.one_of(
    st.builds(lambda name, value: {name: value}, st.sampled_from(["equals", "not_equals", "contains"]), VALUES),
    st.builds(
        lambda name, value: {name: value},
        st.sampled_from(["less_than", "at_most", "more_than", "at_least"]),
        st.sampled_from([0, 1, 1.5, "a"]),
    ),
    st.builds(lambda values: {"one_of": values}, st.lists(VALUES, min_size=1, max_size=3)),
    st.builds(
        lambda name, text: {name: text}, st.sampled_from(["starts_with", "matches"]), st.sampled_from(["a", "1"])
    ),
    st.builds(lambda kind: {"type": kind}, TYPES),
    st.builds(lambda size: {"length": size}, SIZES),
    st.builds(lambda size: {"length": {"at_least": size}}, SIZES),
    st.builds(lambda size: {"count": size}, SIZES),
    st.builds(lambda flag: {"exists": flag}, st.booleans()),
    st.builds(lambda flag: {"empty": flag}, st.booleans()),
    st.builds(lambda value: {"each": {"equals": value}}, VALUES),
    st.builds(lambda value, size: {"equals": value, "at_least": size}, VALUES, SIZES),
)
PATHS = st.sampled_from(["$", "$.a", "$.b", "$.b[0]", "$.b[-1]", "$.b.c", "$['a']", "$.b[*]", "$..a"])
EXPECTS = st.builds(
    lambda statuses, paths, headers, schema: Expect(
        tuple(StatusRange(first, first + 9) for first in statuses),
        tuple((name, matcher(one)) for name, one in headers),
        json=tuple((path, matcher(one)) for path, one in paths),
        schema=schema,
        source=HERE,
    ),
    st.lists(st.sampled_from([200, 400]), max_size=2),
    st.lists(st.tuples(PATHS, CONDITIONS), max_size=3),
    st.lists(st.tuples(st.sampled_from(["X-Number", "x-gone", "Set-Cookie"]), CONDITIONS), max_size=1),
    st.none() | st.just(SCHEMA),
)
BODIES = st.one_of(
    st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES | st.lists(VALUES, max_size=2)}).map(json.dumps),
    VALUES.map(json.dumps),
    st.sampled_from(["", "<p>", '{"a": 1, "a": 2}']),
)


def both(expected: Expect, reply: Reply) -> tuple[Any, Any]:
    """What the one look finds, and what the whole way does if everything holds."""
    asked = probe(step("a"))
    key = RunKey("test", asked.name, asked.regions[0].name, SLOT)
    values = Values(asked, key, asked.regions[0], World().surroundings, SLOT)
    checks = check(expected, reply, values, Redaction(()))
    whole = tuple(one.result for one in checks)
    return passed(expected, reply), whole if all(one.passed for one in whole) else None


@settings(max_examples=120)
@given(EXPECTS, BODIES, st.sampled_from([200, 404]), st.sampled_from(["1", "1.0", "a"]))
def test_what_holds_is_told_as_the_whole_way_tells_it(expected: Expect, body: str, status: int, number: str) -> None:
    headers = {"X-Number": number, "Set-Cookie": "sid=a"}
    quick, whole = both(expected, Reply(httpx.Response(status, text=body, headers=headers), {}))
    assert quick is None or repr(quick) == repr(whole)


PLAIN: tuple[Expect, ...] = (
    expect(200),
    expect(200, json={"$.a": 1, "$.b[-1].c": {"more_than": 0}}, schema=SCHEMA),
    expect(200, headers={"X-Number": {"at_least": 1}}, json={"$.text": {"matches": "^d"}}),
)


@pytest.mark.parametrize("expected", PLAIN)
def test_what_most_steps_expect_needs_no_more_than_a_look(expected: Expect) -> None:
    body = {"a": 1, "b": [{"c": 0}, {"c": 3}], "text": "done"}
    reply = Reply(httpx.Response(200, json=body, headers={"X-Number": "7"}), {})
    quick, whole = both(expected, reply)
    assert quick == whole is not None
