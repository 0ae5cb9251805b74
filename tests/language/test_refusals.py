"""What may not stand in `${{ }}` is refused when a file is read: in which words, where, with which advice."""

from __future__ import annotations

import pytest

from synthmon.language.expression import LONGEST, ExpressionProblem
from synthmon.language.functions import FUNCTIONS
from synthmon.language.template import parse_text
from tests.language.seeing import HERE, refusal

IN_FRONT = "functions stand in front: `upper(vars.name)`"
NUMBERS = "numbers are written like 1000, 1.5 or 2e3"
TOGETHER = "put texts together in the template: `${{ a }}${{ b }}`"
DECLARE = "declare one under `vars`"
CAPTURE_IT = "capture the value in its step, then write captures.NAME"
ROOTS_ARE = "values begin with vars, secrets, captures, inputs, region, run, response, request"
ESCAPES = r"write `\\` for a backslash; beside it there are \" \' \n \r \t \b \f \xHH \uHHHH"
ALL = f"there are {', '.join(sorted(FUNCTIONS))}"

BENEATH_THE_GRAMMAR = [
    ("", "the expression is empty", 0, "write `${{ vars.name }}`"),
    (" \n ", "the expression is empty", 0, "write `${{ vars.name }}`"),
    ("1 # one", "there are no comments in an expression", 2, None),
    ("1 \\\n + 1", "a backslash stands in quoted text only", 2, None),
    ('"abc', "this text is never closed", 0, 'close it with "'),
    ("'it's'", "this text is never closed", 5, "close it with '"),
    (r'"a\q"', r"unknown escape `\q`", 2, ESCAPES),
    (r'"\N{DIGIT ONE}"', r"unknown escape `\N`", 1, ESCAPES),
    (r'"\ud800"', r"unknown escape `\u`", 1, ESCAPES),
    ('1 == "a\nb"', "a text ends on the line it begins on", 5, r"write `\n`"),
    ('"""a"""', "a text has one quote at each end", 0, None),
    ('1 == r"a"', "`r` in front of a quote means nothing here", 5, "leave it out"),
    ('b"x"', "`b` in front of a quote means nothing here", 0, "leave it out"),
    ('f"x"', "there are no f-strings", 0, "put texts together in the template: `x-${{ vars.name }}`"),
    ("\"a\" 'b'", "two texts stand side by side", 4, TOGETHER),
    ("007", "a number has no zeros in front", 0, 'write 7, or "007" if it is a text'),
    ("1_000", "`1_000` is not a number", 0, NUMBERS),
    ("vars.age + 0x1F", "`0x1F` is not a number", 11, NUMBERS),
    ("1j", "`1j` is not a number", 0, NUMBERS),
    ("1.", "`1.` is not a number", 0, NUMBERS),
    ("1 + .5", "`.5` is not a number", 4, NUMBERS),
    ("1 + 1e999", "the number is too large", 4, None),
    ("ｖars.x", "`ｖars` has letters that cannot be written outside quotes", 0, 'write a key as ["key"]'),
    ("vars.ﬁ", "`ﬁ` has letters that cannot be written outside quotes", 5, 'write a key as ["key"]'),
    ("vars.e\u0301", "`e\u0301` has letters that cannot be written outside quotes", 5, 'write a key as ["key"]'),
]

FOREIGN_TONGUES = [
    ("{{ vars.a", "an expression holds no braces", 1, None),
    ("vars.a && true", "write `and`, `or`, `not` instead of `&&`, `||`, `!`", 8, None),
    ("vars.a || true", "write `and`, `or`, `not` instead of `&&`, `||`, `!`", 8, None),
    ("!vars.a", "write `and`, `or`, `not` instead of `&&`, `||`, `!`", 0, None),
    ("vars.a ? 1 : 2", "there is no `a ? b : c`", 7, "`default(a, b)` takes b where a is null"),
    ("vars.a === 1", "write `==` and `!=`", 9, None),
    ("vars.a = 1", "write `==` to compare", 7, None),
    ("1 <> 2", "write `!=` for not equal", 2, None),
    ("vars.a | upper | trim()", "there are no filters with `|`", 0, IN_FRONT),
    ("vars.a |", "there are no filters with `|`", 7, IN_FRONT),
    ("$.a", "a JSONPath cannot stand in an expression", 0, "capture the value, then write captures.NAME"),
    ("vars.list.0", "an item of a list is written in brackets", 9, "write `[0]`"),
    ("import os", "an expression has no statements and no loops", 0, None),
    ("vars.class", "the key `class` is a word of the language", 5, 'write ["class"]'),
    ("1 +", "this is not an expression", 2, None),
    ("vars.", "this is not an expression", 4, None),
    ("1; 2", "this is not an expression", 1, None),
    ("vars.a)", "this is not an expression", 6, None),
    ('vars["a"', "this is not an expression", 4, None),
    ("(" * 210 + "1" + ")" * 210, "this is not an expression", 200, None),
]

