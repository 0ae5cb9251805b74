"""A declared body as bytes, with the headers that say what they are."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

from synthmon.engine.built import Fields
from synthmon.engine.jsontext import JsonText
from synthmon.engine.values import Values
from synthmon.engine.written import encodable, json_bytes, line, pairs, plain_text, scalar_text
from synthmon.language.once import Work, once
from synthmon.model.request import AnyBody, Body, BodyKind, FileContent, FormPart, GraphQLBody, MultipartBody
from synthmon.model.text import Template, Tree

BINARY = "application/octet-stream"


def _typed(content_type: str) -> Fields:
    return {b"content-type": (b"Content-Type", content_type.encode("ascii"))}


_Encoded = tuple[str, tuple[str | None, bytes, str | None]]
TYPES = {
    BodyKind.JSON: _typed("application/json"),
    BodyKind.FORM: _typed("application/x-www-form-urlencoded"),
    BodyKind.RAW: _typed("text/plain; charset=utf-8"),
}
_FILE = _typed(BINARY)
# GraphQL over HTTP: a server that knows the newer type answers errors with a status of their own.
_GRAPHQL_ACCEPT = b"application/graphql-response+json, application/json;q=0.9"
_GRAPHQL = {**_typed("application/json"), b"accept": (b"Accept", _GRAPHQL_ACCEPT)}


def body_of(body: AnyBody, values: Values) -> tuple[bytes, Fields]:
    """The bytes, and fields of the header unless the probe gives its own. Raises `TemplateError` where a value does not
    fit.
    """
    match body:
        case Body():
            return _content(body, values), TYPES[body.kind]
        case FileContent(content=content):
            return content, _FILE
        case MultipartBody():
            return _multipart(body, values)
        case GraphQLBody():
            return _graphql(body, values), _GRAPHQL


_json: Work[Body, JsonText | None] = once(lambda body: JsonText.of(body.value))


def _content(body: Body, values: Values) -> bytes:
    match body.kind:
        case BodyKind.JSON:
            text = _json(body)
            return json_bytes(body.value, values) if text is None else text.written(values)
        case BodyKind.FORM:
            fields = body.value if isinstance(body.value, Mapping) else {}
            return urlencode(list(pairs(fields, values))).encode("ascii")
        case BodyKind.RAW:
            raw = body.value if isinstance(body.value, str | Template) else ""
            return encodable(plain_text(raw, values), "the body", body.value, values).encode()


def _graphql(body: GraphQLBody, values: Values) -> bytes:
    asked: dict[str, Tree] = {"query": body.query}
    if body.variables:
        asked["variables"] = body.variables
    if body.operation is not None:
        asked["operationName"] = body.operation
    return json_bytes(asked, values)


def _multipart(body: MultipartBody, values: Values) -> tuple[bytes, Fields]:
    """The parts in the order in which they are written, in httpx's encoding.

    The boundary is a digest of everything between, so it stands in no part, and is the same at every attempt.
    """
    parts = [_part(part, values) for part in body.parts]
    boundary = f"synthmon-{_digest(parts)[:40]}"
    content_type = f"multipart/form-data; boundary={boundary}"
    import httpx  # here, because few bodies have parts

    # httpx writes what it is given as fields before all files, unless everything is called a file
    encoded = httpx.Request("POST", "http://localhost", headers={"Content-Type": content_type}, files=parts)
    return encoded.read(), _typed(content_type)


def _digest(parts: list[_Encoded]) -> str:
    digest = sha256()
    for name, (filename, content, content_type) in parts:
        digest.update(repr((name, filename, content_type, len(content))).encode())
        digest.update(content)
    return digest.hexdigest()


def _part(part: FormPart, values: Values) -> _Encoded:
    name = part.name
    filename = None if part.filename is None else line(part.filename, f"the `filename` of `{name}`", values)
    declared = None if part.content_type is None else line(part.content_type, f"the `content_type` of `{name}`", values)
    if isinstance(part.value, FileContent):
        return name, (filename, part.value.content, declared or BINARY)
    return name, (filename, scalar_text(name, part.value, values).encode(), declared)
