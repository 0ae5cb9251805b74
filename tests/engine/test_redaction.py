"""Redacted paths: what they hide, what touches it, and the document without it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.redaction import REDACTED, Redaction, location_of, normalised
from synthmon.language.jsonpath import compile_path

DOCUMENT = {"items": [{"name": "Ada", "mail": {"to": "a@b.c"}}], "it's": 1, "plain": [1, 2]}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["$..name"], {"items": [{"name": REDACTED, "mail": {"to": "a@b.c"}}], "it's": 1, "plain": [1, 2]}),
        (["$..mail", "$..to"], {"items": [{"name": "Ada", "mail": REDACTED}], "it's": 1, "plain": [1, 2]}),
        (["$.plain[1]", "$['it\\'s']"], {"items": DOCUMENT["items"], "it's": REDACTED, "plain": [1, REDACTED]}),
        (["$"], REDACTED),
        (["$.absent"], DOCUMENT),
    ],
)
def test_what_a_path_names_is_replaced_and_nothing_else(paths: list[str], expected: Any) -> None:
    assert Redaction(paths).applied(DOCUMENT) == expected


def test_the_document_itself_is_left_as_it_is() -> None:
    document = {"name": "Ada"}
    Redaction(["$.name"]).applied(document)
    assert document == {"name": "Ada"}


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("$.items[0].mail.to", True),
        ("$.items[0].mail", True),
        ("$.items", True),
        ("$", True),
        ("$.plain", False),
        ("$.items[0].name", False),
    ],
)
def test_what_is_in_holds_or_is_a_hidden_value_is_touched(path: str, touched: bool) -> None:
    redaction = Redaction(["$..mail"])
    assert redaction.touches(DOCUMENT, compile_path(path).find(DOCUMENT)) is touched


def test_a_document_whose_hidden_places_cannot_be_found_is_hidden_altogether() -> None:
    wide = [[0] * 400 for _ in range(400)]
    assert Redaction(["$[*][*]"]).applied(wide) == REDACTED


def test_without_paths_nothing_is_hidden() -> None:
    assert not Redaction([])
    assert not Redaction([]).touches(DOCUMENT, compile_path("$").find(DOCUMENT))


@given(st.lists(st.integers(0, 5) | st.text(st.characters(codec="utf-8"), max_size=6), max_size=4))
def test_a_normalised_path_leads_back_to_its_location(location: list[str | int]) -> None:
    assert location_of(normalised(location)) == location


@given(st.text(st.characters(codec="utf-8"), max_size=8))
def test_paths_are_normalised_as_the_library_writes_them(name: str) -> None:
    assert normalised([name]) == compile_path("$.*").find({name: 1})[0].path
