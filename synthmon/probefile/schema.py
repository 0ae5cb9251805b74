"""The JSON Schema (draft 2020-12) of the probe format, generated from the models that read it: for editors."""

from __future__ import annotations

from typing import Any

from synthmon.probefile.format.base import Part
from synthmon.probefile.format.block import BlockPart
from synthmon.probefile.format.careful import model_of
from synthmon.probefile.format.probe import ProbePart

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def probe_schema() -> dict[str, Any]:
    """What a probe file may look like, as far as a schema can see."""
    return published(ProbePart, "synthmon probe", "urn:synthmon:schema:probe:1")


def block_schema() -> dict[str, Any]:
    """What a block may look like, as far as a schema can see."""
    return published(BlockPart, "synthmon block", "urn:synthmon:schema:block:1")


def published(model: type[Part], title: str, identity: str) -> dict[str, Any]:
    """The schema of a model as it is published: its dialect, its name, and no defaults that are only ours."""
    schema = model_of(model).model_json_schema()
    return {"$schema": DIALECT, "$id": identity, **tidied(schema), "title": title}


def tidied(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: tidied(child) for name, child in value.items() if not _is_ours(name, child)}
        # keys that fit no pattern are refused by the models, which pydantic does not write down
        return {**kept, "additionalProperties": False} if "patternProperties" in kept else kept
    return [tidied(child) for child in value] if isinstance(value, list) else value


def _is_ours(name: str, value: Any) -> bool:
    """pydantic writes `default: null` for what may be absent, and titles that only repeat the keys."""
    return (name == "default" and value is None) or (name == "title" and isinstance(value, str))
