"""What expressions come to: strict types, keys that are keys, faults in words that show no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from synthmon.errors import SecretUnavailable, TemplateError
from synthmon.language.expression import Reference, compile_expression
from tests.language.seeing import fault, fault_of, scope, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vars.user", "Ann"),
        ("vars.age", 42),
        ("vars.nothing", None),
        ("vars.object.nested.deep[-1]", 2),
        ('vars.object["my-key"]', 7),
        ('vars["007"]', "agent"),
        ("vars.list", ["a", "b", "c"]),
        ("captures.id", "007"),
        ("captures.count", 12345678),
        ("captures.items[0].sku", "x"),
        ("region.name", "eu-west"),
        ("run.id", "6e1f"),
        ("run.started_at", "2026-11-23T08:14:11.250Z"),
        ("default(vars.object, null).k", "v"),
        ("true", True),
        ("false", False),
        ("null", None),
        ('"it\'s"', "it's"),
        (r'"a\n\t\"\\\x41\u00e9"', 'a\n\t"\\Aé'),
        ("1.5", 1.5),
        ("2e3", 2000.0),
        ("-3", -3),
        ("(1 + 2) * 3 - 4 / 2", 7.0),
        ("vars.age + 1", 43),
        ("1\n+\n1", 2),
        ("\u00a01\u2003+\u00a01", 2),
        ("not vars.yes", False),
        ("vars.yes and vars.age > 41", True),
        ("false or vars.yes", True),
    ],
)
def test_an_expression_comes_to_its_value_and_keeps_its_type(text: str, expected: Any) -> None:
    found = value(text)
    assert expected == found
    assert type(expected) is type(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 == 20.0", True),
        ('20 == "20"', False),
        ("true == 1", False),
        ("false == 0", False),
        ("null == false", False),
        ("null == null", True),
        ("vars.nothing == null", True),
        ('"a" == "A"', False),
        ("vars.list == vars.list", True),
        ("vars.list != vars.object", True),
        ("vars.object.nested == vars.object.nested", True),
        ("captures.id == 7", False),
        ("1 < 2 <= 2 < 3", True),
        ("1 < 3 < 2", False),
        ('"abc" < "abd"', True),
        ('"b" in vars.list', True),
        ('"z" not in vars.list', True),
        ('"k" in vars.object', True),
        ('"v" in vars.object', False),
        ('"nn" in vars.user', True),
        ("1 in vars.object.nested.deep", True),
        ("true in vars.object.nested.deep", False),
    ],
)
def test_types_are_strict_and_nothing_is_converted(text: str, expected: bool) -> None:
    assert expected is value(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vars.user + 1", "`+` computes with numbers, not with text of 3 characters"),
        ("vars.yes + 1", "`+` computes with numbers, not with a boolean"),
        ("-vars.nothing", "`-` computes with numbers, not with null"),
        ("vars.age / (vars.age - 42)", "division by zero"),
        ("vars.age < vars.user", "`<` compares two numbers or two texts, not a number and text of 3 characters"),
        ("vars.yes >= true", "`>=` compares two numbers or two texts, not a boolean and a boolean"),
        ("1 in vars.user", "`in` looks for a text in text of 3 characters, not for a number"),
        ("1 in vars.object", "`in` looks for the name of a key in object with 3 keys, not for a number"),
        ("1 in vars.age", "`in` looks into a text, a list or an object, not into a number"),
        ("vars.user and true", "`and`, `or`, `not` take true or false, not text of 3 characters"),
        ("true and vars.age", "`and`, `or`, `not` take true or false, not a number"),
        ("not vars.list", "`and`, `or`, `not` take true or false, not list of 3 items"),
        ("vars.missing", "there is no 'missing' in vars"),
        ("vars.object.missing", "there is no 'missing' in it"),
        ("vars.list[3]", "there is no [3] in a list of 3 items"),
        ("vars.list[-4]", "there is no [-4] in a list of 3 items"),
        ("vars.list.k", "list of 3 items has no 'k'"),
        ("vars.user.k", "text of 3 characters has no 'k'"),
        ("vars.nothing.k", "null has no 'k'"),
        ("vars.age[0]", "a number has no [0]"),
        ("vars.object[0]", "there is no 0 in it"),
        ("captures.token", "`captures.token` has no value yet"),
    ],
)
def test_a_fault_names_the_expression_and_the_shapes_but_no_value(text: str, message: str) -> None:
    assert message == fault_of(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("vars.usr", "did you mean 'user'?"),
        ("vars.object.my_key", "did you mean 'my-key'?"),
        ("vars.object.nested.x", "there is deep"),
        ("vars.zzz", "there is user, age, price, yes, nothing, list, object, 007"),
        ("captures.zzz", "there is id, count, items, none"),
        ("vars.user + 1", "put texts together in the template: `${{ a }}${{ b }}`"),
    ],
)
def test_a_fault_says_what_there_is_instead(text: str, hint: str) -> None:
    assert hint == fault(text).hint


def test_of_many_keys_few_are_named_and_none_at_length() -> None:
    many = {f"{'k' * 60}\x1b{number}": 1 for number in range(12)}
    hint = fault("vars.many.x", vars={"many": many}).hint
    assert hint is not None
    assert hint.endswith(" and 4 more")
    assert len(hint) < 8 * 80
    assert "\x1b" not in hint


def test_of_nothing_nothing_is_named() -> None:
    assert "there is nothing" == fault("vars.x", vars={}).hint


def test_a_fault_is_the_targets_if_a_captured_value_took_part() -> None:
    assert fault("captures.items + 1").captured
    assert fault("captures.token").captured
    assert fault("captures.items[4]").captured
    assert fault("1 < default(captures.id, 0)").captured
    assert fault("upper(captures.none)").captured
    assert fault("captures.id and true").captured
    assert not fault("vars.user + 1").captured
    assert not fault("vars.missing").captured
    assert not fault("captures.count < 1 or vars.user").captured


def test_and_or_look_no_further_than_they_must() -> None:
    assert value("false and vars.missing") is False
    assert value("true or vars.missing") is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('default(vars.missing, "x")', "x"),
        ('default(vars.nothing, "x")', "x"),
        ('default(vars.user, "x")', "Ann"),
        ('default(captures.token, "x")', "x"),
        ('default(captures.items[7].sku, "x")', "x"),
        ('default(upper(captures.token), "x")', "x"),
        ("default(vars.missing, null)", None),
        ("default(false, true)", False),
        ('default("", "x")', ""),
        ("default(vars.missing, default(vars.nothing, 3))", 3),
    ],
)
def test_default_takes_its_other_value_for_null_and_for_what_is_missing(text: str, expected: Any) -> None:
    assert expected == value(text)


def test_default_hides_no_fault_but_a_missing_key() -> None:
    assert "`+` computes with numbers, not with text of 3 characters" == fault_of("default(vars.user + 1, 2)")
    assert "there is no 'missing' in vars" == fault_of("default(vars.nothing, vars.missing)")


def test_default_looks_at_its_other_value_only_if_it_must() -> None:
    assert "Ann" == value("default(vars.user, vars.missing)")


def test_references_are_known_before_anything_runs() -> None:
    compiled = compile_expression('  vars.é + captures.order["lines"][0].n - default(secrets.k, 1)')
    assert (
        Reference("vars", ("é",), 2),
        Reference("captures", ("order", "lines", 0, "n"), 11),
        Reference("secrets", ("k",), 50, optional=True),
    ) == compiled.references
    assert frozenset({"default"}) == compiled.functions
    assert compiled.captured
    assert not compile_expression("vars.a").captured


def test_a_variable_may_be_a_word_of_ours_or_look_like_an_attribute() -> None:
    assert 1 == value("vars.vars", vars={"vars": 1})
    assert 1 == value("vars.upper", vars={"upper": 1})
    assert "there is no '__class__' in vars" == fault_of("vars.__class__")
    assert "text of 3 characters has no '__class__'" == fault_of("vars.user.__class__")


def test_a_function_that_nobody_gave_cannot_be_called() -> None:
    assert "`uuid` cannot be called here" == fault_of("uuid()", functions={})


def test_a_secret_that_cannot_be_had_is_told_as_that() -> None:
    def missing(name: str) -> Any:
        raise SecretUnavailable(f"no {name}")

    with pytest.raises(SecretUnavailable, match="no password"):
        compile_expression("upper(secrets.password)").evaluate(scope(secret=missing))


def test_where_no_secrets_are_given_there_is_none() -> None:
    from synthmon.language.expression import Scope

    with pytest.raises(TemplateError, match="there is no secret 'password' here"):
        compile_expression("secrets.password").evaluate(Scope())


class _Endless(Mapping[str, Any]):
    """Variables, each of which is made of the next."""

    def __getitem__(self, key: str) -> Any:
        return value("vars.next", vars=self)

    def __iter__(self) -> Iterator[str]:
        return iter(("next",))

    def __len__(self) -> int:
        return 1


def test_variables_made_of_variables_without_end_are_a_fault_and_no_crash() -> None:
    with pytest.raises(TemplateError, match="its variables are nested too deeply"):
        value("vars.next", vars=_Endless())
