"""What each operator holds of, what it does not hold of, and in which words; never an exception."""

from __future__ import annotations

from typing import Any

import pytest

from synthmon.language.operator import MOST_MISMATCHES, Found, check_operand, evaluate, expectation
from synthmon.model.answer import Condition, Matcher, Operator
from synthmon.model.text import Tree
from tests.language.seeing import HERE

OBJECT = {"k": 1}
EMPTY: list[Any] = ["", [], {}, None]
FULL: list[Any] = [" ", [0], {"": 0}, 0, False]


def matcher(**conditions: Any) -> Matcher:
    """Operators as they are written in YAML; mappings are matchers."""
    return Matcher(tuple(Condition(Operator(name), _operand(value)) for name, value in conditions.items()), HERE)


def _operand(value: Any) -> Tree | Matcher:
    if isinstance(value, dict) and value and set(value) <= set(Operator):
        return matcher(**value)
    return tuple(value) if isinstance(value, list) else value


def said(conditions: dict[str, Any], *values: Any, from_text: bool = False) -> list[str]:
    """The messages about nodes that are called `$.a`, or `$[0]` and so on if there are several."""
    labels = ["$.a"] if len(values) == 1 else [f"$[{number}]" for number in range(len(values))]
    found = Found(tuple(zip(labels, values, strict=True)), from_text)
    return [mismatch.message for mismatch in evaluate(matcher(**conditions), found)]


