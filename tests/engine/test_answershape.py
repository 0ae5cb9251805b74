"""The shape of an answer: its places and types, bounded, and nothing of what it said."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine import answershape
from synthmon.engine.answershape import HEADERS, PATHS
from synthmon.model.run import AnswerShape, StepResult
from tests.engine.world import World, probe, request, step


def taken(response: httpx.Response, **more: Any) -> StepResult:
    world = World(lambda _request: response, more.pop("secrets", {}))
    return world.run(probe(step("a", request=request(headers=more.pop("headers", {}))), **more)).steps[0]


def shape(response: httpx.Response, **more: Any) -> AnswerShape:
    found = taken(response, **more).shape
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({}, [("$", "empty object")]),
        ([], [("$", "empty list")]),
        (7, [("$", "whole number")]),
        (
            {"id": 7, "sum": 1.5, "name": "Ada", "note": "", "paid": True, "by": None},
            [
                ("$", "object"),
                ("$.id", "whole number"),
                ("$.sum", "number"),
                ("$.name", "text"),
                ("$.note", "empty text"),
                ("$.paid", "boolean"),
                ("$.by", "null"),
            ],
        ),
        (
            {"items": [{"id": 1}, {"id": "x", "of": []}]},
            [
                ("$", "object"),
                ("$.items", "list"),
                ("$.items[*]", "object"),
                ("$.items[*].id", "text or whole number"),
                ("$.items[*].of", "empty list"),
            ],
        ),
        # Keys that may be data are no names.
        (
            {"ada@example.org": {"n": 1}, "4711": {"n": 2}, "b7d1c0ffee12345678": {"n": 3}, "order20261": {"n": 4}},
            [("$", "object"), ("$.*", "object"), ("$.*.n", "whole number")],
        ),
        ({f"k{chr(97 + n % 26)}{chr(97 + n // 26)}": n for n in range(40)}, [("$", "object"), ("$.*", "whole number")]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_it_holds_places_and_types(document: Any, places: list[tuple[str, str]]) -> None:
    assert list(shape(httpx.Response(200, json=document)).body) == places


def test_it_holds_the_names_of_headers_and_the_values_of_those_that_are_the_services() -> None:
    response = httpx.Response(200, text="x", headers={"X-Request-Id": "b7d1c0", "Server": "nginx", "Set-Cookie": "a=b"})
    held = dict(shape(response).headers)
    assert ("", "nginx", "") == (held["x-request-id"], held["server"], held["set-cookie"])


def test_it_is_bounded_however_large_the_answer_is() -> None:
    document = {f"a{chr(97 + n)}": {f"b{chr(97 + m)}": 1 for m in range(20)} for n in range(20)}
    response = httpx.Response(200, json=document, headers=[(f"X-{n}-a", "v" * 500) for n in range(150)])
    found = shape(response)
    assert (len(found.headers), len(found.body)) == (HEADERS, PATHS)


@pytest.mark.parametrize(
    "response", [httpx.Response(200, text="<p>hello"), httpx.Response(200, text="{"), httpx.Response(200)]
)
def test_of_what_is_no_json_there_are_no_places(response: httpx.Response) -> None:
    assert () == shape(response).body


def test_what_is_redacted_has_a_place_and_nothing_within() -> None:
    response = httpx.Response(200, json={"user": {"ada": 1}, "n": 1})
    assert [("$", "object"), ("$.user", "hidden"), ("$.n", "whole number")] == list(
        shape(response, redact_json=("$.user",)).body
    )


def test_a_key_that_is_a_secret_is_masked() -> None:
    response = httpx.Response(200, json={"correct-horse": 1})
    found = shape(response, secrets={"key": "correct-horse"}, headers={"X": "${{ secrets.key }}"})
    assert ("$.‹secrets.key›", "whole number") == found.body[1]


def test_a_step_that_was_not_answered_has_none() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert World(refuse, {}).run(probe(step("a"))).steps[0].shape is None


_MEMBERS = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.5, "", "text", "another"])
_DOCUMENTS = st.recursive(
    _MEMBERS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=7),
        st.dictionaries(st.sampled_from(["a", "b", "c-1", "x" * 41, "1234567"]), inner, max_size=4),
        st.integers(28, 33).flatmap(lambda size: st.fixed_dictionaries({f"k{n}": inner for n in range(size)})),
    ),
    max_leaves=20,
)


@settings(max_examples=25)
@given(st.lists(_DOCUMENTS, min_size=2, max_size=3))
def test_a_remembered_shape_is_the_one_that_would_be_found(documents: list[Any]) -> None:
    for document in documents * 2:
        assert tuple(answershape._found(document).items()) == answershape._remembered(document)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'{"a": "plain"}', "text"),
        ('{"a": "‹redacted›"}'.encode(), "hidden"),
        (b'{"a": "\\u2039\\u0072edacted\\u203a"}', "hidden"),
    ],
)
def test_a_text_that_stands_for_what_is_redacted_is_called_hidden_however_it_is_written(
    content: bytes, word: str
) -> None:
    found = shape(httpx.Response(200, content=content, headers={"Content-Type": "application/json"}))
    assert word == dict(found.body)["$.a"]