NOT_ON_THE_LIST = [
    ("1 if vars.a else 2", "there is no `a if b else c`", 0, "`default(a, b)` takes b where a is null"),
    ("lambda: 1", "there are no functions of one's own", 0, None),
    ("1 in [1, 2]", "there are no lists in an expression", 5, DECLARE),
    ("(1, 2)", "there are no lists in an expression", 0, DECLARE),
    ('{"a": 1}', "there are no objects in an expression", 0, DECLARE),
    ("{vars.a}", "there are no braces in an expression", 0, "write `${{ … }}`, with two braces"),
    ("[x for x in vars.list]", "there are no loops", 0, None),
    ("{x for x in vars.list}", "there are no loops", 0, None),
    ("{x: 1 for x in vars.list}", "there are no loops", 0, None),
    ("length(x for x in vars.list)", "there are no loops", 6, None),
    ("(x := 1)", "nothing can be assigned in an expression", 1, "declare it under `vars`"),
    ("await vars.x", "this is not allowed in an expression", 0, None),
    ("...", "a literal is a text or a number", 0, None),
    ("1 % 2", "an expression knows + - * / on numbers and nothing beyond", 0, None),
    ("2 ** 3", "an expression knows + - * / on numbers and nothing beyond", 0, None),
    ("1 | 2", "there are no filters with `|`", 0, IN_FRONT),
    ("~1", "this sign is not allowed in an expression", 0, None),
    ("1 == +1", "this sign is not allowed in an expression", 5, None),
    ("vars.a is null", "write `==` and `!=` instead of `is` and `is not`", 0, None),
    ("vars.a is not null", "write `==` and `!=` instead of `is` and `is not`", 0, None),
    ("1 == True", "write `true` instead of `True`", 5, None),
    ("False", "write `false` instead of `False`", 0, None),
    ("vars.a != None", "write `null` instead of `None`", 10, None),
]

NAMES_AND_KEYS = [
    ("vars", "`vars` alone has no value", 0, "name one, such as `vars.name`"),
    ("1 == run", "`run` alone has no value", 5, "name one, such as `run.id`"),
    ("region", "`region` alone has no value", 0, "name one, such as `region.name`"),
    ("var.a", "unknown name `var`", 0, "did you mean `vars`?"),
    ("Vars.a", "unknown name `Vars`", 0, "did you mean `vars`?"),
    ("hello", "unknown name `hello`", 0, f'a text is quoted: "hello"; {ROOTS_ARE}'),
    ("upper", "unknown name `upper`", 0, "`upper` is a function: `upper(…)`"),
    ("response", "`response` alone has no value", 0, "name one, such as `response.status`"),
    (
        "response.body",
        "there is no `response.body`",
        0,
        "there is response.status, response.headers, response.cookies, response.json, response.text",
    ),
    ("response.text.length", "`response.text` is a text and has no parts", 0, None),
    ("steps.pay.id", "unknown name `steps`", 0, CAPTURE_IT),
    ("env.HOME", "unknown name `env`", 0, "list it under `secrets:`, or declare it under `vars:`"),
    ("vars.my-key", "`my-key` has a hyphen, which is read as minus", 5, 'write vars["my-key"]'),
    ("1 + vars.a.b-c-d", "`b-c-d` has a hyphen, which is read as minus", 11, 'write vars.a["b-c-d"]'),
    ("run.number", "there is no `run.number`", 0, "there is run.id, run.started_at"),
    ("region.id", "there is no `region.id`", 0, "there is region.name"),
    ("run.id.x", "`run.id` is a text and has no parts", 0, None),
    ("secrets.a.b", "a secret is a text and has no parts", 0, None),
    ("secrets[0]", "`secrets` is named, not counted", 0, "write `secrets.name`"),
    ("run[0]", "`run` is named, not counted", 0, "write `run.id`"),
    ("vars.list[vars.n]", "brackets hold a whole number or a text", 0, 'write `[0]` or `["key"]`'),
    ("vars.list[1.5]", "brackets hold a whole number or a text", 0, 'write `[0]` or `["key"]`'),
    ("vars.list[0:2]", "brackets hold a whole number or a text", 0, 'write `[0]` or `["key"]`'),
    ('vars.list[-"a"]', "brackets hold a whole number or a text", 0, 'write `[0]` or `["key"]`'),
    ("null.x", "only values under a name have keys", 0, "write it like vars.name"),
    ('"abc"[0]', "only values under a name have keys", 0, "write it like vars.name"),
    ("bogus.x", "unknown name `bogus`", 0, f'a text is quoted: "bogus"; {ROOTS_ARE}'),
]

