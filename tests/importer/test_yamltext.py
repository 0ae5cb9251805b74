"""What is written is read back as what it was, and reads as if a person had written it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.importer.holes import Holes
from synthmon.importer.yamltext import block, comment
from synthmon.language.template import parse_text
from synthmon.model.text import Source
from synthmon.probefile.reader import read
from tests.depth import times

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        *("no", "on", "1", "0x1f", "1e3", "007", ".5", "null", "~", "- a", "a: b", "a #b", "#a", "", " a"),
        *("a\n b\n", "\ta", "'", "${{ vars.a }}"),
    ]
)  # fmt: skip
SCALARS = (
    TEXTS
    | st.integers(-(10**12), 10**12)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
)
KEYS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12).filter(lambda key: "${{" not in key)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12
)


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_a_tree_is_read_back_as_it_was(tree: dict[str, Any]) -> None:
    reading = read("\n".join(block(tree)).encode() + b"\n", "made.yaml")
    assert reading.document is not None, reading.problems
    assert reading.document.data == tree
    assert reading.problems == []


@given(st.text(st.characters(blacklist_categories=["Cs"]) | st.sampled_from('${} "a'), max_size=20))
@settings(max_examples=times(40), deadline=None)
def test_a_literal_text_is_sent_as_it_is_whatever_stands_in_it(text: str) -> None:
    holes = Holes()
    hole = holes.put("vars.x")
    filled = holes.fill(f"{text}{hole}{text}")
    parsed = parse_text(filled, Source("", 0, 0))
    assert not isinstance(parsed, str)
    values = {"vars.x": "<x>", '""': "", '"$"': "$"}
    sent = "".join(part if isinstance(part, str) else values[part.text.strip()] for part in parsed.parts)
    assert sent == f"{text}<x>{text}".replace("\U0010f000", "").replace("\U0010f001", "")


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"a": {"b": 1, "c": [1, 2]}}, ["a: {b: 1, c: [1, 2]}"]),
        ({"a": {"b": "x y", "c": "x, y"}}, ['a: {b: x y, c: "x, y"}']),
        ({"a": "${{ vars.x }}"}, ["a: ${{ vars.x }}"]),
        ({"a": {"b": "${{ vars.x }}"}}, ['a: {b: "${{ vars.x }}"}']),
        ({"a": "one\ntwo"}, ["a: |-", "  one", "  two"]),
        ({"a": {}}, ["a: {}"]),
        ({"a": [{"b": 1}, {"b": 2}]}, ["a:", "  - {b: 1}", "  - {b: 2}"]),
        ({"yes": "no"}, ['"yes": "no"']),
    ],
    ids=["short", "quoted", "expression", "expression-inside", "lines", "empty", "list", "words"],
)
def test_it_is_written_as_a_person_would(value: dict[str, Any], lines: list[str]) -> None:
    assert list(block(value)) == lines


def test_comments_are_wrapped_at_words() -> None:
    assert list(comment("one two three", 2, 12)) == ["  # one two", "  # three"]


def test_a_very_long_key_is_read_back() -> None:
    tree = {"a": {"k" * 3000: {"x": [1, "two"]}}, "b": [{"l" * 3000: None}]}
    reading = read("\n".join(block(tree)).encode(), "made.yaml")
    assert reading.document is not None, reading.problems
    assert reading.document.data == tree
