"""docs/expressions.md says all there is, and each of its examples gives what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthmon.language.compiler import DEEPEST
from synthmon.language.compute import LARGEST_NUMBER, LARGEST_TEXT
from synthmon.language.duration import parse_duration
from synthmon.language.expression import LONGEST, ROOTS
from synthmon.language.formats import FORMATS
from synthmon.language.functions import FUNCTIONS
from synthmon.language.jsonpath import LONGEST as LONGEST_PATH
from synthmon.language.jsonpath import MOST_VISITS
from synthmon.language.operator import TYPES, check_operand
from synthmon.language.regex import LONGEST as LONGEST_PATTERN
from synthmon.model.answer import Operator
from synthmon.model.secret import Secret
from tests.language.seeing import fault, refusal, rendered, value
from tests.language.test_operator import _operand, said

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")
SEEN: dict[str, Any] = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
WORLD: dict[str, Any] = {
    **{root: SEEN[root] for root in ("vars", "captures", "region", "run", "response")},
    "secret": lambda name: Secret(f"secrets.{name}", "correct horse"),
}


def _table(*heading: str) -> list[list[str]]:
    """The rows of every table with that heading, cell by cell, as they read."""
    rows = []
    for table in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE):
        lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()]
        cells = [[cell.strip().replace(r"\|", "|") for cell in line] for line in lines]
        if cells[0] == list(heading):
            rows += cells[2:]
    assert rows, heading
    return rows


def _code(cell: str) -> str:
    found = re.fullmatch(r"`(.*)`", cell)
    assert found, cell
    return found[1]


def _same(expected: str, found: Any) -> None:
    wanted = json.loads(_code(expected))
    assert wanted == found
    assert type(wanted) is type(found)


FUNCTION_ROWS = _table("written", "gives", "what it is")
OPERATOR_ROWS = _table("written", "holds of", "does not hold of", "what it is")


@pytest.mark.parametrize("row", _table("written", "comes out as"), ids=lambda row: str(row[0]))
def test_a_documented_template_comes_out_as_it_says(row: list[str]) -> None:
    _same(row[1], rendered(_code(row[0]), **WORLD))


@pytest.mark.parametrize("row", [*_table("written", "gives"), *FUNCTION_ROWS], ids=lambda row: str(row[0]))
def test_a_documented_expression_gives_what_it_says(row: list[str]) -> None:
    found = value(_code(row[0]), **WORLD)
    if row[1].startswith("such as "):
        assert type(json.loads(_code(row[1].removeprefix("such as ")))) is type(found)
    else:
        _same(row[1], found)


@pytest.mark.parametrize("row", _table("written", "shown as"), ids=lambda row: str(row[0]))
def test_a_documented_secret_is_shown_as_it_says(row: list[str]) -> None:
    assert _code(row[1]) == str(rendered(_code(row[0]), **WORLD))


@pytest.mark.parametrize("row", _table("written", "refused with"), ids=lambda row: str(row[0]))
def test_a_documented_refusal_has_its_message(row: list[str]) -> None:
    assert row[1] == refusal(_code(row[0]))[0]


@pytest.mark.parametrize("row", OPERATOR_ROWS, ids=lambda row: str(row[0]))
def test_a_documented_operator_holds_and_does_not_as_it_says(row: list[str]) -> None:
    conditions = yaml.safe_load(_code(row[0]))
    for name, operand in conditions.items():
        assert check_operand(Operator(name), _operand(operand)) is None
    assert [] == said(conditions, json.loads(_code(row[1])))
    if row[2]:
        assert said(conditions, json.loads(_code(row[2])))


@pytest.mark.parametrize("row", _table("written", "seconds"), ids=lambda row: str(row[0]))
def test_a_documented_duration_has_its_seconds(row: list[str]) -> None:
    assert float(_code(row[1])) == parse_duration(_code(row[0]))


def test_every_function_has_a_row_and_no_other_has() -> None:
    assert set(FUNCTIONS) == {_code(row[0]).partition("(")[0] for row in FUNCTION_ROWS}


def test_every_root_has_a_row() -> None:
    assert list(ROOTS) == [_code(row[0]) for row in _table("root", "holds")]


def test_every_operator_has_a_row_in_the_order_of_the_code() -> None:
    assert [operator.value for operator in Operator] == [
        next(iter(yaml.safe_load(_code(row[0])))) for row in OPERATOR_ROWS
    ]


def test_every_sign_has_an_example() -> None:
    written = " ".join(_code(row[0]) for row in _table("written", "gives"))
    for sign in ("+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "not"):
        assert f" {sign} " in f" {written} ", sign


def test_types_formats_and_parts_of_a_time_are_listed_as_the_code_has_them() -> None:
    meaning = {_code(row[0]): row[3] for row in OPERATOR_ROWS}
    assert ", ".join(TYPES) == meaning["{type: number}"]
    assert ", ".join(FORMATS) == meaning["{format: email}"]
    hint = fault("now(vars.form)", vars={"form": "%Q"}).hint
    assert hint is not None
    assert f"`{hint.removeprefix('there are ')}`" in PAGE


def test_the_limits_are_those_of_the_code() -> None:
    flat = " ".join(PAGE.split())
    assert f"{LONGEST} characters and {DEEPEST} nested parts at most" in flat
    assert LARGEST_TEXT == 1024 * 1024
    assert "longer than 1 MiB" in flat
    assert f"larger than {LARGEST_NUMBER:.0e}".replace("e+", "e") in flat
    assert f"at most {LONGEST_PATH} characters" in flat
    assert f"no more than {MOST_VISITS:,} values" in flat
    assert f"back-references; {LONGEST_PATTERN} characters" in flat
