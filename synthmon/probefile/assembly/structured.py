"""Files of plain data that probes name, in JSON or YAML: read strictly, a name twice is refused in both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthmon.probefile.assembly.within import MAX_BYTES, NotWithin, bytes_within, text_within
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.reader import read

_KEPT = "keep schemas in its `schemas/` folder"
YAML = (".yaml", ".yml")


class SchemaProblem(Exception):
    """A schema that cannot be used: what is wrong, and how to mend it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message, self.help = message, help


def read_data(folder: Path, name: str) -> tuple[Any, str]:
    """What the file below the folder holds: JSON values, and its text; raises `SchemaProblem`."""
    try:
        if name.endswith(YAML):
            content = bytes_within(folder, name, MAX_BYTES, _KEPT)
            return _of_yaml(content, name), content.decode("utf-8-sig")
        text = text_within(folder, name, MAX_BYTES, _KEPT)
        return _of_json(text, quoted(name)), text
    except NotWithin as error:
        raise SchemaProblem(error.message, error.help) from None


def compact(schema: Any) -> str:
    """JSON text that is the same however the file is laid out."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _of_yaml(content: bytes, name: str) -> Any:
    reading = read(content, name, "schema")
    for problem in reading.problems:
        if problem.is_error:
            where = f"line {problem.source.line}, column {problem.source.column}"
            raise SchemaProblem(f"{quoted(name)} is not YAML as it is read here: {where}: {problem.message}")
    return None if reading.document is None else reading.document.data


class _Twice(ValueError):
    pass


def _of_json(text: str, label: str) -> Any:
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
