"""The shape of an answer: enough to see later what about it was new, too little to hold anything that it said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from synthmon.engine.body import Unreadable
from synthmon.engine.redaction import REDACTED, Redaction
from synthmon.engine.reply import Reply
from synthmon.model.run import AnswerShape, Json

STEADY = frozenset(
    {
        "access-control-allow-origin",
        "allow",
        "api-version",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-type",
        "deprecation",
        "link",
        "retry-after",
        "server",
        "strict-transport-security",
        "sunset",
        "transfer-encoding",
        "vary",
        "via",
        "www-authenticate",
        "x-api-version",
        "x-cache",
        "x-powered-by",
    }
)
"""Headers whose value is kept: it is about the service and not about a person, and does not change from run to run."""

HEADERS, VALUE = 40, 100  # of an answer; characters of a value, and a longer one is not kept
PATHS, DEPTH, ITEMS, VISITED = 48, 8, 10, 1000  # of a body; levels, members of a list that are looked at, values
PARSED = 64 * 1024  # bytes of a body that is parsed for its shape alone
_LARGE = 30  # keys of an object from which they are taken for data
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")  # what else is a key may be data: an address, a number
_OPAQUE = re.compile(r"[0-9a-fA-F-]{16,}|[A-Za-z_-]*\d{4,}.*")


def shape_of(reply: Reply, redaction: Redaction) -> AnswerShape:
    """Its headers' names in lower case with the values of steady ones, and the places of its JSON with their types."""
    return AnswerShape(tuple(_headers(reply)), tuple(_places(reply, redaction)))


def _headers(reply: Reply) -> Iterator[tuple[str, str]]:
    names = sorted({name.decode("latin-1").lower() for name, _ in reply.response.headers.raw})
    for name in [name for name in names if _NAME.fullmatch(name)][:HEADERS]:
        value = (reply.header(name) or "") if name in STEADY else ""
        yield name, value if len(value) <= VALUE else ""


def _places(reply: Reply, redaction: Redaction) -> Iterator[tuple[str, str]]:
    document = _document(reply)
    if isinstance(document, Unreadable) or (redaction and len(reply.response.content) > PARSED):
        return
    if redaction:
        document = redaction.applied(document)
    found: dict[str, set[str]] = {}
    for number, (place, kind) in enumerate(_walked("$", document, DEPTH)):
        if number == VISITED or (place not in found and len(found) == PATHS):
            break
        found.setdefault(place, set()).add(kind)
    for place, kinds in found.items():
        yield place, " or ".join(sorted(kinds))


def _document(reply: Reply) -> Json | Unreadable:
    """What was parsed anyway; else only what is small and says that it is JSON."""
    if "document" in vars(reply) or (len(reply.response.content) <= PARSED and "json" in reply.content_type.lower()):
        return reply.document
    return Unreadable("not looked at")


def _walked(place: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    yield place, _kind(value)
    if not depth:
        return
    if isinstance(value, dict):
        as_data = len(value) > _LARGE
        for key, member in value.items():
            yield from _walked(f"{place}.{'*' if as_data or not _is_name(key) else key}", member, depth - 1)
    elif isinstance(value, list):
        for member in value[:ITEMS]:
            yield from _walked(f"{place}[*]", member, depth - 1)


def _is_name(key: str) -> bool:
    return _NAME.fullmatch(key) is not None and _OPAQUE.fullmatch(key) is None


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "whole number"
        case float():
            return "number"
        case str():
            return "hidden" if value == REDACTED else "text" if value else "empty text"
        case list():
            return "list" if value else "empty list"
    return "object" if value else "empty object"
