"""A value that fits a schema: an example where there is one, otherwise one made up of types, formats and limits."""

from __future__ import annotations

from typing import Any

from synthmon.importer.openapi.document import Document
from synthmon.importer.pick import items, mapping, text
from synthmon.nouns import dataclass

_DEEPEST = 8
_MOST_VALUES = 500
_FORMATS = {
    "date-time": "2026-01-01T12:00:00Z",
    "date": "2026-01-01",
    "time": "12:00:00Z",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "email": "synthetic@example.com",
    "idn-email": "synthetic@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "c3ludGhldGlj",
    "duration": "PT1M",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """`made_up` says that nobody wrote this value as an example."""

    value: Any
    made_up: bool = False


MISSING = Sample(None, made_up=True)


def written_example(document: Document, holder: Any) -> Sample | None:
    """`example` or the first of `examples` of a parameter, a media type or a schema."""
    one = mapping(holder)
    if "example" in one:
        return Sample(one["example"])
    examples = one.get("examples")
    if isinstance(examples, list) and examples:
        return Sample(examples[0])
    for found in mapping(examples).values():
        inner = document.follow(found)
        if isinstance(inner, dict) and "value" in inner:
            return Sample(inner["value"])
    return None


class Maker:
    """Makes one sample; work and depth are bounded, so circles end."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = _MOST_VALUES

    def sample(self, schema: Any, depth: int = 0) -> Sample:
        self._left -= 1
        found = self._document.follow(schema)
        if depth > _DEEPEST or self._left < 0 or not isinstance(found, dict):
            return MISSING
        if (written := written_example(self._document, found)) is not None:
            return written
        for key in ("const", "default"):
            if key in found:
                return Sample(found[key])
        if items(found.get("enum")):
            return Sample(found["enum"][0])
        return self._composed(found, depth) or self._typed(found, depth)

    def _composed(self, found: dict[str, Any], depth: int) -> Sample | None:
        if items(found.get("allOf")):
            parts = [self.sample(part, depth + 1) for part in found["allOf"]]
            own = self._object(found, depth) if mapping(found.get("properties")) else Sample({})
            values = [one.value for one in (*parts, own) if isinstance(one.value, dict)]
            if values:
                return Sample({key: value for one in values for key, value in one.items()}, made_up=True)
            return parts[0]
        for key in ("oneOf", "anyOf"):
            if items(found.get(key)):
                first = self.sample(found[key][0], depth + 1)
                own = self._object(found, depth) if mapping(found.get("properties")) else Sample({})
                if isinstance(first.value, dict) and isinstance(own.value, dict):
                    return Sample({**own.value, **first.value}, first.made_up)
                return first
        return None

    def _typed(self, found: dict[str, Any], depth: int) -> Sample:
        kind = _type(found)
        if kind == "object":
            return self._object(found, depth)
        if kind == "array":
            inner = self.sample(found.get("items", {}), depth + 1)
            few = max(1, min(3, _number(found.get("minItems"), 1)))
            return Sample([inner.value] * few if inner is not MISSING else [], inner.made_up)
        if kind in ("integer", "number"):
            return Sample(_figure(found), made_up=True)
        if kind == "boolean":
            return Sample(value=True, made_up=True)
        return Sample(None, made_up=True) if kind == "null" else Sample(_text(found), made_up=True)

    def _object(self, found: dict[str, Any], depth: int) -> Sample:
        """Required properties, and those for which an example is written."""
        required = {text(name) for name in items(found.get("required"))}
        made: dict[str, Any] = {}
        made_up = False
        properties = mapping(found.get("properties"))
        for name, schema in properties.items():
            inner = mapping(self._document.follow(schema))
            if inner.get("readOnly") is True:
                continue
            one = self.sample(schema, depth + 1)
            if one is not MISSING and (name in required or not one.made_up or not required):
                made[str(name)] = one.value
                made_up = made_up or one.made_up
        return Sample(made, made_up)


def _type(found: dict[str, Any]) -> str:
    kind = found.get("type")
    if isinstance(kind, list):
        kind = next((text(one) for one in kind if one != "null"), "null")
    if not isinstance(kind, str):
        return "object" if "properties" in found else "array" if "items" in found else "string"
    return kind


def _number(value: Any, otherwise: int) -> int:
    return (
        int(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
        else otherwise
    )


def _figure(found: dict[str, Any]) -> int:
    low = found.get("minimum")
    figure = _number(low, 1)
    exclusive = found.get("exclusiveMinimum")
    if exclusive is True:
        figure += 1
    elif isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
        figure = _number(exclusive, 0) + 1
    high = _number(found.get("maximum"), figure)
    figure = min(figure, high) if low is not None or "maximum" in found else figure
    step = _number(found.get("multipleOf"), 1)
    return figure if step <= 1 else -(-figure // step) * step


def _text(found: dict[str, Any]) -> str:
    made = _FORMATS.get(text(found.get("format")), "synthetic")
    shortest, longest = _number(found.get("minLength"), 0), _number(found.get("maxLength"), 1000)
    if len(made) < shortest <= 1000:
        made += "x" * (shortest - len(made))
    return made[:longest] if 0 < longest < len(made) else made
