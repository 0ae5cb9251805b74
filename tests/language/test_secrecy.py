"""What is computed from a secret is a secret; an error says which, never what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from synthmon.errors import TemplateError
from synthmon.language.expression import compile_expression
from synthmon.language.functions import FUNCTIONS, Secrecy
from synthmon.language.operator import Found, evaluate, expectation
from synthmon.language.show import describe, show
from synthmon.language.taint import revealed, secrets_in, tainted
from synthmon.language.template import parse_text, render_text, render_tree
from synthmon.model.answer import Condition, Matcher, Operator
from synthmon.model.secret import Secret
from tests.language.seeing import HERE, SECRETS, fault, fault_of, rendered, scope, value

ONE = "‹secrets.password›"
PASSWORD = SECRETS["password"]


@pytest.mark.parametrize(
    ("text", "shown", "what"),
    [
        ("secrets.password", ONE, PASSWORD),
        ("upper(secrets.password)", ONE, PASSWORD.upper()),
        ("trim(lower(secrets.password))", ONE, PASSWORD),
        ("text(secrets.password)", ONE, PASSWORD),
        ("json(secrets.password)", ONE, f'"{PASSWORD}"'),
        ("base64(secrets.password)", ONE, "Y29ycmVjdCBob3JzZQ=="),
        ("base64url(secrets.password)", ONE, "Y29ycmVjdCBob3JzZQ"),
        ("urlencode(secrets.password)", ONE, "correct%20horse"),
        ("default(secrets.password, 1)", ONE, PASSWORD),
        ("default(null, secrets.password)", ONE, PASSWORD),
        ("choice(vars.list)", ONE, PASSWORD),
        ("vars.list[0]", ONE, PASSWORD),
        ("json(vars.list)", ONE, f'["{PASSWORD}"]'),
        ("json(vars.object)", "‹secrets.password+secrets.key›", json.dumps({"a": [PASSWORD], "b": SECRETS["key"]})),
        ("upper(vars.joined)", "‹secrets.password+secrets.key›", "BOTH"),
    ],
)
def test_what_comes_of_a_secret_is_named_after_it(text: str, shown: str, what: str) -> None:
    both = Secret("secrets.password+secrets.key", "both")
    one, other = Secret("secrets.password", PASSWORD), Secret("secrets.key", SECRETS["key"])
    found = value(text, vars={"list": [one], "object": {"a": [one], "b": other}, "joined": both})
    assert isinstance(found, Secret)
    assert shown == found.shown
    assert what.replace(" ", "") == found.reveal().replace(" ", "")


def test_two_secrets_give_one_that_is_named_after_both_once() -> None:
    assert "‹secrets.key+secrets.password›" == value("hmac_sha256(secrets.key, secrets.password)").shown
    assert "‹secrets.key›" == value("hmac_sha256(secrets.key, secrets.key)").shown
    assert "‹secrets.a+secrets.b›" == str(tainted("x", [Secret("secrets.a+secrets.b", "1"), Secret("secrets.b", "2")]))
    assert "plain" == tainted("plain", [])


def test_every_function_either_taints_or_says_why_not() -> None:
    plain = {name: function.secrecy for name, function in FUNCTIONS.items() if function.secrecy is not Secrecy.TAINTS}
    assert {
        "default": Secrecy.KEEPS,
        "choice": Secrecy.KEEPS,
        "length": Secrecy.TELLS_NOTHING,
        "number": Secrecy.REFUSES,
    } == plain


def test_the_length_of_a_secret_is_plain_and_comparing_tells_a_truth() -> None:
    assert len(PASSWORD) == value("length(secrets.password)")
    assert value(f'secrets.password == "{PASSWORD}"') is True
    assert value("secrets.password != secrets.key") is True
    assert value('"horse" in secrets.password') is True
    assert value("secrets.key < secrets.password") is True


def test_a_secret_is_never_made_a_number() -> None:
    assert "`number` would show ‹secrets.password› in the clear" == fault_of("number(upper(secrets.password))")
    assert "`number` would show ‹secrets.password› in the clear" == fault_of(
        "number(default(vars.missing, secrets.password))"
    )


@pytest.mark.parametrize(
    "text",
    [
        "secrets.password + 1",
        "-secrets.password",
        "secrets.password < 1",
        "secrets.password and true",
        "1 in secrets.password",
        "secrets.password in vars.age",
        "default(secrets.password, 1).k",
        "default(secrets.password, 1)[0]",
        "choice(secrets.password)",
        "random_int(secrets.password, 3)",
        "random_string(secrets.password)",
        "now(secrets.half)",
        "base64(secrets.half)",
        "upper(vars.object)",
        "length(vars.age) == secrets.password",
    ],
)
def test_no_fault_shows_a_secret(text: str) -> None:
    held = Secret("secrets.password", PASSWORD)
    values: dict[str, Any] = {"age": 42, "object": {"k": held}}
    error = fault(text, vars=values, secret=lambda name: Secret(f"secrets.{name}", f"{PASSWORD}\ud800"))
    for said in (str(error), repr(error), error.hint or ""):
        assert "horse" not in said


def test_amid_text_a_secret_makes_the_whole_text_a_secret() -> None:
    found = rendered("Basic ${{ vars.user }}:${{ secrets.password }}:${{ secrets.key }}:${{ secrets.password }}")
    assert "‹secrets.password+secrets.key›" == found.shown
    assert f"Basic Ann:{PASSWORD}:{SECRETS['key']}:{PASSWORD}" == found.reveal()


def test_a_text_of_joined_secrets_names_each_once() -> None:
    joined = Secret("secrets.a+secrets.b", "x")
    found = rendered("${{ vars.ab }}${{ vars.a }}", vars={"ab": joined, "a": Secret("secrets.a", "y")})
    assert "‹secrets.a+secrets.b›" == found.shown


def test_secrets_are_found_however_deep_and_revealed_only_when_asked() -> None:
    secret = Secret("secrets.a", "x")
    tree = render_tree({"a": (parse_text("${{ secrets.a }}", HERE), {"b": 1})}, scope(secret=lambda _name: secret))
    assert [secret] == list(secrets_in(tree))
    assert {"a": ["x", {"b": 1}]} == revealed(tree)
    assert [] == list(secrets_in({"a": [1, "x", None]}))


def test_showing_and_describing_a_secret_gives_its_name() -> None:
    held = {"a": [Secret("secrets.password", PASSWORD)]}
    assert '{"a": ["‹secrets.password›"]}' == show(held)
    assert ONE == show(Secret("secrets.password", PASSWORD)) == describe(Secret("secrets.password", PASSWORD))


OPERANDS: list[tuple[Operator, Any]] = [
    *((operator, PASSWORD) for operator in (Operator.EQUALS, Operator.CONTAINS, Operator.STARTS_WITH)),
    *((operator, PASSWORD) for operator in (Operator.ENDS_WITH, Operator.LESS_THAN, Operator.MATCHES)),
    *((operator, f"({PASSWORD}") for operator in (Operator.MATCHES, Operator.TYPE, Operator.FORMAT)),
    *((operator, PASSWORD) for operator in (Operator.EXISTS, Operator.EMPTY, Operator.LENGTH, Operator.COUNT)),
    *((operator, PASSWORD) for operator in (Operator.ONE_OF, Operator.NOT_ONE_OF)),
]


@pytest.mark.parametrize(("operator", "operand"), OPERANDS)
@pytest.mark.parametrize("actual", ["zzz", 1, None])
def test_no_mismatch_shows_a_secret_operand(operator: Operator, operand: str, actual: Any) -> None:
    matcher = Matcher((Condition(operator, Secret("secrets.password", operand)),), HERE)  # type: ignore[arg-type]  # as rendered
    mismatches = evaluate(matcher, Found((("$.a", actual),)))
    assert mismatches
    for mismatch in mismatches:
        assert "horse" not in repr(mismatch)
        assert ONE in mismatch.message + mismatch.expected
    assert "horse" not in expectation(matcher)


def test_a_fault_amid_text_shows_no_secret() -> None:
    template = parse_text("x ${{ vars.list }} y ${{ secrets.password }}", HERE)
    with pytest.raises(TemplateError) as caught:
        render_text(template, scope(vars={"list": [Secret("secrets.password", PASSWORD)]}))
    assert "${{ vars.list }} is list of 1 item and cannot stand amid text" == str(caught.value)


def test_compiled_expressions_hold_no_secret() -> None:
    compiled = compile_expression("upper(secrets.password)")
    compiled.evaluate(scope())
    assert "horse" not in repr(compiled)
