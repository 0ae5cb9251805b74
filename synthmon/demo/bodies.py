"""Bodies of requests, read so that nothing a stranger sends becomes an error of the shop."""

from __future__ import annotations

from math import isfinite
from typing import Any

from starlette.requests import Request

DEEPEST = 20


async def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; an empty one where it is nothing of the kind, or could never be written again."""
    try:
        body = await request.json()
    except (ValueError, RecursionError):  # nested a thousand deep, JSON is no ValueError
        return {}
    return body if isinstance(body, dict) and _can_be_written(body) else {}


def _can_be_written(value: Any, depth: int = DEEPEST) -> bool:
    """One thing kept that cannot be sent would take the page away from all the others."""
    if isinstance(value, dict):
        return depth > 0 and all(_can_be_written(child, depth - 1) for pair in value.items() for child in pair)
    if isinstance(value, list):
        return depth > 0 and all(_can_be_written(child, depth - 1) for child in value)
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)  # half a character is in no encoding
    return not isinstance(value, float) or isfinite(value)
