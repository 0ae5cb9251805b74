"""Holds every answer of the API that a test sees against the OpenAPI document."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from synthmon.web.api import openapi
from synthmon.web.api.operation import Operation
from synthmon.web.api.routes import OPERATIONS

DOCUMENT = openapi.document(OPERATIONS)
PROBLEM = "application/problem+json"


def conforms(answer: httpx.Response) -> None:
    """Fails for an answer under /api that the document does not describe."""
    path = answer.request.url.raw_path.decode().partition("?")[0]
    if not path.startswith("/api/") or path.startswith("/api/v1/agent/"):
        return
    answer.read()
    asked = answer.request.method
    if asked == "HEAD":
        assert b"" == answer.content
        return
    operation = _operation(asked, path)
    if operation is None:
        assert answer.status_code in {404, 405, 421}, answer
        check(answer.content, {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}, answer)
        return
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    assert str(answer.status_code) in described, f"{operation.name} answered {answer.status_code}: {answer.text[:200]}"
    check(answer.content, described[str(answer.status_code)].get("content", {}), answer)


def check(content: bytes, described: Any, answer: httpx.Response) -> None:
    if not described:
        assert b"" == content
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in described, f"{answer.url}: {kind}"
    schema = described[kind]["schema"]
    if kind.endswith("json"):
        validator(json.dumps(schema)).validate(json.loads(content))


@cache
def validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    whole = {**json.loads(schema), "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True, offline=True)


def _operation(method: str, path: str) -> Operation | None:
    """The route that answers: of two that fit, the one that is declared first, as the server has it."""
    fitting = (one for one in OPERATIONS if one.method == method and re.fullmatch(_pattern(one.path), path))
    return next(fitting, None)


def _pattern(path: str) -> str:
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
