"""The parts of a format, found from its topmost one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from synthmon.probefile.format.base import Part
from synthmon.probefile.format.quick import annotation


def models_of(top: type[Part]) -> set[type[Part]]:
    """The part and every part that a value of it can hold."""
    found: set[type[Part]] = set()
    waiting = [top]
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            waiting += [inner for key in part.keys_by_word.values() for inner in _inside(annotation(part, key))]
    return found


def _inside(kind: object) -> Iterator[type[Part]]:
    if isinstance(kind, type) and issubclass(kind, Part):
        yield kind
    for inner in get_args(kind):
        yield from _inside(inner)


def keys_of(part: type[Part]) -> list[str]:
    """Its keys as they are written in a file."""
    return list(part.keys_by_word)
