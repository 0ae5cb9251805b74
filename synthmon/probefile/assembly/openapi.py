"""OpenAPI documents in the words of JSON Schema 2020-12, for judging answers: 3.0 is converted, 3.1 nearly as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from synthmon.patterns import regular
from synthmon.probefile.assembly.structured import SchemaProblem
from synthmon.probefile.excerpt import quoted

NAMED = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas", "responses", "headers"}
    | {"parameters", "requestBodies", "content", "paths", "callbacks", "links", "components", "pathItems", "webhooks"}
)
"""Keys whose mappings have names for keys, any of which may look like a word of JSON Schema."""
DATA = frozenset({"example", "examples", "default", "enum", "const", "mapping", "x-examples"})
"""Keys whose values are data, or names: no schema, and no reference of one."""

_HEAD = regular(rb"^[\"']?(openapi|swagger)[\"']?[ \t]*:", re.MULTILINE)
_PROBE = regular(rb"^[\"']?synthmon(_block|_config)?[\"']?[ \t]*:", re.MULTILINE)


class Dialect(StrEnum):
    """Whose words the schemas of a document are."""

    THREE_0 = "3.0"
    THREE_1 = "3.1"


def looks_like_openapi(content: bytes) -> bool:
    """Whether a file is an OpenAPI document and no probe, by its topmost keys."""
    return bool(_HEAD.search(content)) and not _PROBE.search(content)


def dialect_of(data: Any, name: str) -> Dialect | None:
    """That of an OpenAPI document, None for anything else; raises `SchemaProblem` for versions that are not read."""
    if not isinstance(data, dict):
        return None
    if "swagger" in data and "$schema" not in data:
        message = f"{quoted(name)} is a Swagger {data['swagger']} document, and OpenAPI 3.0 and 3.1 are read"
        raise SchemaProblem(message, "convert it to OpenAPI 3, for example with editor.swagger.io")
    if "openapi" not in data or "type" in data:
        return None
    version = str(data["openapi"])
    for dialect in Dialect:
        if version == dialect or version.startswith(f"{dialect}."):
            return dialect
    raise SchemaProblem(f"{quoted(name)} is OpenAPI {version[:20]}, and 3.0 and 3.1 are read")


def which_schema(data: Any) -> str:
    """Help for whoever named the document only."""
    components = data.get("components") if isinstance(data, dict) else None
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if not isinstance(schemas, dict) or not schemas:
        return "name an operation with `openapi: {file: …, operation: …}`"
    return f"name one of its schemas: #/components/schemas/{next(iter(schemas))}; or `openapi: {{file, operation}}`"


def converted(data: Any, dialect: Dialect) -> Any:
    """The document, or a file that one leads to, with every schema in it as 2020-12 says it, for answers."""
    return _converted(data, dialect, data, named=False)


def _converted(value: Any, dialect: Dialect, root: Any, *, named: bool) -> Any:
    if isinstance(value, list):
        return [_converted(item, dialect, root, named=False) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {
        key: child if key in DATA and not named else _converted(child, dialect, root, named=not named and key in NAMED)
        for key, child in value.items()
    }
    if named:
        return inner
    inner = _without_write_only(inner, root)
    return _from_3_0(inner) if dialect is Dialect.THREE_0 else inner


def _without_write_only(schema: dict[str, Any], root: Any) -> dict[str, Any]:
    """What is sent only is not required of an answer (OpenAPI 3.0.3, section 4.7.24.2)."""
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return schema
    sent = {name for name, one in properties.items() if _target(one, root).get("writeOnly") is True}
    return (
        {**schema, "required": [name for name in required if not (isinstance(name, str) and name in sent)]}
        if sent
        else schema
    )


def _target(schema: Any, root: Any) -> Mapping[str, Any]:
    """The schema, or what its reference into the same document leads to."""
    if isinstance(schema, dict) and isinstance(reference := schema.get("$ref"), str) and reference.startswith("#/"):
        found = root
        for token in reference.split("/")[1:]:
            found = found.get(token.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}
    return schema if isinstance(schema, dict) else {}


def _from_3_0(schema: dict[str, Any]) -> dict[str, Any]:
    """One schema whose parts are converted already. Beside `$ref` nothing counts in 3.0, except that null may come."""
    nullable = schema.get("nullable") is True
    plain = {key: value for key, value in schema.items() if not (key == "nullable" and isinstance(value, bool))}
    if isinstance(plain.get("$ref"), str):
        plain = {"$ref": plain["$ref"]}
    plain = _bounded(plain)
    return _nullable(plain) if nullable else plain


def _bounded(schema: dict[str, Any]) -> dict[str, Any]:
    """`exclusiveMinimum: true` beside `minimum: 1` is `exclusiveMinimum: 1` now."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        flag = schema.get(exclusive)
        if isinstance(flag, bool):
            schema = {key: value for key, value in schema.items() if key != exclusive}
            if flag and bound in schema:
                schema[exclusive] = schema.pop(bound)
    return schema


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if not isinstance(kind, str):
        return {"anyOf": [schema, {"type": "null"}]}
    allowed = {**schema, "type": [kind, "null"]}
    if isinstance(values := schema.get("enum"), list) and None not in values:
        allowed["enum"] = [*values, None]
    if {"allOf", "anyOf", "oneOf", "not", "const"} & schema.keys():
        return {"anyOf": [schema, {"type": "null"}]}
    return allowed
