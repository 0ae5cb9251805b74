"""Response schemas: JSON files below the probes folder, each read once, none from anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
from jsonschema_rs import ValidationError

from synthmon.probefile.assembly.within import NotWithin, text_within
from synthmon.probefile.excerpt import quoted

_EXAMPLE = "write it like schemas/order.json#/$defs/line"
_ONE_FILE = "put that schema under `$defs` of the same file"


class SchemaProblem(Exception):
    """A schema that cannot be used: what is wrong, and how to mend it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message, self.help = message, help


@dataclass(frozen=True, slots=True)
class Shelved:
    """`document` is compact JSON text; `pointer` leads to the part that is meant, `""` to all of it."""

    document: str
    pointer: str


class SchemaShelf:
    """The schemas of one probes folder. What was wrong with a file is remembered too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, Any | SchemaProblem] = {}

    def find(self, reference: str) -> Shelved:
        """The schema that `schemas/order.json#/$defs/line` names; raises `SchemaProblem`."""
        name, mark, pointer = reference.partition("#")
        if not name:
            raise SchemaProblem(f"{quoted(reference)} names no file", _EXAMPLE)
        if mark and pointer and not pointer.startswith("/"):
            raise SchemaProblem(f"{quoted(reference)} has no pointer after `#`", _EXAMPLE)
        schema = self._schema(name)
        pointer = unquote(pointer)
        _check_part(_at(schema, pointer, name), pointer)
        return Shelved(compact(schema), pointer)

    def _schema(self, name: str) -> Any:
        if name not in self._read:
            try:
                self._read[name] = self._load(name)
            except SchemaProblem as problem:
                self._read[name] = problem
        found = self._read[name]
        if isinstance(found, SchemaProblem):
            raise found
        return found

    def _load(self, name: str) -> Any:
        schema = _parsed(self._content(name), quoted(name))
        check_schema(schema, quoted(name))
        return schema

    def _content(self, name: str) -> str:
        try:
            return text_within(self.folder, name, keep="keep schemas in its `schemas/` folder")
        except NotWithin as error:
            raise SchemaProblem(error.message, error.help) from None


def check_schema(schema: Any, label: str) -> None:
    """Raise `SchemaProblem` unless it is a JSON Schema (2020-12 unless it says otherwise), complete in itself."""
    try:
        _check_references(schema, label)
        jsonschema_rs.validator_for(schema, offline=True, validate_formats=True)
    except ValidationError as error:
        where = "".join(f"/{part}" for part in error.instance_path)
        at = f" (at {where})" if where else ""
        raise SchemaProblem(f"{label} is not a JSON Schema: {error.message}{at}") from None
    except (ValueError, RecursionError) as error:
        raise SchemaProblem(f"{label} is nested too deeply, or holds text that is no text") from error


def compact(schema: Any) -> str:
    """JSON text that is the same however the file is laid out."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


class _Twice(ValueError):
    pass


def _parsed(text: str, label: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise SchemaProblem(f"{label} is not JSON: line {error.lineno}, column {error.colno}: {reason}") from None
    except _Twice as error:
        raise SchemaProblem(f"{label} is not JSON: {error}") from None
    except (ValueError, RecursionError):
        raise SchemaProblem(f"{label} is not JSON that can be read: it is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(f"the name {quoted(name)} stands twice in one object")
        found[name] = value
    return found


def _check_references(schema: Any, label: str) -> None:
    known = {str(value) for key, value in _members(schema) if key == "$id"}
    for key, value in _members(schema):
        if key not in {"$ref", "$dynamicRef"} or not isinstance(value, str):
            continue
        address = value.partition("#")[0]
        if not address or address in known:
            continue
        elsewhere = "nothing is fetched from elsewhere" if "://" in address else "nothing is read from another file"
        raise SchemaProblem(f"{label} refers to {quoted(value)}, and {elsewhere}", _ONE_FILE)


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key of every object, with its value; an explicit stack, since a file chooses the depth."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value.items()
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _at(schema: Any, pointer: str, name: str) -> Any:
    """What a JSON Pointer (RFC 6901) leads to."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, dict) and key in schema:
            schema = schema[key]
        elif isinstance(schema, list) and key.isascii() and key.isdigit() and int(key) < len(schema):
            schema = schema[int(key)]
        else:
            raise SchemaProblem(f"nothing stands at {quoted('#' + pointer)} of {quoted(name)}")
    return schema


def _check_part(part: Any, pointer: str) -> None:
    if not isinstance(part, dict | bool):
        raise SchemaProblem(f"what stands at {quoted('#' + pointer)} is not a schema")
