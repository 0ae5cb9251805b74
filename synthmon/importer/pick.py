"""Looking into foreign trees: whatever shape was expected, another one is nothing rather than an exception."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_DEEPEST = 200


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def text(value: Any, otherwise: str = "") -> str:
    """The value as text, if it is a scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else otherwise


def at(value: Any, *path: str | int) -> Any:
    """What stands there, or None."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def words(value: Any) -> str:
    """Text for people: on one line."""
    return " ".join(text(value).split())


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every scalar with the way to it, without recursion."""
    waiting = [(path, value)]
    while waiting:
        where, found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(((*where, str(name)), child) for name, child in reversed(found.items()))
        elif isinstance(found, list):
            waiting.extend(((*where, number), found[number]) for number in range(len(found) - 1, -1, -1))
        else:
            yield where, found


def too_deep(value: Any, limit: int = _DEEPEST) -> bool:
    """Whether containers stand inside one another deeper than that."""
    level = [value]
    for _ in range(limit):
        level = [child for one in level for child in _children(one)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in inner if isinstance(child, dict | list)]
