"""JSON whose steady parts were written before the run is the JSON that is written at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.jsontext import JsonText
from synthmon.engine.values import Values
from synthmon.engine.written import json_bytes
from synthmon.errors import TemplateError
from synthmon.model.run import RunKey, RunKind
from synthmon.model.secret import Secret
from tests.engine.world import SLOT, World, probe, step, tree

TEXTS = st.sampled_from(
    (
        "",
        'grün " \\ \n \u2028',
        "${{ vars.text }}",
        "${{ vars.list }}",
        "${{ vars.number }}",
        "a ${{ vars.text }} b",
        "${{ secrets.key }}",
        "x${{ secrets.key }}${{ vars.number }}",
        "${{ captures.half }}",
        "${{ captures.odd }}",
        "${{ captures.text }}",
        "${{ captures.token }}",
        "${{ captures.none }}",
        "\ud800",
    )
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


def values() -> Values:
    variables = {"text": 'a"b\\c', "list": tree([1, {"ü": None}]), "number": 2.5}
    declared = probe(step("a"), variables=variables)
    region = declared.regions[0]
    key = RunKey("test", declared.name, region.name, SLOT, RunKind.SCHEDULED)
    made = Values(declared, key, region, World(secrets={"key": "s3cret-\u20ac"}).surroundings, SLOT)
    made.capture("half", "\ud800")
    made.capture("odd", float("nan"))
    made.capture("text", "\x00/é")
    made.capture("token", Secret("captures.token", 't"k\U0001f600'))
    return made


def outcome(write: Any, known: Values) -> tuple[object, ...]:
    try:
        return (write(known), list(known.known))
    except TemplateError as error:
        return (str(error), error.captured, error.hint, list(known.known))


@given(TREES)
def test_a_value_in_its_place_is_written_as_within_the_whole_and_refused_alike(value: Any) -> None:
    declared = tree(value)
    if (planned := JsonText.of(declared)) is not None:
        careful = outcome(lambda known: json_bytes(declared, known), values())
        assert outcome(planned.written, values()) == careful


@pytest.mark.parametrize("value", [float("nan"), {"a": "\ud800"}, {"\ud800": "${{ vars.text }}"}])
def test_what_json_has_no_words_for_is_left_to_the_careful_way(value: Any) -> None:
    assert JsonText.of(tree(value)) is None
