"""The bytes of a file that another tool wrote -> its text or its tree, within limits; and what lies beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any

from synthmon.importer.draft import NotImportable
from synthmon.importer.holes import cleaned
from synthmon.importer.jsontext import finite
from synthmon.importer.pick import too_deep
from synthmon.importer.table import Fate, Row
from synthmon.nouns import dataclass
from synthmon.probefile.problem import render_problem
from synthmon.probefile.reader import read

MAX_BYTES = 64 << 20
"""Of JSON; recordings of a browser are large. YAML has the limits of a probe file."""
MAX_DEPTH = 200
_LONGEST_NAME = 1000


def load(path: Path, label: str | None = None) -> bytes:
    """The content of the file; raises `NotImportable` unless it is a regular file of a sane size."""
    if not path.is_file():
        raise NotImportable(f"{label or path}: {'it is no regular file' if path.exists() else 'there is no such file'}")
    if path.stat().st_size > MAX_BYTES:
        raise NotImportable(
            f"{path}: the file is larger than {MAX_BYTES >> 20} MiB", hint="take out what is not wanted"
        )
    return path.read_bytes()


def as_text(content: bytes, label: str) -> str:
    if len(content) > MAX_BYTES:
        raise NotImportable(f"{label}: it is larger than {MAX_BYTES >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotImportable(f"{label}:{line}: this is not UTF-8 text", hint="save it as UTF-8") from None


def as_tree(content: bytes, text: str, label: str) -> tuple[Any, tuple[Row, ...]]:
    """The document, and rows about what could not be taken over; raises `NotImportable` with the place."""
    if text.lstrip()[:1] in ("{", "["):
        return _json(text, label)
    reading = read(content, label, "YAML")
    problems = [problem for problem in reading.problems if problem.is_error]
    if reading.document is None or problems:
        shown = "\n\n".join(render_problem(problem) for problem in problems[:5])
        large = any(problem.code == "too-large" for problem in problems)
        hint = f"convert it to JSON, of which up to {MAX_BYTES >> 20} MiB are read" if large else None
        raise NotImportable(f"{label} cannot be read:\n{shown}", hint=hint)
    return _cleaned(reading.document.data), ()


def _json(text: str, label: str) -> tuple[Any, tuple[Row, ...]]:
    doubles: list[str] = []
    try:
        tree = json.loads(text, object_pairs_hook=_pairs(doubles), parse_constant=_no_number, parse_float=finite)
    except json.JSONDecodeError as error:
        raise NotImportable(f"{label}:{error.lineno}:{error.colno}: this is not JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise NotImportable(f"{label}: its values are nested too deep") from None
    except ValueError as error:
        raise NotImportable(f"{label}: this is not JSON: {error}") from None
    if too_deep(tree, MAX_DEPTH):
        raise NotImportable(f"{label}: its values are nested more than {MAX_DEPTH} levels deep")
    why = "it stands twice in one object; the last one counts"
    return tree, tuple(Row(Fate.DROPPED, label, f"key {key}", why) for key in dict.fromkeys(doubles))


def _pairs(doubles: list[str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = {cleaned(name): cleaned(value) if isinstance(value, str) else value for name, value in pairs}
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            doubles.extend(name for name in found if names.count(name) > 1)
        for name, value in found.items():
            if isinstance(value, list):
                found[name] = [cleaned(child) if isinstance(child, str) else child for child in value]
        return found

    return made


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _cleaned(value: Any) -> Any:
    """A tree of YAML, which is at most 50 deep."""
    if isinstance(value, dict):
        return {cleaned(str(name)): _cleaned(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_cleaned(child) for child in value]
    return cleaned(value) if isinstance(value, str) else value


@dataclass(slots=True)
class Beside:
    """Reads documents that the imported one refers to, in its own folder or below, each once."""

    folder: Path | None
    _known: dict[str, Any] = field(default_factory=dict)

    def __call__(self, name: str) -> Any:
        """The tree of the file; raises `NotImportable`."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Any:
        if self.folder is None:
            raise NotImportable(f"{name}: nothing lies beside what was not read from a file")
        top = self.folder.resolve()
        path = (top / name).resolve() if "\0" not in name and len(name) < _LONGEST_NAME else top.parent
        if not path.is_relative_to(top):
            raise NotImportable(f"{name}: it leads out of the folder of the imported file")
        try:
            content = load(path, name)
        except OSError as error:  # such as a name that is too long
            raise NotImportable(f"{name[:80]}: it cannot be read: {(error.strerror or str(error)).lower()}") from None
        return as_tree(content, as_text(content, name), name)[0]
