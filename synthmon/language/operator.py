"""What the operators of `expect` mean: strict types, case-sensitive, never an exception.

A matcher is held against what was found: the nodes of a path, a header, a status. Each condition that is not met gives
one `Mismatch`, ready to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from synthmon.errors import TemplateError
from synthmon.language.compute import contains, equal, is_number, plain
from synthmon.language.formats import FORMATS, has_format
from synthmon.language.numeral import read_number
from synthmon.language.regex import compile_regex
from synthmon.language.show import describe, show, type_name
from synthmon.language.suggest import did_you_mean
from synthmon.language.taint import secrets_in
from synthmon.model.answer import Condition, Matcher, Operator
from synthmon.model.text import Template
from synthmon.nouns import dataclass

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
MOST_MISMATCHES = 5  # of one condition over many nodes

# These look at all nodes at once, so any number of them may have been found.
OVER_ALL = frozenset({Operator.EACH, Operator.ANY, Operator.COUNT, Operator.EXISTS})
_NUMERIC = frozenset({Operator.LESS_THAN, Operator.AT_MOST, Operator.MORE_THAN, Operator.AT_LEAST})


@dataclass(frozen=True, slots=True)
class Found:
    """What a path or a name led to: nodes as (label, value). `from_text`: numbers are to be read from text."""

    nodes: tuple[tuple[str, Any], ...]
    from_text: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One condition that is not met: of which node, and in words."""

    label: str
    operator: Operator
    expected: str
    actual: str
    message: str


def evaluate(matcher: Matcher, found: Found) -> tuple[Mismatch, ...]:
    """Every condition that does not hold, in order; empty when all do. Operands are rendered values."""
    return tuple(mismatch for condition in matcher.conditions for mismatch in _condition(condition, found))


def expectation(matcher: Matcher) -> str:
    """The matcher in words: `at least 300`, `equals "a" and matches "b"`."""
    return " and ".join(_words(condition) for condition in matcher.conditions)


def _condition(condition: Condition, found: Found) -> tuple[Mismatch, ...]:
    misuse = _misuse(condition)
    if misuse is not None:
        return (_mismatch(condition, "", "an operand that cannot be used", misuse),)
    if condition.operator in OVER_ALL:
        return _OVER_ALL[condition.operator](condition, found)
    if len(found.nodes) != 1:
        return (_not_one(condition, found),)
    label, value = found.nodes[0]
    return _one(condition, label, value, found.from_text)


def _misuse(condition: Condition) -> str | None:
    """What is wrong with an operand that came out of an expression: `exists: "false"` must not hold by mistake."""
    operand = condition.operand
    problem = check_operand(condition.operator, plain(operand))
    if problem is None:
        return None
    if any(secrets_in(operand)):  # the problem may quote it
        return f"`{condition.operator}` cannot use {show(operand)} as its operand"
    return f"`{condition.operator}`: {problem}"


def quick_test(condition: Condition) -> Test | None:
    """How one value is held against an operand that was written down and can be used; None where it takes more."""
    operand = condition.operand
    if condition.operator not in _TESTS or isinstance(operand, Matcher) or _misuse(condition) is not None:
        return None
    return _TESTS[condition.operator]


def _not_one(condition: Condition, found: Found) -> Mismatch:
    if not found.nodes:
        return _mismatch(condition, "", "nothing", "nothing was found")
    count = len(found.nodes)
    hint = "use each, any or count, or a path to one of them"
    return _mismatch(condition, "", f"{count} values", f"{count} values were found where one is expected: {hint}")


def _one(condition: Condition, label: str, value: Any, from_text: bool) -> tuple[Mismatch, ...]:
    if condition.operator is Operator.LENGTH:
        return _length(condition, label, value)
    reason = _TESTS[condition.operator](value, condition.operand, from_text)
    if reason is None:
        return ()
    return (_mismatch(condition, label, show(value), reason),)


def _mismatch(condition: Condition, label: str, actual: str, reason: str) -> Mismatch:
    expected = _words(condition)
    where = f"{label}: " if label else ""
    return Mismatch(
        label, condition.operator, expected, actual, f"{where}{reason or f'expected {expected}, came {actual}'}"
    )


def _words(condition: Condition) -> str:
    operand = condition.operand
    if isinstance(operand, Matcher):
        return f"{condition.operator.replace('_', ' ')} {expectation(operand)}"
    if condition.operator is Operator.EQUALS:
        return show(operand)
    if condition.operator is Operator.EXISTS:
        return "exists" if operand else "does not exist"
    if condition.operator is Operator.EMPTY:
        return "empty" if operand else "not empty"
    return f"{condition.operator.replace('_', ' ')} {show(operand)}"


