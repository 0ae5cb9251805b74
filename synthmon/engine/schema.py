"""A JSON value held against a JSON Schema: offline, formats checked, validators compiled once, work bounded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from synthmon.errors import TemplateError
from synthmon.language.schema import branches_of, compile_schema
from synthmon.model.answer import SchemaRef
from synthmon.model.run import Json
from synthmon.model.words import printable
from synthmon.nouns import dataclass

if TYPE_CHECKING:
    import jsonschema_rs

MOST = 5  # problems told of one answer
LARGE = 20_000  # values of an answer
MOST_WORK = 1_000_000  # looks at a value, as a schema that branches may make them


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a value breaks. `location` leads to the value: names and numbers; `message` does not quote it."""

    location: tuple[str | int, ...]
    rule: str
    message: str
    value: Json


def problems(ref: SchemaRef, value: Json) -> tuple[Problem, ...]:
    """The first few rules that the value breaks; none if it fits. Raises `TemplateError` if the schema is no schema.

    The library says quickly whether a value fits, as it remembers what it found. To say why, it finds all that is wrong
    before it tells of anything: of a large value the first place is told, and of one that is nested deeply, under a
    schema that branches on its way back to itself, none.
    """
    validator = validator_of(ref)
    if not (branching := _may_explode(ref, value)) and _size(value) <= LARGE:
        return tuple(_problem(error) for error in islice(validator.iter_errors(value), MOST))
    if validator.is_valid(value):
        return ()
    return (_somewhere(value) if branching else _first(validator, value),)


def _somewhere(value: Json) -> Problem:
    message = f"it does not fit somewhere: it is nested {_depth(value)} levels deep, and the schema branches at each"
    return Problem((), "fits", message, value)


def _first(validator: Any, value: Json) -> Problem:
    import jsonschema_rs  # here, because it brings Python's e-mail, and few probes have a schema

    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return _problem(error)
    raise AssertionError("a value that is not valid has a first error")


def _may_explode(ref: SchemaRef, value: Json) -> bool:
    ways = branches_of(ref.document, ref.pointer, ref.uri, ref.others)
    return ways > 1 and ways ** _depth(value) > MOST_WORK


def _depth(value: Json) -> int:
    """How many lists and objects lie in one another."""
    level, depth = [value] if isinstance(value, dict | list) else [], 0
    while level:
        depth += 1
        level = [child for parent in level for child in _inside(parent) if isinstance(child, dict | list)]
    return depth


def _size(value: Json) -> int:
    """How many values there are, counted no further than to what is large."""
    waiting, count = [value], 0
    while waiting and count <= LARGE:
        parent = waiting.pop()
        if isinstance(parent, dict | list):
            count += len(parent)
            waiting += _inside(parent)
    return count


def _inside(parent: Any) -> Any:
    return parent.values() if isinstance(parent, dict) else parent


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


def validator_of(ref: SchemaRef) -> Any:
    import jsonschema_rs  # here, as above

    try:
        return compile_schema(ref.document, ref.pointer, ref.uri, ref.others)
    except (ValueError, jsonschema_rs.ReferencingError, RecursionError) as error:
        first = str(error).partition("\n")[0]
        raise TemplateError(f"the schema {ref.label} cannot be used: {printable(first, 200)}") from error
