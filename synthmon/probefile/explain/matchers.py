"""What must be true of a value, as the second half of a sentence: `must be a string with a length of at least 20`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from synthmon.model.answer import Condition, Matcher, Operator
from synthmon.probefile.explain import phrases

_NUMBERS: Mapping[Operator, str] = {
    Operator.EQUALS: "{}",
    Operator.NOT_EQUALS: "other than {}",
    Operator.LESS_THAN: "less than {}",
    Operator.AT_MOST: "at most {}",
    Operator.MORE_THAN: "more than {}",
    Operator.AT_LEAST: "at least {}",
    Operator.ONE_OF: "one of {}",
    Operator.NOT_ONE_OF: "none of {}",
}
_IS: Mapping[Operator, str] = {
    Operator.EQUALS: "be {}",
    Operator.NOT_EQUALS: "not be {}",
    Operator.ONE_OF: "be one of {}",
    Operator.NOT_ONE_OF: "be none of {}",
    Operator.LESS_THAN: "be less than {}",
    Operator.AT_MOST: "be at most {}",
    Operator.MORE_THAN: "be more than {}",
    Operator.AT_LEAST: "be at least {}",
    Operator.CONTAINS: "contain {}",
    Operator.NOT_CONTAINS: "not contain {}",
    Operator.STARTS_WITH: "begin with {}",
    Operator.ENDS_WITH: "end with {}",
    Operator.MATCHES: "match the pattern {}",
    Operator.TYPE: "be of type {}",
    Operator.FORMAT: "have the form {}",
}


def must(matcher: Matcher) -> str:
    """`must be "EUR"`."""
    return f"must {predicate(matcher)}"


def predicate(matcher: Matcher) -> str:
    """Everything that must hold, behind a `must`."""
    return phrases.listed(map(_condition, matcher.conditions)) or "be there"


def _condition(condition: Condition) -> str:
    special = _SPECIAL.get(condition.operator)
    if special is not None:
        return special(condition)
    return _IS[condition.operator].format(_operand(condition))


def _operand(condition: Condition) -> str:
    operand = condition.operand
    if isinstance(operand, Matcher):
        return predicate(operand)
    if condition.operator in {Operator.ONE_OF, Operator.NOT_ONE_OF} and isinstance(operand, tuple):
        return phrases.listed(map(phrases.value, operand), "or")
    if condition.operator in {Operator.TYPE, Operator.FORMAT} and isinstance(operand, str):
        return operand
    return phrases.value(operand)


def _sized(noun: str) -> Callable[[Condition], str]:
    def say(condition: Condition) -> str:
        operand = condition.operand
        if not isinstance(operand, Matcher):
            return f"have a {noun} of {phrases.value(operand)}"
        if all(inner.operator in _NUMBERS for inner in operand.conditions):
            sizes = (_NUMBERS[inner.operator].format(_operand(inner)) for inner in operand.conditions)
            return f"have a {noun} of {phrases.listed(sizes)}"
        return f"have a {noun} that must {predicate(operand)}"

    return say


def _of_nodes(which: str) -> Callable[[Condition], str]:
    def say(condition: Condition) -> str:
        inner = predicate(condition.operand) if isinstance(condition.operand, Matcher) else _operand(condition)
        return f"{inner} ({which})"

    return say


def _whether(yes: str, no: str) -> Callable[[Condition], str]:
    return lambda condition: yes if condition.operand is True else no


_SPECIAL: Mapping[Operator, Callable[[Condition], str]] = {
    Operator.LENGTH: _sized("length"),
    Operator.COUNT: _sized("count"),
    Operator.EXISTS: _whether("be there", "not be there"),
    Operator.EMPTY: _whether("be empty", "not be empty"),
    Operator.EACH: _of_nodes("each of them"),
    Operator.ANY: _of_nodes("at least one of them"),
}
