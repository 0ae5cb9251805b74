"""Values as short texts for people, and values described without being shown."""

from __future__ import annotations

import json
from typing import Any

from synthmon.model import words
from synthmon.model.secret import Secret

LIMIT = 120


def show(value: Any, limit: int = LIMIT) -> str:
    """The value as it would stand in JSON, on one line, cut at `limit`; a secret shows its name only."""
    if isinstance(value, Secret):
        return value.shown
    try:
        # Text is cut before it is encoded: an answer may hold megabytes of it.
        text = json.dumps(_short(value, limit), ensure_ascii=False, default=_other)
    except (ValueError, RecursionError):  # a number of more digits than Python writes, or an absurd depth
        return describe(value)
    return words.printable(text if len(text) <= limit else f"{text[: limit - 1]}…", limit + 1)


def _short(value: Any, limit: int, depth: int = 0) -> Any:
    if isinstance(value, str):
        return value[: limit + 1]
    if depth > 6:
        return "…"
    if isinstance(value, list | tuple):
        return [_short(item, limit, depth + 1) for item in value[:limit]]
    if isinstance(value, dict):
        return {str(key)[:limit]: _short(value[key], limit, depth + 1) for key in list(value)[:limit]}
    return value


def _other(value: object) -> str:
    return value.shown if isinstance(value, Secret) else str(value)


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


def describe(value: Any) -> str:
    """The shape of a value, and nothing of its content: `text of 14 characters`, `object with 3 keys`."""
    if isinstance(value, Secret):
        return value.shown
    if isinstance(value, str):
        return f"text of {_many(len(value), 'character')}"
    if isinstance(value, list | tuple):
        return f"list of {_many(len(value), 'item')}"
    if isinstance(value, dict):
        return f"object with {_many(len(value), 'key')}"
    return {"null": "null", "boolean": "a boolean"}.get(type_name(value), "a number")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
