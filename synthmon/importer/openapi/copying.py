"""A copy of a document for checking answers, without examples (which may hold what nobody should read) and prose."""

from __future__ import annotations

import json
from typing import Any

from synthmon.importer.pick import mapping

_PROSE = frozenset({"example", "examples", "description", "summary", "externalDocs", "title", "x-readme"})
_FREE = frozenset(
    {"properties", "patternProperties", "$defs", "schemas", "responses", "headers", "paths", "parameters"}
)
"""Mappings whose keys are names: one called `example` is none."""


def copy_of(tree: dict[str, Any]) -> str:
    """The document as JSON, with what answers are held against and nothing else."""
    kept = {key: tree[key] for key in ("openapi", "info", "paths", "components") if key in tree}
    info = mapping(kept.get("info"))
    kept["info"] = {"title": info.get("title", "API"), "version": str(info.get("version", "1"))}
    components = mapping(kept.get("components"))
    kept["components"] = {key: components[key] for key in ("schemas", "responses", "headers") if key in components}
    kept["paths"] = {path: _item(item) for path, item in mapping(kept.get("paths")).items()}
    return json.dumps(_pruned(kept), indent=1, ensure_ascii=False) + "\n"


def _item(item: Any) -> Any:
    """A path item with its operations, of each its id and its answers."""
    if not isinstance(item, dict):
        return item
    return {
        key: {name: value[name] for name in ("operationId", "responses") if name in value}
        if isinstance(value, dict) and "responses" in value
        else value
        for key, value in item.items()
        if isinstance(value, dict) or key == "$ref"
    }


def _pruned(value: Any, *, names: bool = False) -> Any:
    """`names`: the keys here are chosen by the author, and all are kept."""
    if isinstance(value, dict):
        return {
            key: _pruned(child, names=not names and key in _FREE)
            for key, child in value.items()
            if names or not (key in _PROSE or key.startswith("x-"))
        }
    return [_pruned(child) for child in value] if isinstance(value, list) else value