CALLS = [
    ("uper(vars.a)", "unknown function `uper`", 0, "did you mean `upper`?"),
    ('1 == __import__("os")', "unknown function `__import__`", 5, ALL),
    ("vars.a.upper()", "values have no methods", 0, IN_FRONT),
    ('"a".upper()', "values have no methods", 0, IN_FRONT),
    ("upper(vars.a)()", "values have no methods", 0, None),
    ("uuid(1)", "`uuid` takes no argument, not 1", 0, None),
    ("upper()", "`upper` takes one argument, not 0", 0, None),
    ("default(vars.a)", "`default` takes two arguments, not 1", 0, None),
    ('now("%Y", 1)', "`now` takes 0 to 1 arguments, not 2", 0, None),
    ("upper(value=vars.a)", "`upper` takes its arguments in order, without names", 0, None),
    ("upper(*vars.a)", "`upper` takes its arguments in order, without names", 0, None),
    ("number(secrets.a)", "`number` would show a secret in the clear", 0, "use it as the text that it is"),
    ('number(secrets["a"])', "`number` would show a secret in the clear", 0, "use it as the text that it is"),
]

LITERALS_THAT_CANNOT_BE_COMPUTED = [
    ("vars.age + 1 / 0", "division by zero", 11, None),
    ('"a" + "b"', "`+` computes with numbers, not with text of 1 character", 0, TOGETHER),
    ('1 < "a"', "`<` compares two numbers or two texts, not a number and text of 1 character", 0, None),
    ("true and 1", "`and`, `or`, `not` take true or false, not a number", 9, None),
    ("not null", "`and`, `or`, `not` take true or false, not null", 0, None),
    ("5 in 5", "`in` looks into a text, a list or an object, not into a number", 0, None),
    ('5 in "a5"', "`in` looks for a text in text of 2 characters, not for a number", 0, None),
    ("1e300 * 10", "the number is too large", 0, None),
    ("random_int(5, 1)", "random_int(low, high) takes two whole numbers, the smaller one first", 0, None),
    ("random_string(0)", "random_string(length) takes a whole number from 1 to 1000", 0, None),
    ('choice("abc")', "choice(…) takes a list that is not empty, not text of 3 characters", 0, None),
    ("text(null)", "null has no text form here", 0, "use json(…) to write it as JSON"),
    ('json("a").x', "text of 3 characters has no 'x'", 0, None),
]


@pytest.mark.parametrize(
    ("text", "message", "offset", "hint"),
    [
        *BENEATH_THE_GRAMMAR,
        *FOREIGN_TONGUES,
        *NOT_ON_THE_LIST,
        *NAMES_AND_KEYS,
        *CALLS,
        *LITERALS_THAT_CANNOT_BE_COMPUTED,
    ],
    ids=lambda part: str(part)[:30] if isinstance(part, str) else "",
)
def test_a_refusal_says_what_is_wrong_where_and_how_to_mend_it(
    text: str, message: str, offset: int, hint: str | None
) -> None:
    assert (message, offset, hint) == refusal(text)


@pytest.mark.parametrize("before", ["é", "日本", "\U0001f600", "a"])
def test_the_place_is_counted_in_characters_after_letters_of_any_width(before: str) -> None:
    text = f'"{before}" == bogus'
    assert text.index("bogus") == refusal(text)[1]


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\n", "\r\n", "\u2028", "\x0c"])
def test_the_place_is_right_after_spaces_of_any_kind(space: str) -> None:
    text = f"1{space}==\t{space}bogus"
    assert text.index("bogus") == refusal(text)[1]


def test_the_place_counts_the_spaces_in_front() -> None:
    assert 5 == refusal("   1 bogus")[1]
    assert 3 == refusal("   bogus ")[1]


def test_the_place_within_a_template_counts_from_its_first_character() -> None:
    with pytest.raises(ExpressionProblem) as caught:
        parse_text("é ${{ vars.a }} ${{ bogus }}", HERE)
    assert 20 == caught.value.offset


def test_an_expression_that_is_too_long_is_refused_before_it_is_looked_at() -> None:
    message = f"an expression has at most {LONGEST} characters, this one has {LONGEST + 1}"
    assert (message, 0, None) == refusal("#" * (LONGEST + 1))