# Tests of one value: the reason why it does not hold, "" where expected and actual say it all, None where it holds.

Test = Callable[[Any, Any, bool], str | None]


def _holds(test: Callable[[Any, Any], bool]) -> Test:
    return lambda value, operand, _from_text: None if test(value, operand) else ""


def _read(value: Any, operand: Any, from_text: bool) -> Any:
    """A header's text as a number where the operand is one."""
    if not (from_text and is_number(operand) and isinstance(value, str)):
        return value
    number = read_number(value)
    return value if number is None else number


def _equals(value: Any, operand: Any, from_text: bool) -> str | None:
    read = _read(value, operand, from_text)
    if equal(read, operand):
        return None
    if type_name(read) != type_name(operand) and show(read).strip('"') == show(operand).strip('"'):
        return f"expected {_typed(operand)}, came {_typed(read)}"
    return ""


def _typed(value: Any) -> str:
    return "null" if value is None else f"{type_name(value)} {show(value)}"


def _orders(compare: Callable[[Any, Any], bool]) -> Test:
    def test(value: Any, operand: Any, from_text: bool) -> str | None:
        left, right = plain(_read(value, operand, from_text)), plain(operand)
        same = (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))
        if not same:
            return f"{describe(value)} cannot be compared with {show(operand)}"
        return None if compare(left, right) else ""

    return test


def _contains(value: Any, operand: Any) -> bool:
    try:
        return contains(operand, value)
    except TemplateError:  # the value is nothing that could contain
        return False


def _text(value: Any) -> str | None:
    text = plain(value)
    return text if isinstance(text, str) else None


def _starts(value: Any, operand: Any) -> bool:
    text, start = _text(value), _text(operand)
    return text is not None and start is not None and text.startswith(start)


def _ends(value: Any, operand: Any) -> bool:
    text, end = _text(value), _text(operand)
    return text is not None and end is not None and text.endswith(end)


def _matches(value: Any, operand: Any, _from_text: bool) -> str | None:
    text = _text(value)
    if text is None:
        return f"{describe(value)} is not a text that could match"
    return None if compile_regex(plain(operand)).search(text) else ""


def _one_of(value: Any, operand: Any, from_text: bool) -> bool:
    return any(equal(_read(value, choice, from_text), choice) for choice in operand)


def _empty(value: Any, operand: Any) -> bool:
    measured = plain(value)
    nothing = measured is None or (isinstance(measured, str | list | tuple | Mapping) and len(measured) == 0)
    return nothing is bool(operand)


def _type(value: Any, operand: Any) -> bool:
    actual = type_name(value)
    return equal(actual, operand) or (equal("number", operand) and actual == "integer")


def _format(value: Any, operand: Any) -> bool:
    return has_format(plain(operand), plain(value))


_TESTS: Mapping[Operator, Test] = {
    Operator.EQUALS: _equals,
    Operator.NOT_EQUALS: lambda value, operand, text: "" if _equals(value, operand, text) is None else None,
    Operator.ONE_OF: lambda value, operand, text: None if _one_of(value, operand, text) else "",
    Operator.NOT_ONE_OF: lambda value, operand, text: "" if _one_of(value, operand, text) else None,
    Operator.LESS_THAN: _orders(lambda left, right: left < right),
    Operator.AT_MOST: _orders(lambda left, right: left <= right),
    Operator.MORE_THAN: _orders(lambda left, right: left > right),
    Operator.AT_LEAST: _orders(lambda left, right: left >= right),
    Operator.CONTAINS: _holds(_contains),
    Operator.NOT_CONTAINS: _holds(lambda value, operand: not _contains(value, operand)),
    Operator.STARTS_WITH: _holds(_starts),
    Operator.ENDS_WITH: _holds(_ends),
    Operator.MATCHES: _matches,
    Operator.EMPTY: _holds(_empty),
    Operator.TYPE: _holds(_type),
    Operator.FORMAT: _holds(_format),
}


def _length(condition: Condition, label: str, value: Any) -> tuple[Mismatch, ...]:
    measured = plain(value)
    if not isinstance(measured, str | list | tuple | Mapping):
        return (_mismatch(condition, label, show(value), f"{describe(value)} has no length"),)
    return _counted(condition, label, len(measured), describe(value))


