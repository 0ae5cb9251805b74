"""What an OpenAPI operation documents of its answers: statuses, content types, headers and schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from synthmon.language.suggest import did_you_mean
from synthmon.model.answer import Documented, DocumentedHeader, OperationRef, SchemaRef, StatusRange
from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.schemas import Held, SchemaProblem, SchemaShelf, at
from synthmon.probefile.excerpt import quoted

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True, slots=True)
class _Place:
    """A part of a file, found by following references; `pointer` leads to it."""

    held: Held
    pointer: str
    value: Any

    def at(self, *keys: str) -> _Place:
        """What stands under these keys."""
        value = self.value
        for key in keys:
            value = value[key]
        tokens = "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)
        return _Place(self.held, self.pointer + tokens, value)

    def mapping(self, key: str) -> Mapping[str, Any]:
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class _Operation:
    id: str | None
    method: str
    path: str
    place: _Place

    @property
    def names(self) -> tuple[str, ...]:
        return (*((self.id,) if self.id else ()), f"{self.method} {self.path}")


def find_operation(shelf: SchemaShelf, file: str, name: str, source: Source) -> OperationRef:
    """The answers of the operation with that id, or of `GET /orders/{id}`; raises `SchemaProblem`."""
    held = shelf.held(file)
    if held.dialect is None:
        raise SchemaProblem(f"{quoted(file)} is no OpenAPI document: it has no `openapi` with a version")
    operations = list(_operations(shelf, held))
    found = [operation for operation in operations if name in operation.names]
    if not found:
        known = [word for operation in operations for word in operation.names]
        close = did_you_mean(name, known)
        help_ = f"did you mean `{close}`?" if close else f"there is {_listed(known)}"
        raise SchemaProblem(f"{quoted(file)} has no operation {quoted(name)}", help_)
    if len(found) > 1:
        raise SchemaProblem(f"{quoted(file)} has {len(found)} operations {quoted(name)}", "name it by method and path")
    answers = tuple(_answers(shelf, found[0].place, source))
    if not answers:
        raise SchemaProblem(f"{quoted(name)} documents no answer in {quoted(file)}")
    return OperationRef(f"{name} of {file}", answers, source)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") if names else "none"


def _operations(shelf: SchemaShelf, held: Held) -> Iterator[_Operation]:
    document = _Place(held, "", held.data)
    for path in document.mapping("paths"):
        item = _followed(shelf, document.at("paths", path))
        for method in _METHODS:
            if item.mapping(method):
                place = item.at(method)
                identifier = place.value.get("operationId")
                yield _Operation(identifier if isinstance(identifier, str) else None, method.upper(), path, place)


def _followed(shelf: SchemaShelf, place: _Place) -> _Place:
    """What the place refers to, if it is a reference."""
    for _ in range(20):
        reference = place.value.get("$ref") if isinstance(place.value, dict) else None
        if not isinstance(reference, str):
            return place
        target, _, pointer = reference.partition("#")
        held = shelf.led_to(place.held, reference) if target else place.held
        pointer = unquote(pointer)
        place = _Place(held, pointer, at(held.data, pointer, held.name))
    raise SchemaProblem(f"{quoted(place.held.name)} has references that lead round in a circle")


def _answers(shelf: SchemaShelf, operation: _Place, source: Source) -> Iterator[Documented]:
    for written in operation.mapping("responses"):
        if not written.startswith("x-"):
            answer = _followed(shelf, operation.at("responses", written))
            contents = tuple(_contents(shelf, answer, source))
            yield Documented(_status(written, operation.held.name), contents, tuple(_headers(shelf, answer, source)))


def _status(written: str, file: str) -> StatusRange | None:
    """A code, a range such as `5XX`, or None for `default`."""
    if written == "default":
        return None
    if len(written) == 3 and written[0] in "12345" and written[1:].upper() == "XX":
        return StatusRange(int(written[0]) * 100, int(written[0]) * 100 + 99)
    if len(written) == 3 and written.isascii() and written.isdigit():
        return StatusRange(int(written), int(written))
    raise SchemaProblem(f"{quoted(written)} in {quoted(file)} is no status of an answer", "write it like 200 or 5XX")


def _contents(shelf: SchemaShelf, answer: _Place, source: Source) -> Iterator[tuple[str, SchemaRef | None]]:
    for media in answer.mapping("content"):
        yield media.partition(";")[0].strip().lower(), _schema(shelf, answer.at("content", media), source)


def _headers(shelf: SchemaShelf, answer: _Place, source: Source) -> Iterator[DocumentedHeader]:
    """`Content-Type` is what `content` says it is (OpenAPI 3.0.3, section 4.7.17.1)."""
    for name in answer.mapping("headers"):
        header = _followed(shelf, answer.at("headers", name))
        if name.lower() != "content-type" and isinstance(header.value, dict):
            yield DocumentedHeader(name, header.value.get("required") is True, _schema(shelf, header, source))


def _schema(shelf: SchemaShelf, place: _Place, source: Source) -> SchemaRef | None:
    if not isinstance(place.value, dict) or not isinstance(place.value.get("schema"), dict | bool):
        return None
    inner = place.at("schema")
    shelved = shelf.part(inner.held, inner.pointer)
    label = f"{inner.held.name}#{_named(inner)}"
    return SchemaRef(label, shelved.document, shelved.pointer, source, shelved.uri, shelved.others)


def _named(place: _Place) -> str:
    """The name of the schema that stands there, or else where it stands."""
    reference = place.value.get("$ref") if isinstance(place.value, dict) else None
    return reference[1:] if isinstance(reference, str) and reference.startswith("#/") else place.pointer
