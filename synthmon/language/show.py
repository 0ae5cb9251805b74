"""Values as short texts for people, and values described without being shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from synthmon.model import words
from synthmon.model.secret import Secret

LIMIT = 120


def show(value: Any, limit: int = LIMIT) -> str:
    """The value as it would stand in JSON, on one line, `limit` characters at most; a secret shows its name only."""
    if type(value) is float and isfinite(value) and limit >= LIMIT:
        return repr(value)  # as JSON has it, in a sixth of the time
    if isinstance(value, Secret):
        return value.shown
    try:
        text = _encoder.encode(value) if isinstance(value, int | float) else "".join(_pieces(value, limit))
    except (ValueError, TypeError, RecursionError):  # a number of 5,000 digits, an absurd depth, or no JSON at all
        return _cut(describe(value), limit)
    return _cut(words.printable(text[: limit + 1], limit + 1), limit)


def _pieces(value: Any, limit: int) -> Iterator[str]:
    """JSON piece by piece and only as far as it will be shown: an answer may hold a hundred thousand values."""
    if isinstance(value, str):
        yield _encoder.encode(value[: limit + 1])
        return
    written = 0
    for piece in _encoder.iterencode(value):
        yield piece[: limit + 1]
        written += len(piece)
        if written > limit:
            return


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _other(value: object) -> Any:
    if isinstance(value, Secret):
        return value.shown
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError("not a JSON value")


_encoder = json.JSONEncoder(ensure_ascii=False, default=_other)


def type_name(value: Any) -> str:
    """JSON's name of the value's type: string, number, integer, boolean, object, array or null."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str | Secret):
        return "string"
    return "array" if isinstance(value, list | tuple) else "object"


def is_of(value: Any, kind: str) -> bool:
    """Whether the value is of that type of JSON; a whole number is a number too."""
    found = type_name(value)
    return found == kind or (kind == "number" and found == "integer")


def a_type(kind: str) -> str:
    """The type of JSON in a sentence: `an integer`."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def describe(value: Any) -> str:
    """The shape of a value, and nothing of its content: `text of 14 characters`, `object with 3 keys`."""
    if isinstance(value, Secret):
        return value.shown
    if isinstance(value, str):
        return f"text of {_many(len(value), 'character')}"
    if isinstance(value, list | tuple):
        return f"list of {_many(len(value), 'item')}"
    if isinstance(value, Mapping):
        return f"object with {_many(len(value), 'key')}"
    return {"null": "null", "boolean": "a boolean"}.get(type_name(value), "a number")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
