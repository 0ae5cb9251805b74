"""How much an expression may ask for: length, nesting, size of numbers and texts."""

from __future__ import annotations

import pytest

from synthmon.language.compiler import DEEPEST
from synthmon.language.compute import LARGEST_TEXT
from synthmon.language.expression import LONGEST, compile_expression
from tests.language.seeing import fault, fault_of, refusal, value


def test_an_expression_of_exactly_the_longest_length_is_taken() -> None:
    text = f'"{"x" * (LONGEST - 2)}"'
    assert LONGEST == len(text)
    assert LONGEST - 2 == len(value(text))
    assert f"an expression has at most 500 characters, this one has {LONGEST + 1}" == refusal(f"{text} ")[0]


@pytest.mark.parametrize(("opening", "core", "closing"), [("not ", "true", ""), ("lower(", '"a"', ")")])
def test_an_expression_is_nested_forty_deep_and_no_deeper(opening: str, core: str, closing: str) -> None:
    assert DEEPEST == 40
    compile_expression(opening * DEEPEST + core + closing * DEEPEST)
    message, offset, _ = refusal(opening * (DEEPEST + 1) + core + closing * (DEEPEST + 1))
    assert "the expression is nested too deeply" == message
    assert len(opening) * (DEEPEST + 1) == offset


def test_a_long_chain_of_signs_is_nested_too() -> None:
    assert "the expression is nested too deeply" == refusal("1" + " + 1" * 60)[0]
    assert 41 == value("1" + " + 1" * 40)


def test_a_chain_of_keys_is_no_nesting() -> None:
    tree: dict[str, object] = {"k": 7}
    for _ in range(99):
        tree = {"k": tree}
    assert 7 == value("vars.t" + ".k" * 100, vars={"t": tree})


@pytest.mark.parametrize("text", ["vars.n * vars.n", "vars.n * 10", "-vars.most - vars.most", "vars.m / 1e-300"])
def test_no_number_grows_beyond_what_a_request_needs(text: str) -> None:
    assert "the number is too large" == fault_of(text, vars={"n": 1e300, "m": 1e10, "most": 6e299})


@pytest.mark.parametrize("number", [10**301, -(10**301), float("inf"), float("-inf"), float("nan")])
def test_a_number_beyond_it_is_not_taken_from_elsewhere_either(number: float) -> None:
    assert "the number is too large" == fault_of("captures.n", captures={"n": number})
    assert fault("captures.n + 0", captures={"n": number}).captured


def test_a_text_of_a_mebibyte_is_taken_and_a_longer_one_is_not() -> None:
    assert LARGEST_TEXT == len(value("vars.x", vars={"x": "x" * LARGEST_TEXT}))
    assert "the text is longer than 1 MiB" == fault_of("vars.x", vars={"x": "x" * (LARGEST_TEXT + 1)})
    assert "the text is longer than 1 MiB" == fault_of("upper(vars.x)", vars={"x": "ß" * LARGEST_TEXT})


def test_a_text_that_doubles_at_each_step_is_stopped_on_the_way() -> None:
    message = fault_of("json(" * 30 + "vars.x" + ")" * 30, vars={"x": '"'})
    assert "the text is longer than 1 MiB" == message


def test_a_literal_that_would_grow_too_long_is_refused_when_the_file_is_read() -> None:
    assert "the text is longer than 1 MiB" == refusal("json(" * 30 + "'\"'" + ")" * 30)[0]
