"""JSON Schemas made ready: offline, formats checked, several documents that refer to one another, compiled once."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from synthmon.language.branching import branches

if TYPE_CHECKING:
    import jsonschema_rs

FILES = "file:///"  # in front of a path below the probes folder
MASK = "the value"  # stands in messages for what an answer holds
INLINE = FILES + "inline"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_BACKTRACKS = 100_000  # of the engine for patterns with look-around; it stops there instead of stalling
_ALLOWED = "%/:?~!$&'()*+,;=@-._"


def file_uri(name: str) -> str:
    """What a file below the probes folder is called in references."""
    return FILES + quote(name)


def well_formed(reference: str) -> str:
    """A reference with what cannot stand in a URI encoded, as people write `#/paths/~1orders~1{id}`."""
    address, mark, fragment = reference.partition("#")
    return quote(address, safe=_ALLOWED) + mark + quote(fragment, safe=_ALLOWED)


@lru_cache(maxsize=512)
def compile_schema(document: str, pointer: str, uri: str, others: tuple[tuple[str, str], ...]) -> Any:
    """A validator of what stands at the pointer of the document (JSON text), which is called `uri`.

    `others` are the documents that it leads to, by their names; nothing is fetched. Raises `ValueError`,
    `jsonschema_rs.ReferencingError` or `RecursionError`.
    """
    schema = json.loads(document)
    if not pointer and not others:
        return _build(schema)
    draft = schema.get("$schema", _DRAFT) if isinstance(schema, dict) else _DRAFT
    registry = _registry(((uri, document), *others))
    return _build({"$schema": draft, "$ref": well_formed(f"{uri}#{pointer}")}, registry)


@lru_cache(maxsize=512)
def branches_of(document: str, pointer: str, uri: str, others: tuple[tuple[str, str], ...]) -> int:
    """What `branching.branches` says of the schema that `compile_schema` makes ready."""
    return branches({name: json.loads(text) for name, text in ((uri, document), *others)}, uri, pointer)


@lru_cache(maxsize=64)
def _registry(documents: tuple[tuple[str, str], ...]) -> jsonschema_rs.Registry:
    import jsonschema_rs  # here, because it brings Python's e-mail, and few probes have a schema

    return jsonschema_rs.Registry([(uri, json.loads(text)) for uri, text in documents], retriever=_refuse)


def _refuse(uri: str) -> Any:
    raise ValueError(f"nothing is fetched, and {uri} is not in the document")


def _build(schema: Any, registry: jsonschema_rs.Registry | None = None) -> Any:
    import jsonschema_rs  # here, as above

    return jsonschema_rs.validator_for(
        schema,
        registry=registry,
        offline=True,
        validate_formats=True,
        mask=MASK,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS),
    )