HOLDS: list[tuple[str, Any, Any]] = [
    *(
        ("equals", operand, value)
        for operand, value in [(20, 20.0), ("a", "a"), (None, None), (True, True), (0.5, 0.5)]
    ),
    *(("equals", operand, value) for operand, value in [(["a", 1], ["a", 1.0]), ({"x": [1]}, {"x": [1]}), ("", "")]),
    *(("not_equals", operand, value) for operand, value in [(20, "20"), (1, True), ("a", "A"), (None, False)]),
    *(("one_of", ["a", 1, None], value) for value in ["a", 1.0, None]),
    *(("not_one_of", ["a", 1], value) for value in ["A", "1", True, None]),
    *(("less_than", operand, value) for operand, value in [(2, 1), (1.5, 1), ("b", "a")]),
    *(("at_most", operand, value) for operand, value in [(2, 2), (2, 1.9), ("b", "b")]),
    *(("more_than", operand, value) for operand, value in [(1, 2), ("a", "b")]),
    *(("at_least", operand, value) for operand, value in [(2, 2.0), ("a", "a")]),
    *(("contains", operand, value) for operand, value in [("b", "abc"), (1, [0, 1.0]), ("k", OBJECT), ("", "")]),
    *(("contains", operand, value) for operand, value in [({"a": 1}, [{"a": 1}]), (None, [None])]),
    *(("not_contains", operand, value) for operand, value in [("B", "abc"), (True, [1]), ("x", OBJECT)]),
    *(("not_contains", operand, value) for operand, value in [("a", None), ("a", 5), (1, "1"), (1, OBJECT)]),
    *(("starts_with", operand, value) for operand, value in [("ab", "abc"), ("", "x")]),
    *(("ends_with", operand, value) for operand, value in [("bc", "abc"), ("", "x")]),
    *(("matches", operand, value) for operand, value in [("b", "abc"), (r"^\d+$", "12"), ("(?i)B", "abc"), ("", "")]),
    *(("length", 3, value) for value in ["a€c", [1, 2, 3], {"a": 1, "b": 2, "c": 3}]),
    ("length", {"at_least": 1, "less_than": 3}, "ab"),
    ("count", 1, None),
    ("count", {"at_most": 2}, "x"),
    ("exists", True, None),
    *(("empty", True, value) for value in EMPTY),
    *(("empty", False, value) for value in FULL),
    *(("type", name, value) for name, value in [("string", "1"), ("number", 1), ("number", 1.5), ("integer", 2.0)]),
    *(("type", name, value) for name, value in [("integer", 2), ("boolean", True), ("null", None), ("array", [1])]),
    ("type", "object", {}),
    ("format", "email", "a@example.com"),
    ("format", "date-time", "2026-11-23T08:14:11Z"),
    ("format", "date", "2026-02-28"),
    ("format", "uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ("format", "uri", "https://example.com/a?b#c"),
    ("format", "ipv4", "192.0.2.1"),
    ("format", "ipv6", "2001:db8::1"),
    ("format", "hostname", "a-b.example.com"),
    ("each", {"at_least": 1}, 1),
    ("any", {"at_least": 1}, 1),
]

DOES_NOT: list[tuple[str, Any, Any, str]] = [
    ("equals", "a", "A", 'expected "a", came "A"'),
    ("equals", 20, "20", 'expected integer 20, came string "20"'),
    ("equals", "20", 20, 'expected string "20", came integer 20'),
    ("equals", True, "true", 'expected boolean true, came string "true"'),
    ("equals", None, "null", 'expected null, came string "null"'),
    ("equals", True, 1, "expected true, came 1"),
    ("equals", {"x": [1]}, {"x": [1, 2]}, 'expected {"x": [1]}, came {"x": [1, 2]}'),
    ("not_equals", 20, 20.0, "expected not equals 20, came 20.0"),
    ("one_of", ["a", 1], "b", 'expected one of ["a", 1], came "b"'),
    ("one_of", [1], "1", 'expected one of [1], came "1"'),
    ("not_one_of", ["a", 1], 1.0, 'expected not one of ["a", 1], came 1.0'),
    ("less_than", 2, 2, "expected less than 2, came 2"),
    ("at_most", 2, 2.1, "expected at most 2, came 2.1"),
    ("more_than", 2, 2, "expected more than 2, came 2"),
    ("at_least", "b", "a", 'expected at least "b", came "a"'),
    ("at_least", 2, "3", "text of 1 character cannot be compared with 2"),
    ("at_least", "2", 3, 'a number cannot be compared with "2"'),
    ("less_than", 2, None, "null cannot be compared with 2"),
    ("less_than", 2, True, "a boolean cannot be compared with 2"),
    ("contains", "B", "abc", 'expected contains "B", came "abc"'),
    ("contains", 1, "1", 'expected contains 1, came "1"'),
    ("contains", "a", None, 'expected contains "a", came null'),
    ("not_contains", "b", "abc", 'expected not contains "b", came "abc"'),
    ("starts_with", "b", "abc", 'expected starts with "b", came "abc"'),
    ("starts_with", "1", 12, 'expected starts with "1", came 12'),
    ("ends_with", "b", ["b"], 'expected ends with "b", came ["b"]'),
    ("matches", "^b", "abc", 'expected matches "^b", came "abc"'),
    ("matches", "1", 12, "a number is not a text that could match"),
    ("length", 3, "ab", "expected length 3, came text of 2 characters"),
    ("length", {"at_least": 1}, [], "expected length at least 1, came list of 0 items"),
    ("length", 1, 5, "a number has no length"),
    ("length", 0, None, "null has no length"),
    ("empty", True, "x", 'expected empty, came "x"'),
    ("empty", True, 0, "expected empty, came 0"),
    ("empty", False, {}, "expected not empty, came {}"),
    ("type", "string", 1, 'expected type "string", came 1'),
    ("type", "integer", 1.5, 'expected type "integer", came 1.5'),
    ("type", "number", True, 'expected type "number", came true'),
    ("type", "object", [], 'expected type "object", came []'),
    ("format", "email", "a@", 'expected format "email", came "a@"'),
    ("format", "date", "2026-02-30", 'expected format "date", came "2026-02-30"'),
    ("format", "ipv4", 5, 'expected format "ipv4", came 5'),
    ("format", "uuid", "\ud800", 'expected format "uuid", came "\\ud800"'),
    ("each", {"at_least": 2}, 1, "expected at least 2, came 1"),
]


@pytest.mark.parametrize(("operator", "operand", "value"), HOLDS)
def test_an_operator_holds(operator: str, operand: Any, value: Any) -> None:
    assert [] == said({operator: operand}, value)


@pytest.mark.parametrize(("operator", "operand", "value", "message"), DOES_NOT)
def test_an_operator_that_does_not_hold_says_what_was_expected_and_what_came(
    operator: str, operand: Any, value: Any, message: str
) -> None:
    assert [f"$.a: {message}"] == said({operator: operand}, value)


def test_every_operator_is_shown_to_hold() -> None:
    assert set(Operator) == {name for name, _, _ in HOLDS}
    about_all_nodes = {"count", "exists", "any"}
    assert set(Operator) == {name for name, *_ in DOES_NOT} | about_all_nodes


@pytest.mark.parametrize(
    ("conditions", "values", "messages"),
    [
        ({"equals": 1}, [], ["nothing was found"]),
        ({"length": 1}, [], ["nothing was found"]),
        ({"not_equals": 1}, [], ["nothing was found"]),
        (
            {"equals": 1},
            [1, 1],
            ["2 values were found where one is expected: use each, any or count, or a path to one of them"],
        ),
        ({"exists": True}, [], ["nothing was found"]),
        ({"exists": True}, [1, 2], []),
        ({"exists": False}, [], []),
        ({"exists": False}, ["x"], ['expected does not exist, came "x"']),
        ({"count": 0}, [], []),
        ({"count": 2}, [1, None], []),
        ({"count": 2}, [1], ["expected count 2, came 1 found"]),
        ({"count": {"at_least": 1}}, [], ["expected count at least 1, came 0 found"]),
        ({"each": {"at_least": 1}}, [], ["nothing was found, so nothing can hold of each"]),
        ({"each": {"at_least": 1}}, [1, 0, 2], ["$[1]: expected at least 1, came 0"]),
        ({"any": {"equals": 2}}, [1, 2], []),
        ({"any": {"equals": 2}}, [], ["none of 0 values is 2"]),
        ({"any": {"at_least": 2, "less_than": 9}}, [1, 0], ["none of 2 values is at least 2 and less than 9"]),
        ({"any": {"length": {"at_least": 2}}}, ["a", "bc"], []),
    ],
)
def test_operators_over_many_nodes(conditions: dict[str, Any], values: list[Any], messages: list[str]) -> None:
    assert messages == said(conditions, *values)


def test_each_names_the_first_nodes_that_are_wrong_and_no_more() -> None:
    messages = said({"each": {"equals": 1}}, *[0] * 50)
    assert MOST_MISMATCHES == len(messages)
    assert ["$[0]: expected 1, came 0", "$[1]: expected 1, came 0"] == messages[:2]


def test_every_condition_of_a_matcher_is_told_by_itself() -> None:
    assert [
        '$.a: expected type "integer", came 0.5',
        "$.a: expected at least 1, came 0.5",
    ] == said({"type": "integer", "at_least": 1, "at_most": 3}, 0.5)


@pytest.mark.parametrize(
    ("operator", "operand", "text"),
    [
        ("at_least", 100, "100"),
        ("at_least", 100, " 250 "),
        ("less_than", 1, "-0.5"),
        ("equals", 20, "20"),
        ("equals", 20, "20.0"),
        ("equals", 1000, "1e3"),
        ("one_of", [1, 2], "2"),
        ("not_equals", 1, "one"),
        ("equals", "20", "20"),
        ("at_least", "b", "c"),
    ],
)
def test_a_headers_text_is_read_as_a_number_where_the_operand_is_one(operator: str, operand: Any, text: str) -> None:
    assert [] == said({operator: operand}, text, from_text=True)


@pytest.mark.parametrize("text", ["many", "", "nan", "inf", "1_000", "1e999", "٣", "0x10", "1,000", "9" * 101])
def test_a_headers_text_that_is_no_number_is_compared_with_none(text: str) -> None:
    assert said({"at_least": 1}, text, from_text=True)[0].endswith("cannot be compared with 1")
    assert said({"equals": 1}, text, from_text=True)


def test_json_text_is_never_read_as_a_number() -> None:
    assert ["$.a: text of 3 characters cannot be compared with 100"] == said({"at_least": 100}, "250")


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"equals": "a", "matches": "b"}, '"a" and matches "b"'),
        ({"at_least": 300}, "at least 300"),
        ({"each": {"format": "email"}}, 'each format "email"'),
        ({"length": {"at_least": 1}}, "length at least 1"),
        ({"exists": True}, "exists"),
        ({"exists": False}, "does not exist"),
        ({"empty": False}, "not empty"),
        ({"not_one_of": [1, 2]}, "not one of [1, 2]"),
    ],
)
def test_a_matcher_is_put_into_words(conditions: dict[str, Any], words: str) -> None:
    assert words == expectation(matcher(**conditions))


