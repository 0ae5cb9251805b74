"""Texts with expressions in them: taken apart, put together, and never scanned twice."""

from __future__ import annotations

from typing import Any

import pytest

from synthmon.errors import TemplateError
from synthmon.language.compute import LARGEST_TEXT
from synthmon.language.expression import ExpressionProblem
from synthmon.language.template import as_written, expressions_in, parse_text, render_text, render_tree
from synthmon.model.text import Expression, Template
from tests.language.seeing import HERE, VARS, rendered, scope


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ""),
        ("plain $ {{ }} }} text", "plain $ {{ }} }} text"),
        ("$${{ vars.user }}", "${{ vars.user }}"),
        ("$$${{ vars.user }}", "$${{ vars.user }}"),
        ("$${{", "${{"),
        ("a $${{ b }} ${{ vars.user }} $${{", "a ${{ b }} Ann ${{"),
        ("$ ${{ vars.user }} $", "$ Ann $"),
        ("${{ vars.user }}${{ vars.age }}", "Ann42"),
        ("x${{vars.user}}", "xAnn"),
        ("é ${{\n vars.user \n}} é", "é Ann é"),
        ("<${{ vars.price }}|${{ vars.yes }}|${{ 2e3 }}|${{ -1 }}>", "<9.5|true|2000.0|-1>"),
        ('x${{ "}}" }}${{ \'"}}\' }}', 'x}}"}}'),
        (r'x${{ "\"}}" }}', 'x"}}'),
        ("it's ${{ vars.user }}'s", "it's Ann's"),
        ("x${{ vars.user }}}}", "xAnn}}"),
    ],
)
def test_a_text_comes_out_with_its_expressions_in_place(raw: str, expected: str) -> None:
    assert expected == rendered(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("${{ vars.age }}", 42),
        ("${{vars.yes}}", True),
        ("${{ vars.nothing }}", None),
        ("${{ vars.list }}", ["a", "b", "c"]),
        ("${{ vars.object.nested }}", {"deep": [1, 2]}),
        ('${{ "007" }}', "007"),
        ("${{ captures.id }}", "007"),
    ],
)
def test_one_whole_expression_keeps_its_type(raw: str, expected: Any) -> None:
    found = rendered(raw)
    assert expected == found
    assert type(expected) is type(found)


def test_a_space_beside_the_expression_makes_it_a_text() -> None:
    assert "42 " == rendered("${{ vars.age }} ")


@pytest.mark.parametrize(
    ("raw", "message", "hint"),
    [
        ("a ${{ vars.nothing }}", "${{ vars.nothing }} is null", "use ${{ json(vars.nothing) }}"),
        ("a ${{vars.list}}", "${{ vars.list }} is list of 3 items", "use ${{ json(vars.list) }}"),
        ("a ${{ vars.object }}", "${{ vars.object }} is object with 3 keys", "use ${{ json(vars.object) }}"),
    ],
)
def test_null_lists_and_objects_cannot_stand_amid_text(raw: str, message: str, hint: str) -> None:
    with pytest.raises(TemplateError) as caught:
        rendered(raw)
    assert f"{message} and cannot stand amid text" == str(caught.value)
    assert hint == caught.value.hint
    assert not caught.value.captured


def test_a_captured_value_that_cannot_stand_amid_text_is_the_targets_fault() -> None:
    with pytest.raises(TemplateError) as caught:
        rendered("a ${{ captures.items }}")
    assert caught.value.captured


def test_what_a_value_holds_is_never_taken_for_an_expression() -> None:
    assert "${{ secrets.password }}" == rendered("${{ vars.sly }}", vars={"sly": "${{ secrets.password }}"})
    assert "a ${{ 1 }} b" == rendered("a ${{ vars.sly }} b", vars={"sly": "${{ 1 }}"})


@pytest.mark.parametrize("raw", ["a ${{ vars.user", "a ${{", 'a ${{ "}}', "a ${{ vars.user's }}"])
def test_an_expression_that_is_never_closed_is_refused_where_it_opens(raw: str) -> None:
    with pytest.raises(ExpressionProblem) as caught:
        parse_text(raw, HERE)
    assert "`${{` is never closed" == caught.value.message
    assert 2 == caught.value.offset
    assert "close it with `}}`; `$${{` writes it literally" == caught.value.hint


def test_every_expression_knows_where_it_stands() -> None:
    parsed = parse_text("é ${{ vars.a }} ${{ vars.b }}", HERE)
    assert isinstance(parsed, Template)
    assert [(" vars.a ", 8), (" vars.b ", 22)] == [(one.text, one.source.column) for one in parsed.expressions]
    assert {HERE.line} == {one.source.line for one in parsed.expressions}


def test_a_text_without_an_expression_is_no_template() -> None:
    assert "a $ b" == parse_text("a $ b", HERE)
    assert "${{ a }}" == parse_text("$${{ a }}", HERE)


def test_a_tree_is_rendered_to_its_leaves() -> None:
    tree = {"a": (parse_text("${{ vars.age }}", HERE), {"b": parse_text("x${{ vars.age }}", HERE)}, 1, None, True)}
    assert {"a": [42, {"b": "x42"}, 1, None, True]} == render_tree(tree, scope())
    assert ["vars.age", "vars.age"] == [found.text.strip() for found in expressions_in(tree)]
    assert isinstance(expressions_in(tree)[0], Expression)
    assert () == expressions_in("plain")


def test_a_text_made_of_long_values_ends_at_a_mebibyte() -> None:
    half = {"half": "x" * (LARGEST_TEXT // 2)}
    both = parse_text("${{ vars.half }}${{ vars.half }}", HERE)
    assert LARGEST_TEXT == len(render_text(both, scope(vars=half)))
    with pytest.raises(TemplateError, match="the text is longer than 1 MiB"):
        rendered("${{ vars.half }}-${{ vars.half }}", vars=half)


def test_rendering_changes_no_declaration() -> None:
    before = dict(VARS)
    rendered("${{ vars.object }}")
    assert before == VARS


@pytest.mark.parametrize(
    "raw", ["", "plain", "$${{ x }}", "a ${{ vars.user }} $${{ b }}", "${{vars.user}}${{ 'a}}b' }}"]
)
def test_a_text_can_be_written_again(raw: str) -> None:
    assert as_written(parse_text(raw, HERE)) == raw
