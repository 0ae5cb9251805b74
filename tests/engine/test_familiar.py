"""An answer taken for one that is built like an earlier one has the shape and the document of the careful way."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine import answershape, quickjson
from synthmon.engine.answershape import DEPTH, ITEMS, LARGE, shape_of
from synthmon.engine.body import carefully
from synthmon.engine.familiar import MOST, SOON, Familiar
from synthmon.engine.pattern import UNCOUNTED, body_test, head_test
from synthmon.engine.redaction import Redaction
from synthmon.engine.reply import Reply

NONE = Redaction(())
LEAVES = st.sampled_from([None, True, 0, 1, -0.0, 1.5, "", "text", "another"])
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.builds(lambda one, times: [one] * times, inner, st.integers(1, ITEMS + 2)),
        st.dictionaries(
            st.sampled_from(["a", "b", "c-1", "x" * 41, "1234567", "it's {}", '\\\n\0\u2028"']), inner, max_size=3
        ),
    ),
    max_leaves=12,
)


def other(document: Any, draw: Any) -> Any:
    """The same in another spelling: values that differ, lists that are longer or shorter, now and then another type."""
    if draw(st.integers(0, 14)) == 0:
        return draw(LEAVES)
    match document:
        case list():
            members = [other(one, draw) for one in document]
            return members + members[-1:] * draw(st.integers(0, 3)) if members else members
        case dict():
            return {key: other(one, draw) for key, one in document.items()}
        case str():
            return document and "else"
        case int() if document is not True:
            return document + 1
    return document


def places(document: Any) -> list[tuple[str, str]]:
    return list(answershape._found(document).items())


@settings(max_examples=60)
@given(st.data(), DOCUMENTS)
def test_what_is_taken_for_alike_has_the_same_places_and_as_many_keys_as_are_counted(data: Any, document: Any) -> None:
    test = body_test(document)
    assert test is not None, "it is too small to take too many words"
    assert test(document) is not None
    for one in (document, other(document, data.draw), other(document, data.draw)):
        keys = test(one)
        if keys is not None:
            assert places(document) == places(one)
            assert keys in {UNCOUNTED, quickjson._keys(one)}


FIELDS = st.lists(
    st.tuples(
        st.sampled_from([b"Server", b"server", b"Date", b"Vary", b"Content-Type", b"X-Id", b"n" * 41]),
        st.sampled_from([b"", b"a", b"application/json", "ä".encode(), b"v" * 101]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(FIELDS, FIELDS, st.data())
def test_a_header_that_is_taken_for_alike_has_the_same_pairs(
    first: list[tuple[bytes, bytes]], second: list[tuple[bytes, bytes]], data: Any
) -> None:
    test = head_test(first)
    changed = [(name, data.draw(st.sampled_from([value, b"a"]))) for name, value in first]
    for fields in (first, second, changed):
        if test is not None and test(fields):
            assert pairs(first) == pairs(fields)


def pairs(fields: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return list(answershape._headers(Reply(httpx.Response(200, headers=fields), {})))


def replied(content: bytes, familiar: Familiar, kind: str = "application/json") -> Reply:
    reply = Reply(httpx.Response(200, content=content, headers={"Content-Type": kind}), {})
    reply.familiar = familiar
    return reply


def taught(content: bytes) -> Familiar:
    familiar = Familiar()
    for _ in range(SOON):
        shape_of(replied(content, familiar), NONE)
    return familiar


TAUGHT = b'{"id": 1, "of": [{"n": 1.5, "by": null}], "at": "x"}'


@pytest.mark.parametrize(
    "content",
    [
        TAUGHT,
        b'{"id": 22, "of": [{"n": 2.5, "by": null}, {"n": 3.5, "by": null}], "at": "12:30"}',
        b'{"id": 1, "of": [%s], "at": "x"}' % b",".join([b'{"n": 1.5, "by": null}'] * (ITEMS + 1)),
        b'{"id": 1, "of": [%s, {"n":1,"n":2}], "at": "x"}' % b",".join([b'{"n": 1.5, "by": null}'] * ITEMS),
        b'{"id": 1, "id": 1, "of": [{"n": 1.5, "by": null}], "at": "x"}',
        b'{"id": 1, "of": [{"n": 1e999, "by": null}], "at": "x"}',
        b'{"id": -%s, "of": [{"n": 1.5, "by": null}], "at": "x"}' % (b"9" * 4300),
        b'{"of": [{"n": 1.5, "by": null}], "id": 1, "at": "x"}',
        b'{"id": 1, "of": [], "at": "x"}',
        b'{"id": 1, "of": [{"n": 1.5, "by": null}], "at": ""}',
        '{"id": 1, "of": [{"n": 1.5, "by": null}], "at": "‹redacted›"}'.encode(),
        b'{"id": 1, "of": [{"n": 1.5, "by": null}], "at": "\\u2039redacted\\u203a"}',
        b"[1, 2]",
        b"7",
        b"",
        b"<p>",
        b'{"id": 1',
    ],
)
def test_after_one_answer_was_learned_every_other_is_read_and_told_as_if_none_were(content: bytes) -> None:
    familiar = taught(TAUGHT)
    reply, alone = replied(content, familiar), replied(content, Familiar())
    assert repr(shape_of(alone, NONE)) == repr(shape_of(reply, NONE))
    assert repr(carefully(content, "application/json")) == repr(reply.document)


def test_what_is_learned_is_one_object_from_then_on() -> None:
    familiar = taught(TAUGHT)
    shapes = [shape_of(replied(content, familiar), NONE) for content in (TAUGHT, TAUGHT.replace(b"1.5", b"2.5"))]
    assert shapes[0] is shapes[1]


def test_a_content_type_that_is_too_long_to_be_kept_is_believed() -> None:
    kind = f"application/json; profile={'x' * answershape.VALUE}"
    shape = [shape_of(replied(TAUGHT, familiar, kind), NONE) for familiar in [Familiar()] * (SOON + 1)][-1]
    assert (("content-type", ""), places(json.loads(TAUGHT))) == (shape.headers[1], list(shape.body))


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_of_an_answer_that_is_not_looked_at_nothing_but_the_header_is_told(kind: str) -> None:
    familiar = Familiar()
    found = {shape_of(replied(b"<p>", familiar, kind), NONE) for _ in range(SOON + 1)}
    assert [(("content-length", ""), ("content-type", kind))] == [shape.headers for shape in found]


def test_no_more_is_remembered_than_a_few() -> None:
    familiar = Familiar()
    for number in range(20 * SOON):
        content = json.dumps({f"k{number}": number}).encode()
        shape_of(replied(content, familiar, f"application/json; v={number}"), NONE)
    assert (MOST, MOST) == (len(familiar.heads), len(familiar.bodies))


@pytest.mark.parametrize(
    "document",
    [
        {f"k{number}": 1 for number in range(LARGE + 1)},
        {"rows": [{f"k{number}": [1] for number in range(LARGE)}] * 5},
        {"k" * 9000: 1},
    ],
)
def test_an_answer_that_takes_too_many_words_is_none_to_learn(document: Any) -> None:
    assert body_test(document) is None


def test_an_infinite_number_is_never_taken_for_a_number() -> None:
    test = body_test([1.5])
    assert test is not None
    assert (0, None, None) == (test([2.5]), test([inf]), test([-inf]))


def test_what_lies_too_deep_to_be_looked_at_is_not_counted() -> None:
    document: Any = {"a": {"b": 1}}
    for _ in range(DEPTH - 1):
        document = {"in": document}
    test = body_test(document)
    assert test is not None
    assert test(document) == UNCOUNTED


def test_the_same_keys_in_another_order_are_told_in_that_order() -> None:
    test = body_test({"a": 1, "b": 2})
    assert test is not None
    assert (2, None) == (test({"a": 2, "b": 1}), test({"b": 1, "a": 2}))
