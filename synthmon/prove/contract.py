"""What a step's response schema says of a place in an answer: whether it knows it, needs it, and lets others beside it.

Only as far as the score needs it. Whether a whole answer fits is asked of the validator itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import unquote, urljoin

from synthmon.engine.schema import problems
from synthmon.model.answer import SchemaRef
from synthmon.model.run import Json

_BRANCHES = ("allOf", "anyOf", "oneOf")
_DEEPEST = 100  # references and branches followed, one inside the other


_Found: TypeAlias = "tuple[str, dict[str, Any]]"
"""A schema, and which document it stands in."""


class Contract:
    """One schema, asked about places: a place is the names and numbers that lead to it."""

    def __init__(self, ref: SchemaRef) -> None:
        self._ref = ref
        self._documents = {ref.uri: ref.document, **dict(ref.others)}

    def fits(self, document: Json) -> bool:
        return not problems(self._ref, document)

    def knows(self, place: Sequence[str | int]) -> bool:
        """False if the place, or something that it lies in, is a field that a schema leaves out which names others."""
        return not any(
            isinstance(part, str) and self.names_fields(place[:at]) and not self._at(place[: at + 1])
            for at, part in enumerate(place)
        )

    def names_fields(self, place: Sequence[str | int]) -> bool:
        return any(schema.get("properties") for schema in self._at(place))

    def closed(self, place: Sequence[str | int]) -> bool:
        """Whether no further field may stand in the object."""
        shut = ("additionalProperties", "unevaluatedProperties")
        return any(schema.get(rule) is False for schema in self._at(place) for rule in shut)

    def may_be_null(self, place: Sequence[str | int]) -> bool:
        """Whether null is named among what the value may be."""
        return any(
            "null" in _listed(schema.get("type"))
            or None in _listed(schema.get("enum"))
            or schema.get("nullable") is True
            for schema in self._at(place)
        )

    def may_be_empty(self, place: Sequence[str | int]) -> bool:
        """Whether emptiness is allowed in so many words."""
        return any(schema.get(rule) == 0 for schema in self._at(place) for rule in ("minLength", "minItems"))

    def _at(self, place: Sequence[str | int]) -> list[dict[str, Any]]:
        found = list(self._spread(self._ref.uri, self._pointed(self._ref.uri, self._ref.pointer), 0))
        for part in place:
            found = [below for one in found for below in self._below(one, part)]
        return [schema for _, schema in found]

    def _below(self, found: _Found, part: str | int) -> Iterator[_Found]:
        uri, schema = found
        if isinstance(part, str):
            properties = schema.get("properties")
            yield from self._spread(uri, properties.get(part) if isinstance(properties, dict) else None, 0)
            return
        first = schema.get("prefixItems")
        inside = first[part] if isinstance(first, list) and part < len(first) else schema.get("items")
        yield from self._spread(uri, inside, 0)

    def _spread(self, uri: str, schema: Any, depth: int) -> Iterator[_Found]:
        """The schema and everything that it is made of."""
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return
        yield uri, schema
        if isinstance(reference := schema.get("$ref"), str):
            address, _, pointer = reference.partition("#")
            there = urljoin(uri, address) if address else uri
            yield from self._spread(there, self._pointed(there, unquote(pointer)), depth + 1)
        for branch in (part for name in _BRANCHES for part in _listed(schema.get(name))):
            yield from self._spread(uri, branch, depth + 1)

    def _pointed(self, uri: str, pointer: str) -> Any:
        """What a JSON Pointer (RFC 6901) leads to; nothing if it leads nowhere, which the validator tells of."""
        found = _parsed(self._documents[uri]) if uri in self._documents else None
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                return None
        return found


@lru_cache(maxsize=64)
def _parsed(document: str) -> Any:
    return json.loads(document)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
