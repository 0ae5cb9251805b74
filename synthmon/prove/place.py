"""Places in a JSON answer: which there are, how their paths are written, and a copy with another value at one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from synthmon.engine.redaction import normalised
from synthmon.model.run import Json
from synthmon.nouns import dataclass

MOST = 200  # places looked at in one answer

Location: TypeAlias = "tuple[str | int, ...]"

_EACH = -1  # in place of an item's number: all of them
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Place:
    """A value in an answer. Of a list one item stands for all: `location` leads to that one."""

    location: Location
    value: Json

    @property
    def name(self) -> str:
        """The last name on the way; empty for the whole document."""
        return next((part for part in reversed(self.location) if isinstance(part, str)), "")

    @property
    def listed(self) -> bool:
        return any(isinstance(part, int) for part in self.location)

    @property
    def path(self) -> str:
        """To this very value."""
        return written(self.location)

    @property
    def every(self) -> str:
        """To this value in every item of the lists on the way."""
        return written([_EACH if isinstance(part, int) else part for part in self.location])

    @property
    def lacking(self) -> str:
        """To the items in which this value is missing."""
        last = max(at for at, part in enumerate(self.location) if isinstance(part, int))
        before = [_EACH if isinstance(part, int) else part for part in self.location[:last]]
        inside = written(self.location[last + 1 :])[1:]
        return f"{written(before)}[?!@{inside}]"


def written(location: Sequence[str | int]) -> str:
    """A path of RFC 9535."""
    return "$" + "".join(map(_segment, location))


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return "[*]" if part == _EACH else f"[{part}]"
    return f".{part}" if _PLAIN.fullmatch(part) else normalised((part,))[1:]


def places(document: Json, seed: int) -> Iterator[Place]:
    """Every place, the document itself first; of each list the one item that the seed picks."""
    waiting = [Place((), document)]
    while waiting:
        place = waiting.pop(0)
        yield place
        match place.value:
            case dict():
                waiting += [Place((*place.location, name), value) for name, value in place.value.items()]
            case list() if place.value:
                at = _picked(seed, place.location, len(place.value))
                waiting.append(Place((*place.location, at), place.value[at]))


def _picked(seed: int, location: Location, length: int) -> int:
    digest = hashlib.sha256(f"{seed}/{written(location)}".encode()).digest()
    return int.from_bytes(digest[:8]) % length


def replaced(document: Json, location: Location, value: Json) -> Json:
    """The document with another value at a place; only what lies on the way there is copied."""
    if not location:
        return value
    return _with(document, location[0], replaced(_below(document, location[0]), location[1:], value))


def without(document: Json, location: Location) -> Json:
    """The document without a field."""
    name, *rest = location
    if rest:
        return _with(document, name, without(_below(document, name), tuple(rest)))
    return {key: value for key, value in document.items() if key != name}


def _below(document: Any, part: str | int) -> Any:
    return document.get(part) if isinstance(document, dict) else document[part]


def _with(document: Any, part: str | int, value: Json) -> Any:
    if isinstance(document, dict):
        return {**document, part: value}
    copied = list(document)
    copied[int(part)] = value
    return copied


def others(document: Json, place: Place) -> Iterator[Json]:
    """What stands at the same place in the other items of the lists on the way; `MISSING` where nothing does."""
    found = _at_every(document, place.location)
    skipped = False
    for value in found:
        if value is place.value and not skipped:
            skipped = True
        else:
            yield value


def value_at(document: Any, location: Sequence[str | int]) -> Json:
    """What stands there in another document; `MISSING` if nothing does."""
    for part in location:
        match document, part:
            case dict(), str() if part in document:
                document = document[part]
            case list(), int() if part < len(document):
                document = document[part]
            case _:
                return MISSING
    return document


class _Missing:
    """Not null: nothing at all."""


MISSING = _Missing()


def _at_every(document: Any, location: Sequence[str | int]) -> Iterator[Any]:
    if not location:
        yield document
        return
    part, rest = location[0], location[1:]
    if isinstance(part, int):
        for item in document if isinstance(document, list) else ():
            yield from _at_every(item, rest)
    elif isinstance(document, dict) and part in document:
        yield from _at_every(document[part], rest)
    elif not any(isinstance(following, int) for following in rest):
        yield MISSING
