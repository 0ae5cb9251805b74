"""What a step expects, held against an answer that is as expected: one look for each thing, and its result at once.

Nearly every answer is. Whatever is not, or is declared in another way than most are (an expression in an operand, a
path that branches, a text, XML), goes the whole way of `engine.assertion`, which says what is wrong in words. The
results are the same; `tests/engine/test_plainly.py` holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import isfinite
from operator import ge, gt, le, lt
from typing import Any

from synthmon.engine.body import Unreadable
from synthmon.engine.familiar import Familiar
from synthmon.engine.reply import Reply
from synthmon.engine.schema import validator_of
from synthmon.engine.values import is_constant
from synthmon.language.jsonpath import compile_path
from synthmon.language.once import once
from synthmon.language.operator import Found, Test, evaluate, expectation, quick_test
from synthmon.language.show import show
from synthmon.model.answer import Condition, Expect, Matcher, Operator, SchemaRef
from synthmon.model.run import AssertionResult, Json
from synthmon.model.secret import CREDENTIAL_HEADERS
from synthmon.nouns import maker

Look = Callable[[Reply, Any], AssertionResult | None]
"""The result of one thing that holds, of an answer and its document; None where it does not, or where somebody else has
to look. The document is None where no look needs it.
"""

Told = Callable[[Any], AssertionResult | None]
"""The same of one value."""

ABSENT = object()
_SHORT = 10**18  # numbers that are shown as Python writes them
_assertion, _HOLDS = maker(AssertionResult), True  # by their order, as names take half as long again


def passed(expect: Expect, reply: Reply) -> tuple[AssertionResult, ...] | None:
    """The result of everything that is expected, if all of it holds; None where `assertion.check` has to tell.

    For answers of which nothing has to be hidden. Raises what a schema does that is no schema.
    """
    return held(looks_of(expect), reply)


def held(looks: Looks, reply: Reply) -> tuple[AssertionResult, ...] | None:
    """The same for whoever has the looks."""
    reply.familiar, each = looks, looks.each
    if each is None:
        return None
    document = reply.read() if looks.reads else None
    found: list[AssertionResult] = []
    for look in each:
        result = look(reply, document)
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


class Looks(Familiar):
    """What is known of a declaration: how its answers were built, and how they are looked at. `reads`: in the document
    too.
    """

    __slots__ = ("each", "reads")

    def __init__(self, expect: Expect) -> None:
        super().__init__()
        self.each, self.reads = _planned(expect), bool(expect.json or expect.schema)


looks_of = once(Looks)


def _each(expect: Expect) -> Iterator[Look]:
    if expect.status:
        yield _status(expect)
    for name, matcher in expect.headers:
        yield partial(_look_at_header, name, _told(f"header {name}", matcher, from_text=True))
    for path, matcher in expect.json:
        keys, told = compile_path(path).keys or (), _told(path, matcher)
        named = len(keys) == 1 and type(keys[0]) is str
        yield partial(_look_at_member, keys[0], told) if named else partial(_look_at_place, keys, told)
    if expect.schema is not None:
        yield _fits(expect.schema)


# What each look needs is bound to a function, not closed over by one: there are thousands of them, and a function that
# was made for each, with a cell for each thing it needs, takes twice as much room.


def _status(expect: Expect) -> Look:
    expected = ", ".join(map(str, expect.status))
    source = None if expect.source is None else str(expect.source)
    return partial(_look_at_status, expect, {}, expected, source)


def _look_at_status(
    expect: Expect, known: dict[int, AssertionResult], expected: str, source: str | None, reply: Reply, _document: Any
) -> AssertionResult | None:
    status = reply.status
    result = known.get(status)
    if result is None and any(status in accepted for accepted in expect.status):
        result = AssertionResult("status", expected, str(status), passed=True, source=source)
        known[status] = result
    return result


def _look_at_header(name: str, told: Told, reply: Reply, _document: Any) -> AssertionResult | None:
    value = reply.header(name)
    return None if value is None else told(value)


def _look_at_place(keys: tuple[str | int, ...], told: Told, _reply: Reply, document: Any) -> AssertionResult | None:
    value = value_at(keys, document)
    return None if value is ABSENT or type(value) is Unreadable else told(value)


def _look_at_member(name: Any, told: Told, _reply: Reply, document: Any) -> AssertionResult | None:
    """As most paths are."""
    if type(document) is not dict:
        return None
    value = document.get(name, ABSENT)
    return None if value is ABSENT else told(value)


def value_at(keys: tuple[str | int, ...], value: Json) -> Json:
    """What names and numbers lead to in a document, or `ABSENT`."""
    for key in keys:
        if type(value) is dict:
            value = value.get(key, ABSENT)
        elif type(value) is list and type(key) is int and -len(value) <= key < len(value):
            value = value[key]
        else:
            return ABSENT
    return value


def _fits(ref: SchemaRef) -> Look:
    result = AssertionResult("schema", ref.label, "fits", passed=True, source=str(ref.source))
    return partial(_look_whether_it_fits, ref, result, [])


def _look_whether_it_fits(
    ref: SchemaRef, result: AssertionResult, validators: list[Any], _reply: Reply, document: Any
) -> AssertionResult | None:
    """`validators` is to hold one, once it is needed: what is no schema is told by the step that uses it."""
    if type(document) is Unreadable:
        return None
    if not validators:
        validators.append(validator_of(ref))
    return result if validators[0].is_valid(document) else None


def _told(subject: str, matcher: Matcher, *, from_text: bool = False) -> Told:
    expected = expectation(matcher)
    result = AssertionResult(subject, expected, expected, passed=True, source=str(matcher.source))
    told = _telling(result, matcher, from_text)
    if len(matcher.conditions) != 1 or from_text:
        return told
    condition = matcher.conditions[0]
    if condition.operator is Operator.EQUALS:
        return _equal(condition, result, told)
    order = _ORDERS.get(condition.operator)
    if order is None or type(condition.operand) not in {int, float}:
        return told
    return partial(_ordered, condition.operand, order, result, told)


_ORDERS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.LESS_THAN: lt,
    Operator.AT_MOST: le,
    Operator.MORE_THAN: gt,
    Operator.AT_LEAST: ge,
}


def _ordered(operand: Any, order: Any, like: AssertionResult, told: Told, value: Any) -> AssertionResult | None:
    """A number beside a number."""
    if type(value) is not float and type(value) is not int:
        return told(value)
    return _found(like, value) if order(value, operand) else None


def _equal(condition: Condition, result: AssertionResult, told: Told) -> Told:
    """What equals the operand and is of its type is shown as the operand is, except that there are two zeros."""
    operand: Any = condition.operand
    kind = type(operand)
    if kind not in {str, int, float} or (kind is not str and not operand):
        return told
    return partial(_same, operand, result, told)


def _same(operand: Any, result: AssertionResult, told: Told, value: Any) -> AssertionResult | None:
    return result if type(value) is type(operand) and value == operand else told(value)


def _telling(like: AssertionResult, matcher: Matcher, from_text: bool) -> Told:
    """Of whatever holds: a result that is `like` this one, with what was found."""
    tests = [quick_test(condition) for condition in matcher.conditions]
    if len(tests) == 1 and (test := tests[0]) is not None:
        return partial(_tell_by_one, like, test, matcher.conditions[0].operand, from_text)
    return partial(_tell, like, matcher, from_text)


def _tell_by_one(
    like: AssertionResult, test: Test, operand: Any, from_text: bool, value: Any
) -> AssertionResult | None:
    return _found(like, value) if test(value, operand, from_text) is None else None


def _tell(like: AssertionResult, matcher: Matcher, from_text: bool, value: Any) -> AssertionResult | None:
    return None if evaluate(matcher, Found((("", value),), from_text)) else _found(like, value)


def _found(like: AssertionResult, value: Any) -> AssertionResult:
    kind = type(value)
    plain = (kind is float and isfinite(value)) or (kind is int and -_SHORT < value < _SHORT)
    return _assertion(like.subject, like.expected, repr(value) if plain else show(value), _HOLDS, "", like.source)
