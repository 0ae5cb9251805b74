"""How much work a schema can make: one that leads back to itself by several ways doubles it at each level of a value.

`{anyOf: [{properties: {child: {$ref: "#"}}, …}, {properties: {child: {$ref: "#"}}, …}]}` looks at each level twice for
each time that it looks at the level above, and no validator remembers what it found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

_LISTS = ("anyOf", "oneOf", "allOf")
_SINGLE = ("if", "then", "else", "not", "contains")

Place = tuple[str, str]  # a document's name, and a pointer into it


def branches(documents: Mapping[str, Any], uri: str, pointer: str) -> int:
    """In how many ways a schema leads to itself from one value, at most; 1 where no way, or one, leads back."""
    reached: dict[Place, list[Place]] = {}
    waiting = [(uri, pointer)]
    while waiting:
        place = waiting.pop()
        if place not in reached:
            reached[place] = [there for there in _led_to(documents, place) if _at(documents, there) is not None]
            waiting += reached[place]
    if not _has_circle(reached, (uri, pointer)):
        return 1
    return max(_most(_at(documents, place)) for place in reached)


def _led_to(documents: Mapping[str, Any], place: Place) -> Iterator[Place]:
    for part in _parts(_at(documents, place)):
        for key in ("$ref", "$dynamicRef"):
            if isinstance(reference := part.get(key), str):
                target, fragment = urldefrag(urljoin(place[0], reference))
                pointer = unquote(fragment)
                yield target or place[0], pointer if pointer.startswith("/") else ""


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _at(documents: Mapping[str, Any], place: Place) -> Any:
    found = documents.get(place[0])
    for token in place[1].split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(key)
        elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found


def _has_circle(reached: Mapping[Place, list[Place]], start: Place) -> bool:
    """Whether a way leads back to where it came from; depth first, with a stack of our own."""
    done: set[Place] = set()
    path: dict[Place, Iterator[Place]] = {start: iter(reached[start])}
    while path:
        place, following = next(reversed(path.items()))
        there = next(following, None)
        if there is None:
            done.add(place)
            del path[place]
        elif there in path:
            return True
        elif there not in done:
            path[there] = iter(reached[there])
    return False


def _most(schema: Any) -> int:
    """The most ways in which one part of the schema looks at the same value."""
    return max((_ways(part) for part in _parts(schema)), default=1)


def _ways(part: Mapping[str, Any]) -> int:
    lists = sum(len(found) for key in _LISTS if isinstance(found := part.get(key), list))
    return max(1, lists + sum(isinstance(part.get(key), dict) for key in _SINGLE) + (lists > 0 and "$ref" in part))