SIZE = "takes a whole number from 0 on, or operators such as {at_least: 1}"
LIST = "takes a list that is not empty"
ORDERED = "takes a number or a text"
TYPES = "takes one of string, number, integer, boolean, object, array, null"
FORMATS = "takes one of email, date-time, date, uuid, uri, ipv4, ipv6, hostname"
MISUSED: list[tuple[str, Any, str]] = [
    *((name, operand, "takes true or false") for name in ("exists", "empty") for operand in ("yes", 1, None)),
    *((name, operand, SIZE) for name in ("length", "count") for operand in (-1, 1.5, "1", True, None, [1])),
    *(
        (name, operand, "takes a list that is not empty")
        for name in ("one_of", "not_one_of")
        for operand in (EMPTY[1], "a", 1)
    ),
    *(
        (name, operand, "takes a number or a text")
        for name in ("less_than", "at_most")
        for operand in (None, True, [1])
    ),
    *(
        (name, operand, "takes a number or a text")
        for name in ("more_than", "at_least")
        for operand in (None, True, OBJECT)
    ),
    *((name, operand, "takes a text") for name in ("starts_with", "ends_with") for operand in (1, None, ["a"])),
    ("matches", 1, "takes a pattern as text"),
    ("matches", "(", "not a pattern of RE2: missing ): ("),
    ("type", "text", TYPES),
    ("type", "sting", f"{TYPES}; did you mean `string`?"),
    ("type", None, f"{TYPES}"),
    ("format", "mail", f"{FORMATS}; did you mean `email`?"),
    ("format", "datetime", f"{FORMATS}; did you mean `date-time`?"),
    ("format", 3, FORMATS),
]


@pytest.mark.parametrize(("operator", "operand", "problem"), MISUSED)
def test_an_operand_that_cannot_be_used_is_refused_as_written(operator: str, operand: Any, problem: str) -> None:
    assert problem == check_operand(Operator(operator), _operand(operand))


@pytest.mark.parametrize(("operator", "operand", "problem"), MISUSED)
def test_the_same_operand_out_of_an_expression_never_holds(operator: str, operand: Any, problem: str) -> None:
    for values in (["x"], [1], [], [1, 2]):
        assert [f"`{operator}`: {problem}"] == said({operator: operand}, *values)


@pytest.mark.parametrize(("operator", "operand", "_value"), HOLDS)
def test_an_operand_that_can_hold_is_accepted_as_written(operator: str, operand: Any, _value: Any) -> None:
    assert check_operand(Operator(operator), _operand(operand)) is None


def test_values_of_any_depth_are_compared_without_an_exception() -> None:
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    assert [] == said({"equals": deep}, deep)
    assert [] == said({"contains": deep}, [deep])
