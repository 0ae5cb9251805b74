"""Values that are secret as a whole: what in them is tainted, and what of them a scrubber has to know."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model.run import Json
from synthmon.model.secret import SHORTEST, Secret


def texts_in(value: Json) -> Iterator[str]:
    """Every text and number in the value that is long enough to be known by."""
    if isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts_in(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
        yield str(value)


def tainted(name: str, value: Json) -> Json:
    """Texts become secrets, wherever in the value they are; numbers stay numbers, as types are kept."""
    match value:
        case str():
            return Secret(name, value)
        case list() | tuple():
            return [tainted(name, item) for item in value]
        case dict():
            return {key: tainted(name, item) for key, item in value.items()}
    return value
