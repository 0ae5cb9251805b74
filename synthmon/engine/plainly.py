"""What a step expects, held against an answer that is as expected: one look for each thing, and its result at once.

Nearly every answer is. Whatever is not, or is declared in another way than most are (an expression in an operand, a
path that branches, a text, XML), goes the whole way of `engine.assertion`, which says what is wrong in words. The
results are the same; `tests/engine/test_plainly.py` holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from synthmon.engine.body import Unreadable
from synthmon.engine.reply import Reply
from synthmon.engine.schema import validator_of
from synthmon.engine.values import is_constant
from synthmon.language.jsonpath import compile_path
from synthmon.language.once import Once
from synthmon.language.operator import Found, evaluate, expectation, quick_test
from synthmon.language.show import show
from synthmon.model.answer import Condition, Expect, Matcher, Operator, SchemaRef
from synthmon.model.run import AssertionResult, Json
from synthmon.model.secret import CREDENTIAL_HEADERS

Look = Callable[[Reply], AssertionResult | None]
"""The result of one thing that holds; None where it does not, or where somebody else has to look."""

Told = Callable[[Any], AssertionResult | None]
"""The same of one value."""

_ABSENT = object()


def passed(expect: Expect, reply: Reply) -> tuple[AssertionResult, ...] | None:
    """The result of everything that is expected, if all of it holds; None where `assertion.check` has to tell.

    For answers of which nothing has to be hidden. Raises what a schema does that is no schema.
    """
    looks = _looks(expect)
    if looks is None:
        return None
    found: list[AssertionResult] = []
    for look in looks:
        result = look(reply)
        if result is None:
            return None
        found.append(result)
    return tuple(found)


def _planned(expect: Expect) -> tuple[Look, ...] | None:
    """In the order of `assertion.check`; None where something is expected that is not looked at here."""
    if expect.cookies or expect.text or expect.xml or expect.openapi is not None or expect.assertions:
        return None
    paths = [compile_path(path).keys for path, _ in expect.json]
    if None in paths or any(name.lower() in CREDENTIAL_HEADERS for name, _ in expect.headers):
        return None
    if not all(is_constant(matcher) for _, matcher in (*expect.headers, *expect.json)):
        return None
    return tuple(_each(expect))


_looks = Once(_planned)


def _each(expect: Expect) -> Iterator[Look]:
    if expect.status:
        yield _status(expect)
    for name, matcher in expect.headers:
        yield _header(name, _told(f"header {name}", matcher, from_text=True))
    for path, matcher in expect.json:
        yield _place(compile_path(path).keys or (), _told(path, matcher))
    if expect.schema is not None:
        yield _fits(expect.schema)


def _status(expect: Expect) -> Look:
    known: dict[int, AssertionResult] = {}
    expected = ", ".join(map(str, expect.status))
    source = None if expect.source is None else str(expect.source)

    def look(reply: Reply) -> AssertionResult | None:
        status = reply.status
        result = known.get(status)
        if result is None and any(status in accepted for accepted in expect.status):
            result = AssertionResult("status", expected, str(status), passed=True, source=source)
            known[status] = result
        return result

    return look


def _header(name: str, told: Told) -> Look:
    def look(reply: Reply) -> AssertionResult | None:
        value = reply.header(name)
        return None if value is None else told(value)

    return look


def _place(keys: tuple[str | int, ...], told: Told) -> Look:
    def look(reply: Reply) -> AssertionResult | None:
        value: Json = reply.document
        for key in keys:
            if type(value) is dict:
                value = value.get(key, _ABSENT)
            elif type(value) is list and type(key) is int and -len(value) <= key < len(value):
                value = value[key]
            else:
                return None
        return None if value is _ABSENT or type(value) is Unreadable else told(value)

    return look


def _fits(ref: SchemaRef) -> Look:
    result = AssertionResult("schema", ref.label, "fits", passed=True, source=str(ref.source))
    validators: list[Any] = []  # one, once it is needed: what is no schema is told by the step that uses it

    def look(reply: Reply) -> AssertionResult | None:
        document = reply.document
        if type(document) is Unreadable:
            return None
        if not validators:
            validators.append(validator_of(ref))
        return result if validators[0].is_valid(document) else None

    return look


def _told(subject: str, matcher: Matcher, *, from_text: bool = False) -> Told:
    expected, source = expectation(matcher), str(matcher.source)
    holds = _holding(matcher, from_text)

    def told(value: Any) -> AssertionResult | None:
        return AssertionResult(subject, expected, show(value), passed=True, source=source) if holds(value) else None

    if [Operator.EQUALS] != [condition.operator for condition in matcher.conditions] or from_text:
        return told
    return _equal(matcher.conditions[0], AssertionResult(subject, expected, expected, passed=True, source=source), told)


def _equal(condition: Condition, result: AssertionResult, told: Told) -> Told:
    """What equals the operand and is of its type is shown as the operand is, except that there are two zeros."""
    operand: Any = condition.operand
    kind = type(operand)
    if kind not in {str, int, float} or (kind is not str and not operand):
        return told
    return lambda value: result if type(value) is kind and value == operand else told(value)


def _holding(matcher: Matcher, from_text: bool) -> Callable[[Any], bool]:
    tests = [quick_test(condition) for condition in matcher.conditions]
    if len(tests) == 1 and (test := tests[0]) is not None:
        operand = matcher.conditions[0].operand
        return lambda value: test(value, operand, from_text) is None
    return lambda value: not evaluate(matcher, Found((("", value),), from_text))
