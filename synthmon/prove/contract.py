"""What a step's response schema says of a place in an answer: whether it knows it, needs it, and lets others beside it.

Only as far as the score needs it. Whether a whole answer fits is asked of the validator itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from synthmon.engine.schema import problems
from synthmon.model.journey import SchemaRef
from synthmon.model.run import Json

_BRANCHES = ("allOf", "anyOf", "oneOf")
_DEEPEST = 100  # references and branches followed, one inside the other


class Contract:
    """One schema, asked about places: a place is the names and numbers that lead to it."""

    def __init__(self, ref: SchemaRef) -> None:
        self._ref = ref
        self._document = _parsed(ref.document)

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
        found = list(self._spread(self._pointed(self._ref.pointer), 0))
        for part in place:
            found = [below for schema in found for below in self._below(schema, part)]
        return found

    def _below(self, schema: dict[str, Any], part: str | int) -> Iterator[dict[str, Any]]:
        if isinstance(part, str):
            properties = schema.get("properties")
            yield from self._spread(properties.get(part) if isinstance(properties, dict) else None, 0)
            return
        first = schema.get("prefixItems")
        if isinstance(first, list) and part < len(first):
            yield from self._spread(first[part], 0)
            return
        yield from self._spread(schema.get("items"), 0)

    def _spread(self, schema: Any, depth: int) -> Iterator[dict[str, Any]]:
        """The schema and everything that it is made of."""
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return
        yield schema
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            yield from self._spread(self._pointed(reference[1:]), depth + 1)
        for branch in (part for name in _BRANCHES for part in _listed(schema.get(name))):
            yield from self._spread(branch, depth + 1)

    def _pointed(self, pointer: str) -> Any:
        """What a JSON Pointer (RFC 6901) leads to; nothing if it leads nowhere, which the validator tells of."""
        found = self._document
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
