"""A JSON value held against a JSON Schema: offline, formats checked, validators compiled once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import jsonschema_rs

from synthmon.errors import TemplateError
from synthmon.language.schema import compile_schema
from synthmon.model.journey import SchemaRef
from synthmon.model.run import Json
from synthmon.model.words import printable

MOST = 5  # problems told of one answer


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a value breaks. `location` leads to the value: names and numbers; `message` does not quote it."""

    location: tuple[str | int, ...]
    rule: str
    message: str
    value: Json


def problems(ref: SchemaRef, value: Json) -> tuple[Problem, ...]:
    """The first few rules that the value breaks; none if it fits. Raises `TemplateError` if the schema is no schema."""
    return tuple(_problem(error) for error in islice(_validator(ref).iter_errors(value), MOST))


def path_text(location: Sequence[str | int]) -> str:
    """`$.items[0].phone`; names that are no plain words are quoted as in RFC 9535."""
    return "$" + "".join(_segment(part) for part in location)


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}", part):
        return f".{part}"
    quoted = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{printable(quoted, 60)}']"


def _problem(error: jsonschema_rs.ValidationError) -> Problem:
    message = printable(error.message, 300)
    return Problem(
        location=tuple(error.instance_path),
        rule=error.kind.name,
        message=message[:1].lower() + message[1:],
        value=error.instance,
    )


def _validator(ref: SchemaRef) -> Any:
    try:
        return compile_schema(ref.document, ref.pointer, ref.uri, ref.others)
    except (ValueError, jsonschema_rs.ReferencingError, RecursionError) as error:
        first = str(error).partition("\n")[0]
        raise TemplateError(f"the schema {ref.label} cannot be used: {printable(first, 200)}") from error
