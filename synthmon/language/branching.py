"""How much work a schema can make: one that leads back to itself by several ways doubles it at each level of a value.

`{anyOf: [{properties: {child: {$ref: "#"}}, …}, {properties: {child: {$ref: "#"}}, …}]}` looks at each level twice for
each time that it looks at the level above, and no validator remembers what it found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

MOST = 1000  # ways that are told apart

_LISTS = ("anyOf", "oneOf", "allOf")
_SINGLE = ("if", "then", "else", "not")
_NAMED = ("properties", "additionalProperties", "unevaluatedProperties")  # one of them looks at a name's value
_NUMBERED = ("items", "prefixItems", "additionalItems", "unevaluatedItems")

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
    looks = _Looks(documents)
    return max((looks.of(part, place[0]) for place in reached for part in _parts(_at(documents, place))), default=1)


def _led_to(documents: Mapping[str, Any], place: Place) -> Iterator[Place]:
    for part in _parts(_at(documents, place)):
        yield from _references(part, place[0])


def _references(part: Mapping[str, Any], base: str) -> Iterator[Place]:
    for key in ("$ref", "$dynamicRef"):
        if isinstance(reference := part.get(key), str):
            target, fragment = urldefrag(urljoin(base, reference))
            pointer = unquote(fragment)
            yield target or base, pointer if pointer.startswith("/") else ""


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


class _Looks:
    """How often a part of a schema looks at what is directly in a value, with everything that is held against the same
    value: what it refers to, its branches, and theirs.
    """

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self._documents = documents
        self._known: dict[int, int] = {}

    def of(self, part: Any, base: str) -> int:
        """At least 1, and at most `MOST`."""
        try:
            return max(1, self._of(part, base))
        except RecursionError:
            return MOST

    def _of(self, part: Any, base: str) -> int:
        if not isinstance(part, dict):
            return 0
        if id(part) not in self._known:
            self._known[id(part)] = 0  # for one that leads to itself on the spot, which no value ends
            beside = sum(self._of(one, base) for one in _on_the_spot(part))
            there = sum(self._of(_at(self._documents, place), place[0]) for place in _references(part, base))
            self._known[id(part)] = min(MOST, _into(part) + beside + there)
        return self._known[id(part)]


def _into(part: Mapping[str, Any]) -> int:
    """How often it looks at one value of an object, or of a list."""
    patterns = part.get("patternProperties")
    named = any(key in part for key in _NAMED) + (len(patterns) if isinstance(patterns, dict) else 0)
    return max(named, any(key in part for key in _NUMBERED) + ("contains" in part))


def _on_the_spot(part: Mapping[str, Any]) -> Iterator[Any]:
    for key in _LISTS:
        if isinstance(found := part.get(key), list):
            yield from found
    yield from (part[key] for key in _SINGLE if key in part)
    for key in ("dependentSchemas", "dependencies"):
        if isinstance(found := part.get(key), dict):
            yield from found.values()
