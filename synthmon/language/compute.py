"""What the signs of an expression mean: strict types, no surprises, nothing of a value in an error's text."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from synthmon.errors import TemplateError
from synthmon.language.show import describe, type_name
from synthmon.language.suggest import did_you_mean
from synthmon.language.terms import MissingKey, Value
from synthmon.model.secret import Secret
from synthmon.model.words import printable

LARGEST_NUMBER = 1e300
LARGEST_TEXT = 1024 * 1024  # characters
_KEYS_NAMED = 8  # in the hint about a missing key
_KEY_SHOWN = 40  # characters of such a key: it may be the target's

ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def is_number(value: Value) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def plain(value: Value) -> Value:
    """The text of a secret, anything else as it is."""
    return value.reveal() if isinstance(value, Secret) else value


def equal(left: Value, right: Value) -> bool:
    """Strict equality: 20 equals 20.0, text never equals a number, true is not 1; lists and objects by their parts."""
    left, right = plain(left), plain(right)
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str) and left == right
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return left is right  # true, false and null, of which there is one each


def contains(part: Value, whole: Value) -> bool:
    """Whether a text holds a text, a list an equal item, an object a key; raises `TemplateError` for other types."""
    part, whole = plain(part), plain(whole)
    if isinstance(whole, list | tuple):
        return any(equal(part, item) for item in whole)
    if not isinstance(whole, str | Mapping):
        raise TemplateError(f"`in` looks into a text, a list or an object, not into {describe(whole)}")
    if not isinstance(part, str):
        looked = "a text" if isinstance(whole, str) else "the name of a key"
        raise TemplateError(f"`in` looks for {looked} in {describe(whole)}, not for {describe(part)}")
    return part in whole


def ordered(sign: str, left: Value, right: Value) -> bool:
    """`<`, `<=`, `>`, `>=` of two numbers or two texts."""
    left, right = plain(left), plain(right)
    if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
        return ORDER[sign](left, right)
    raise TemplateError(f"`{sign}` compares two numbers or two texts, not {describe(left)} and {describe(right)}")


_TESTS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "in": contains,
    "not in": lambda left, right: not contains(left, right),
}


def compared(signs: tuple[str, ...], values: tuple[Value, ...]) -> bool:
    """`a < b`, and chains such as `a < b <= c`, which hold if each link does."""
    return all(
        _TESTS[sign](left, right) if sign in _TESTS else ordered(sign, left, right)
        for sign, (left, right) in zip(signs, pairwise(values), strict=True)
    )


def truth(value: Value) -> bool:
    """The value, if it is true or false."""
    if isinstance(value, bool):
        return value
    raise TemplateError(f"`and`, `or`, `not` take true or false, not {describe(value)}")


def negative(value: Value) -> int | float:
    """The number with its sign turned."""
    return -_number("-", value)


def computed(sign: str, left: Value, right: Value) -> Value:
    """`+ - * /` of two numbers."""
    first, second = _number(sign, left), _number(sign, right)
    if sign == "/" and second == 0:
        raise TemplateError("division by zero")
    return bounded(ARITHMETIC[sign](first, second))


def _number(sign: str, value: Value) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    hint = "put texts together in the template: `${{ a }}${{ b }}`" if type_name(value) == "string" else None
    raise TemplateError(f"`{sign}` computes with numbers, not with {describe(value)}", hint=hint)


def bounded(value: Value) -> Value:
    """The value, unless it is larger than anything a request needs; raises `TemplateError`."""
    kind = type(value)
    if (kind is str or kind is Secret) and len(plain(value)) <= LARGEST_TEXT:  # as most are
        return value
    if is_number(value) and not abs(value) <= LARGEST_NUMBER:  # so that "not a number" is refused too
        raise TemplateError("the number is too large")
    if isinstance(value, (str, Secret)) and len(plain(value)) > LARGEST_TEXT:
        raise TemplateError("the text is longer than 1 MiB")
    return value


def item(value: Value, key: str | int, owner: str = "") -> Value:
    """What stands under a key or an index; `owner` is the root it is looked up in. Raises `MissingKey`."""
    if type(value) is dict and key in value:
        return value[key]
    if isinstance(value, Mapping):
        if key in value:
            return value[key]
        raise MissingKey(_what_is_missing(key, owner), hint=_what_there_is(value, key))
    if isinstance(value, list | tuple) and isinstance(key, int):
        if -len(value) <= key < len(value):
            return value[key]
        raise MissingKey(f"there is no [{key}] in a {describe(value)}")
    raise MissingKey(f"{describe(value)} has no {f'[{key}]' if isinstance(key, int) else repr(key)}")


def _what_is_missing(key: str | int, owner: str) -> str:
    if owner == "captures":
        return f"`captures.{key}` has no value yet"
    return f"there is no {key!r} in {owner or 'it'}"


def _what_there_is(value: Mapping[Any, Value], key: str | int) -> str:
    close = did_you_mean(str(key), map(str, value))
    if close:
        return f"did you mean {printable(close, _KEY_SHOWN)!r}?"
    names = [printable(str(name), _KEY_SHOWN) for name, _ in zip(value, range(_KEYS_NAMED), strict=False)]
    more = f" and {len(value) - len(names)} more" if len(value) > len(names) else ""
    return f"there is {', '.join(names) or 'nothing'}{more}"