def _counted(condition: Condition, label: str, number: int, actual: str) -> tuple[Mismatch, ...]:
    """LENGTH and COUNT: the operand is a number or a matcher of numbers."""
    operand = condition.operand
    met = _is(operand, number)
    return () if met else (_mismatch(condition, label, actual, ""),)


def _is(operand: Any, number: int) -> bool:
    if isinstance(operand, Matcher):
        return not evaluate(operand, Found((("", number),)))
    return equal(number, operand)


def _count(condition: Condition, found: Found) -> tuple[Mismatch, ...]:
    number = len(found.nodes)
    return _counted(condition, "", number, f"{number} found")


def _exists(condition: Condition, found: Found) -> tuple[Mismatch, ...]:
    if bool(found.nodes) is bool(condition.operand):
        return ()
    actual = show(found.nodes[0][1]) if found.nodes else "nothing"
    return (_mismatch(condition, "", actual, "nothing was found" if not found.nodes else ""),)


def _each(condition: Condition, found: Found) -> tuple[Mismatch, ...]:
    inner = _inner(condition)
    if not found.nodes:
        return (_mismatch(condition, "", "nothing", "nothing was found, so nothing can hold of each"),)
    broken = [mismatch for node in found.nodes for mismatch in evaluate(inner, Found((node,), found.from_text))]
    return tuple(replace(mismatch, operator=condition.operator) for mismatch in broken[:MOST_MISMATCHES])


def _any(condition: Condition, found: Found) -> tuple[Mismatch, ...]:
    inner = _inner(condition)
    if any(not evaluate(inner, Found((node,), found.from_text)) for node in found.nodes):
        return ()
    count = len(found.nodes)
    actual = ", ".join(show(value, 30) for _, value in found.nodes[:3]) or "nothing"
    return (_mismatch(condition, "", actual, f"none of {count} values is {expectation(inner)}"),)


def _inner(condition: Condition) -> Matcher:
    operand = condition.operand
    assert isinstance(operand, Matcher), "each and any hold a matcher, which the reader sees to"
    return operand


_OVER_ALL: Mapping[Operator, Callable[[Condition, Found], tuple[Mismatch, ...]]] = {
    Operator.COUNT: _count,
    Operator.EXISTS: _exists,
    Operator.EACH: _each,
    Operator.ANY: _any,
}


def check_operand(operator: Operator, operand: Any) -> str | None:
    """What is wrong with an operand as written, or None; a template is not looked into."""
    if isinstance(operand, Template | Matcher):
        return None
    check = _CHECKS.get(operator)
    return check(operand) if check else None


def _check_flag(operand: Any) -> str | None:
    return None if isinstance(operand, bool) else "takes true or false"


def _check_size(operand: Any) -> str | None:
    whole = isinstance(operand, int) and not isinstance(operand, bool) and operand >= 0
    return None if whole else "takes a whole number from 0 on, or operators such as {at_least: 1}"


def _check_list(operand: Any) -> str | None:
    return None if isinstance(operand, list | tuple) and operand else "takes a list that is not empty"


def _check_order(operand: Any) -> str | None:
    return None if is_number(operand) or isinstance(operand, str) else "takes a number or a text"


def _check_text(operand: Any) -> str | None:
    return None if isinstance(operand, str) else "takes a text"


def _check_pattern(operand: Any) -> str | None:
    if not isinstance(operand, str):
        return "takes a pattern as text"
    try:
        compile_regex(operand)
    except ValueError as error:
        return str(error)
    return None


def _check_name(names: tuple[str, ...]) -> Callable[[Any], str | None]:
    def check(operand: Any) -> str | None:
        if operand in names:
            return None
        close = did_you_mean(str(operand), names)
        return f"takes one of {', '.join(names)}" + (f"; did you mean `{close}`?" if close else "")

    return check


_CHECKS: Mapping[Operator, Callable[[Any], str | None]] = {
    Operator.EXISTS: _check_flag,
    Operator.EMPTY: _check_flag,
    Operator.LENGTH: _check_size,
    Operator.COUNT: _check_size,
    Operator.ONE_OF: _check_list,
    Operator.NOT_ONE_OF: _check_list,
    **dict.fromkeys(_NUMERIC, _check_order),
    Operator.STARTS_WITH: _check_text,
    Operator.ENDS_WITH: _check_text,
    Operator.MATCHES: _check_pattern,
    Operator.TYPE: _check_name(TYPES),
    Operator.FORMAT: _check_name(FORMATS),
}
