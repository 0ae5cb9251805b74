"""The OpenAPI 3.1 document of the API, made from the table of routes and the models that the code itself uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from synthmon import __version__
from synthmon.web.access import Need
from synthmon.web.api.operation import Operation, Text
from synthmon.web.api.problem import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{model}"
_ROLES = {Need.PUBLIC: "nobody", Need.VIEWER: "viewer", Need.OPERATOR: "operator", Need.ADMIN: "admin"}
_ALWAYS = {
    401: "No token, or none that holds.",
    403: "The role of whoever asks is not enough.",
    405: "The path does not know that method.",
    421: "The server does not answer to that name.",
    500: "A fault of synthmon's own; its log says more.",
    503: "The database cannot be used now; `Retry-After` says when to try again.",
}
_OF_A_BODY = {
    400: "The body is not JSON.",
    408: "The body took too long.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
}
_INVALID = {422: "What was sent is not right; `errors` points at each thing."}
_HOLE = re.compile(r"{(\w+)}")


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document; the same table gives the same document."""
    schemas = _Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "synthmon",
            "version": __version__,
            "description": (
                "What a synthmon knows and does. Names are snake_case, instants ISO 8601 with an offset, durations "
                "seconds. Lists come in pieces: `limit`, `after`, and `next` in the answer. Every error is problem "
                "details (RFC 9457). New fields may be added to answers; none is renamed or removed within v1."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "What programs use; needed to act."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "synthmon_session",
                    "description": "A person who signed in; reads only. Over TLS its name begins with `__Host-`.",
                },
            },
        },
    }


class _Schemas:
    """The JSON Schemas of all models, and by what each is referred to."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        asked: list[tuple[type[BaseModel], Any]] = []
        for operation in operations:
            asked += [(model, "validation") for model in (operation.query, operation.body) if model is not None]
            if not isinstance(operation.answers, Text):
                asked.append((operation.answers, "serialization"))
        asked.append((Problem, "serialization"))
        self._of, whole = models_json_schema(list(dict.fromkeys(asked)), ref_template=_REF)
        self.definitions: dict[str, Any] = whole.get("$defs", {})

    def reference(self, model: type[BaseModel], mode: Any) -> dict[str, Any]:
        return dict(self._of[model, mode])

    def whole(self, model: type[BaseModel]) -> dict[str, Any]:
        found: dict[str, Any] = self.definitions[self._of[model, "validation"]["$ref"].rpartition("/")[2]]
        return found


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.described} For the role {_ROLES[operation.need]}.".strip(),
        "tags": [operation.tag],
        "parameters": [*_of_path(operation), *_of_query(operation, schemas)],
        "responses": _responses(operation, schemas),
    }
    if operation.changes:
        made["security"] = [{"token": []}]
    if operation.body is not None:
        content = {"application/json": {"schema": schemas.reference(operation.body, "validation")}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _of_path(operation: Operation) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": text} for name in _HOLE.findall(operation.path)]


def _of_query(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    whole = schemas.whole(operation.query)
    return [_parameter(name, schema, whole) for name, schema in whole["properties"].items()]


def _parameter(name: str, schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is not given is absent, never null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    bare = {key: value for key, value in schema.items() if key not in {"anyOf", "description", "title", "default"}}
    bare |= choices[0] if len(choices) == 1 else ({"anyOf": choices} if choices else {})
    if schema.get("default") is not None:
        bare["default"] = schema["default"]
    made = {"name": name, "in": "query", "required": name in whole.get("required", ()), "schema": bare}
    return made | ({"description": schema["description"]} if "description" in schema else {})


def _schema_of(kind: str) -> dict[str, Any]:
    return {"type": "object"} if kind == "application/json" else {"type": "string"}


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    good: dict[str, Any] = {"description": operation.summary}
    if isinstance(operation.answers, Text):
        good["description"] = operation.answers.description
        good["content"] = {kind: {"schema": _schema_of(kind)} for kind in operation.answers.media_types}
    else:
        schema = schemas.reference(operation.answers, "serialization")
        good["content"] = {"application/json": {"schema": schema}}
    answers: dict[str, Any] = {str(operation.status): good}
    if not operation.changes:
        answers["304"] = {"description": "It is what `If-None-Match` names."}
    refused = {**_ALWAYS, **(_OF_A_BODY if operation.body else {}), **_INVALID, **operation.problems}
    problem = {MEDIA_TYPE: {"schema": schemas.reference(Problem, "serialization")}}
    for status in sorted(refused):
        answers[str(status)] = {"description": refused[status], "content": problem}
    return answers
