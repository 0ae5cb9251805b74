"""JSON text of a document: compact, in UTF-8, and able to hold whatever a target may have sent."""

from __future__ import annotations

import json

from pydantic_core import PydanticSerializationError, from_json, to_json

from synthmon.errors import MalformedDocument
from synthmon.model.run import Json

# Half a surrogate pair is legal inside a JSON escape, so a target can put one into a captured value.
_SURROGATES = "surrogatepass"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(separators=(",", ":")).encode


def dumps(document: Json) -> bytes:
    """The document without blanks, as UTF-8. Python's own encoder takes three times as long, and takes surrogates."""
    try:
        return to_json(document)
    except PydanticSerializationError:
        return _encode(document).encode("utf-8", _SURROGATES)


def dumps_ascii(document: Json) -> str:
    """The document without blanks, as text that every database and terminal takes."""
    try:
        text = to_json(document)
    except PydanticSerializationError:
        return _encode_ascii(document)
    return text.decode("ascii") if text.isascii() else _encode_ascii(document)


def loads(data: bytes) -> Json:
    """The document again; raises `MalformedDocument` for what is no JSON text.

    What the fast parser refuses, Python's own decides about: it takes surrogates and deep nesting, and says what is
    wrong in words that people know.
    """
    try:
        return from_json(data)
    except ValueError:
        return _by_hand(data)


def _by_hand(data: bytes) -> Json:
    try:
        return json.loads(data.decode("utf-8", _SURROGATES))
    except (ValueError, RecursionError) as error:
        raise MalformedDocument(f"not a JSON document: {error}") from error
