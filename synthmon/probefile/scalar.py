"""YAML 1.2 core scalars: what an unquoted text means. `no`, `on`, `12:30` and dates stay text."""

from __future__ import annotations

import math

from synthmon.patterns import regular

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = regular(r"[-+]?[0-9]+\Z")
_BASED = regular(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = regular(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = regular(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_MAX_DIGITS = 4300


def resolve(text: str) -> None | bool | int | float | str:
    """The value of a plain scalar (YAML 1.2.2, section 10.3.2).

    Raises `ValueError` for numbers that JSON cannot carry or that lose something a person may have meant.
    """
    if not text or text[0] in "ntfNTF~":
        return _word(text)
    return _number(text) if text[0] in "0123456789+-." else text


def _word(text: str) -> None | bool | str:
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    return False if text in _FALSE else text


def _number(text: str) -> int | float | str:
    if len(text) > _MAX_DIGITS and (_INTEGER.match(text) or _BASED.match(text) or _FLOAT.match(text)):
        raise ValueError(f"a number has at most {_MAX_DIGITS} digits")
    if _INTEGER.match(text):
        if len(digits := text.lstrip("+-")) > 1 and digits[0] == "0":
            raise ValueError("a number written with leading zeros would lose them")
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _NOT_FINITE.match(text):
        raise ValueError("infinity and not-a-number are not numbers in JSON")
    return _decimal(text) if _FLOAT.match(text) else text


def _decimal(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("the number is too large")
    return value
