"""The body of an operation: the media type that a probe can send, filled with an example."""

from __future__ import annotations

import json
from typing import Any

from synthmon.importer import jsontext
from synthmon.importer.address import grouped
from synthmon.importer.bodies import FORM, MULTIPART, fields, is_json, json_body, media_type
from synthmon.importer.maker import Maker
from synthmon.importer.multipart import Part, multipart
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.openapi.sample import Maker as SampleMaker
from synthmon.importer.openapi.sample import Sample, written_example
from synthmon.importer.pick import mapping, text
from synthmon.importer.requests import NoStep


def body_of(maker: Maker, document: Document, operation: Operation) -> dict[str, Any]:
    """Keys of `request`; raises `NoStep` for a required body that cannot be written."""
    declared = mapping(document.follow(operation.tree.get("requestBody")))
    content = mapping(declared.get("content"))
    place = f"{operation.place}.requestBody"
    if not content:
        return {}
    kind = _choose(content)
    for other in content:
        if other != kind:
            maker.table.dropped(place, str(other), f"a request has one body, and {kind or 'none'} is taken")
    if kind is None:
        if declared.get("required") is True:
            raise NoStep(f"its body is {', '.join(map(str, content))}, of which no example is written")
        return {}
    media = mapping(content[kind])
    sample = written_example(document, media) or SampleMaker(document).sample(media.get("schema", {}))
    made = _made(maker, document, kind, media, sample, place)
    if sample.made_up:
        maker.table.changed(place, kind, "no whole example is written; it is made up of its schema")
    else:
        maker.table.kept(place, kind, "its example")
    return made


def _choose(content: dict[str, Any]) -> str | None:
    """The type that is easiest to read and to write."""
    kinds = [str(kind) for kind in content]
    for wanted in (is_json, lambda kind: media_type(kind) == FORM, lambda kind: media_type(kind) == MULTIPART):
        found = next((kind for kind in kinds if wanted(kind)), None)
        if found is not None:
            return found
    if any(media_type(kind) == "*/*" for kind in kinds):
        return next(kind for kind in kinds if media_type(kind) == "*/*")
    return next((kind for kind in kinds if _has_text(mapping(content[kind]))), None)


def _has_text(media: dict[str, Any]) -> bool:
    example = media.get("example")
    if example is None:
        example = mapping(next(iter(mapping(media.get("examples")).values()), None)).get("value")
    return isinstance(example, str)


def _made(
    maker: Maker, document: Document, kind: str, media: dict[str, Any], sample: Sample, place: str
) -> dict[str, Any]:
    value = sample.value
    if is_json(kind) or media_type(kind) == "*/*":
        if isinstance(value, str) and not sample.made_up and value.lstrip()[:1] in ("{", "["):
            value = _parsed(value)
        return json_body(maker, value, kind if is_json(kind) else "", place)
    if media_type(kind) in (FORM, MULTIPART):
        files = _files(document, media)
        parts = [
            Part(str(name), None if name in files else _field(one), f"{name}.bin" if name in files else "")
            for name, one in {**mapping(value), **dict.fromkeys(files)}.items()
        ]
        if not parts:
            raise NoStep("what its form holds is not said")
        if media_type(kind) == MULTIPART:
            return multipart(maker, parts, place)
        return {"form": grouped(fields(maker, [(part.name, part.content or "") for part in parts], place))}
    return {"raw": {"content_type": kind, "text": text(value)}}


def _parsed(value: str) -> Any:
    try:
        return jsontext.parse(value)
    except ValueError:
        return value


def _files(document: Document, media: dict[str, Any]) -> list[str]:
    """Fields of a form that are files."""
    schema = mapping(document.follow(media.get("schema")))
    found = []
    for name, one in mapping(schema.get("properties")).items():
        inner = mapping(document.follow(one))
        inner = mapping(document.follow(inner.get("items"))) if inner.get("type") == "array" else inner
        if inner.get("format") == "binary" or inner.get("contentMediaType") == "application/octet-stream":
            found.append(str(name))
    return found


def _field(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else text(value)
