"""Whatever is written and whatever a target sends, only the documented errors are raised."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.errors import TemplateError
from synthmon.language.expression import ExpressionProblem, compile_expression
from synthmon.language.jsonpath import TooMuchWork, compile_path
from synthmon.language.operator import Found, check_operand, evaluate, expectation
from synthmon.language.regex import compile_regex
from synthmon.language.show import LIMIT, describe, show
from synthmon.language.template import parse_text, render_text
from synthmon.model.answer import Condition, Matcher, Operator
from tests.depth import times
from tests.language.seeing import HERE, SECRETS, scope

FEW = settings(max_examples=times(40), derandomize=True, database=None, deadline=None)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("\ud800")
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abk"), inner, max_size=3),
    max_leaves=8,
)
WORDS = (
    *("vars.user", "vars.age", "vars.any", "vars.any.a", "vars.any[0]", "captures.any", "captures.none", "secrets.key"),
    *("region.name", "run.id", "+", "-", "*", "/", "==", "!=", "<", ">=", "in", "not", "and", "or", "(", ")", "[", "]"),
    *(",", ".", '"x"', "'y'", '"', "'", "\\", "1", "0", "1e300", "0.5", "true", "null", "é", "\ud800", "\x00", "\n"),
    *("\u00a0", "#", "{", "}", "if", "lambda", "is", "~", "|", "$", "`", ":=", "...", "upper(", "json(", "default("),
    *("length(", "number(", "choice(", "now(", '"%Y"', '"%"', "random_int(", "random_string(", "uuid()", "urlencode("),
)
SIGNS = (
    *(
        "$",
        ".",
        "..",
        "[",
        "]",
        "*",
        "?",
        "@",
        "@.a",
        "@..b",
        "$.a",
        '"a"',
        "'a'",
        "a",
        "b",
        "0",
        "-1",
        "1:",
        "::2",
        ",",
    ),
    *(
        "==",
        "<",
        "&&",
        "||",
        "!",
        "(",
        ")",
        "count(",
        "length(",
        "match(",
        "search(",
        "value(",
        " ",
        "\n",
        "é",
        "\ud800",
    ),
    *("99999999999999999999", "1e400", "-0", "null", "'('", "#", "~", "^", "{", "|", "&", "in", "=~", "/a/", "\\u"),
)
PARTS = (
    *(
        "(",
        ")",
        "[",
        "]",
        "[^",
        "a",
        "a-z",
        "|",
        "*",
        "+?",
        "{2}",
        "{1001}",
        "\\",
        r"\d",
        r"\1",
        "(?=",
        "(?P<n>",
        "(?i)",
    ),
    *("^", "$", ".", r"\pL", r"\C", r"\Q", "é", "\ud800", "\x00"),
)


def written(words: tuple[str, ...], between: str = "") -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words), max_size=10).map(between.join) | st.text(max_size=20)


def _says(error: Exception, *words: str) -> None:
    assert any(word in str(error) for word in words), str(error)


def _has_its_place(problem: ExpressionProblem, text: str) -> None:
    assert problem.message
    assert 0 <= problem.offset <= max(0, len(text) - 1)


def _shows_no_secret(error: TemplateError) -> None:
    assert str(error)
    assert not any(secret in f"{error}{error.hint}" for secret in SECRETS.values())


def _evaluated(text: str, value: Any) -> None:
    seen = scope(vars={"user": "Ann", "age": 42, "any": value}, captures={"any": value, "none": None})
    try:
        compile_expression(text).evaluate(seen)
    except ExpressionProblem as problem:
        _has_its_place(problem, text)
    except TemplateError as error:
        _shows_no_secret(error)


@FEW
@given(written(WORDS) | written(WORDS, " "), VALUES)
def test_an_expression_is_refused_or_evaluated_or_a_fault(text: str, value: Any) -> None:
    _evaluated(text, value)


@FEW
@given(st.sampled_from([word for word in WORDS if word.endswith("(")]), st.sampled_from(WORDS[:8]), VALUES)
def test_a_function_takes_any_value_or_says_that_it_does_not(function: str, argument: str, value: Any) -> None:
    _evaluated(f"{function}{argument})", value)
    _evaluated(f"{function}{argument}, {argument})", value)


@FEW
@given(st.sampled_from([" + ", " - ", " / ", " == ", " < ", " >= ", " in ", " not in ", " and "]), VALUES, VALUES)
def test_a_sign_takes_any_two_values_or_says_that_it_does_not(sign: str, left: Any, right: Any) -> None:
    seen = scope(vars={"a": left, "b": right})
    try:
        compile_expression(f"vars.a{sign}vars.b").evaluate(seen)
    except TemplateError as error:
        _says(error, "${{ vars.a")


@FEW
@given(st.lists(st.sampled_from(("${{", "}}", "$${{", "$", " ", "x", *WORDS)), max_size=10).map("".join), VALUES)
def test_a_text_is_refused_or_rendered_or_a_fault(raw: str, value: Any) -> None:
    try:
        render_text(parse_text(raw, HERE), scope(vars={"user": "Ann", "age": 42, "any": value}))
    except ExpressionProblem as problem:
        _has_its_place(problem, raw)
    except TemplateError as error:
        _shows_no_secret(error)


@FEW
@given(st.text(max_size=20).filter(lambda text: "${{" not in text))
def test_a_text_without_an_expression_is_itself(text: str) -> None:
    assert text == parse_text(text, HERE)
    assert "${{" + text == parse_text("$${{" + text, HERE)


@FEW
@given(written(SIGNS).map(lambda text: f"${text}") | st.text(max_size=10), VALUES)
def test_a_path_is_refused_or_followed_or_too_much_work(text: str, document: Any) -> None:
    try:
        path = compile_path(text)
    except ValueError as error:
        _says(error, "path", "JSONPath")
        return
    try:
        assert not path.singular or len(path.find(document)) <= 1
    except TooMuchWork as error:
        _says(error, text)


@FEW
@given(written(PARTS), st.text(max_size=20))
def test_a_pattern_is_refused_or_searched_for(pattern: str, text: str) -> None:
    try:
        regex = compile_regex(pattern)
    except ValueError as error:
        _says(error, "pattern")
        return
    assert regex.search(text) or not regex.fullmatch(text)


@FEW
@given(st.sampled_from(Operator), VALUES | written(PARTS), st.lists(VALUES, max_size=3), st.booleans())
def test_an_operator_never_raises_and_always_has_its_words(
    operator: Operator, operand: Any, values: list[Any], from_text: bool
) -> None:
    if operator in {Operator.EACH, Operator.ANY}:
        operand = Matcher((Condition(Operator.EQUALS, operand),), HERE)
    matcher = Matcher((Condition(operator, operand),), HERE)
    found = Found(tuple((f"$[{number}]", value) for number, value in enumerate(values)), from_text)
    mismatches = evaluate(matcher, found)
    assert all(mismatch.message and mismatch.expected and mismatch.actual for mismatch in mismatches)
    assert expectation(matcher)
    assert mismatches or check_operand(operator, operand) is None


@FEW
@given(VALUES, st.integers(2, LIMIT))
def test_a_value_is_shown_on_one_line_within_its_limit(value: Any, limit: int) -> None:
    shown = show(value, limit)
    assert 0 < len(shown) <= limit
    assert shown.isprintable()
    assert describe(value)
