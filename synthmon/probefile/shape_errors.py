"""What pydantic found wrong with a file, in plain words and at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from pydantic_core import ErrorDetails

from synthmon.language.suggest import did_you_mean
from synthmon.nouns import dataclass
from synthmon.probefile.document import Document, Spot
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import Part, shape_of
from synthmon.probefile.format.careful import model_of
from synthmon.probefile.format.expect import OPERATORS
from synthmon.probefile.node import Path
from synthmon.probefile.synonyms import elsewhere, nearest_key

_FEW = 12
_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_MEANT = dict.fromkeys(("yes", "on", "true"), "true") | dict.fromkeys(("no", "off", "false"), "false")
_LIMITS = {
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entry",
    "too_long": "must have at most {max_length} entries",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing wrong with the shape of a file. `path` is what has to be left out to go on without it."""

    code: str
    message: str
    path: Path
    spot: Spot
    help: str | None
    missing: bool = False


class Wording:
    """Puts the errors of one model on one document into words."""

    def __init__(self, model: type[Any], document: Document) -> None:
        self._model, self._document = model, document

    def shape(self, error: ErrorDetails) -> Shape:
        kind, path = error["type"], self._path(error)
        if kind == "missing":
            return self._missing(path)
        if kind == "extra_forbidden":
            return self._unknown(path)
        code, message, help_ = self._words(error, path)
        spot = self._key_spot(path) if "[key]" in error["loc"] else self._spot(path)
        return Shape(code, message, path, spot, help_)

    def _path(self, error: ErrorDetails) -> Path:
        """The location without pydantic's own additions: tags of alternatives, and a mark for keys."""
        *front, last = error["loc"] or ("",)
        kept = tuple(part for part in front if not (isinstance(part, str) and _ADDED.match(part)))
        # an unknown key may look like one of those
        return (*kept, last) if error["type"] == "extra_forbidden" or not _is_added(last) else kept

    # Kinds of error

    def _missing(self, path: Path) -> Shape:
        name, parent = path[-1], path[:-1]
        example = self._example(path)
        whose = f" of {_subject(parent)}" if parent else ""
        help_ = f"add `{name}: {example}`" if example else f"add `{name}:`"
        return Shape(
            "missing-key", f"the key `{name}`{whose} is missing", path, self._spot(parent), help_, missing=True
        )

    def _unknown(self, path: Path) -> Shape:
        name, known = str(path[-1]), sorted(known_keys(self._model, path[:-1]))
        if set(known) == set(OPERATORS):
            return self._unknown_operator(path, name)
        better = nearest_key(name, known)
        listed = f"known here: {', '.join(known) or 'none'}" if len(known) <= _FEW else None
        help_ = elsewhere(path) or (f"did you mean `{better}`?" if better else listed)
        if len(path) == 1 and issubclass(self._model, Part):
            help_ = self._model.elsewhere.get(name, help_)
        return Shape("unknown-key", f"unknown key {quoted(name)}", path, self._key_spot(path), help_)

    def _unknown_operator(self, path: Path, name: str) -> Shape:
        better = nearest_key(name, OPERATORS)
        help_ = f"did you mean `{better}`?" if better else "to compare with a whole mapping, write `equals: {…}`"
        return Shape("unknown-operator", f"{quoted(name)} is not an operator", path, self._key_spot(path), help_)

    def _words(self, error: ErrorDetails, path: Path) -> tuple[str, str, str | None]:
        kind, value, context = error["type"], error["input"], error.get("ctx", {})
        if value is None and kind not in _LIMITS:
            return "no-value", f"{_subject(path)} has no value", "give it one, or delete the key"
        if kind == "ours":
            return self._ours(context, path)
        if kind in _LIMITS:
            return "limit", f"{_subject(path)} {_LIMITS[kind].format(**context)}", None
        if kind in {"literal_error", "enum"}:
            return self._choice(context, value, path)
        wanted = _alternatives(context) if kind.startswith("union_tag") else _WANTED.get(kind)
        if wanted is None:
            return "invalid", f"{_subject(path)} is not valid: {error['msg']}", None
        message = f"{_subject(path)} must be {wanted}, not {_a(value)}"
        return "wrong-type", message, self._type_help(path, wanted, value)

    def _ours(self, context: dict[str, Any], path: Path) -> tuple[str, str, str | None]:
        message = str(context["message"])
        if message.startswith(("this must ", "this is ")):
            message = f"{_subject(path)} {message.removeprefix('this ')}"
        return context["code"], message, context["hint"]

    @staticmethod
    def _choice(context: dict[str, Any], value: object, path: Path) -> tuple[str, str, str | None]:
        choices = re.findall(r"'([^']*)'|(\d+|True)", str(context.get("expected", "")))
        words = [text or number.lower() for text, number in choices]
        if isinstance(value, str) and value in words:
            return "choice", f"{_subject(path)} must be `{value}`, without quotes", None
        better = did_you_mean(value, words) if isinstance(value, str) else None
        message = f"{_subject(path)} must be {_either([f'`{word}`' for word in words])}"
        return "choice", message, f"did you mean `{better}`?" if better else None

    def _type_help(self, path: Path, wanted: str, value: object) -> str | None:
        if wanted == "a text" and isinstance(value, int | float):
            return f'quote it: "{str(value).lower() if isinstance(value, bool) else value}"'
        if wanted == "a list" and isinstance(value, str):
            written = quoted(value).strip("`")
            return f"write [{written}]" if path[-1] != "assert" or "${{" in value else f'write ["${{{{ {written} }}}}"]'
        if wanted == _WANTED["bool_type"] and isinstance(value, str) and (meant := _MEANT.get(value.lower())):
            return f"write `{meant}`{', without quotes' if value == meant else ''}"
        if wanted == "a list" and isinstance(value, dict):
            return "begin each entry with `- `"
        example = self._example(path)
        return f"write it like `{path[-1]}: {example}`" if example and isinstance(path[-1], str) else None

    # Places and knowledge

    def _spot(self, path: Path) -> Spot:
        for end in range(len(path), -1, -1):
            if (node := self._document.find(path[:end])) is not None:
                return self._document.spot(node)
        return Spot(1, 1)

    def _key_spot(self, path: Path) -> Spot:
        return self._document.key_spot(path) or self._spot(path)

    def _example(self, path: Path) -> str | None:
        for schema in _schemas_at(self._model, path):
            if examples := schema.get("examples"):
                return str(examples[0])
        return None


_ADDED = re.compile(r"‹[^›]*›\Z|\[key\]\Z")


def _is_added(part: str | int) -> bool:
    return part == "" or (isinstance(part, str) and _ADDED.match(part) is not None)


def _subject(path: Path) -> str:
    if not path:
        return "the file"
    last = path[-1]
    return f"entry {last + 1} of {_subject(path[:-1])}" if isinstance(last, int) else quoted(last)


def _a(value: object) -> str:
    word = shape_of(value).strip("‹›")
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"a {word}"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _alternatives(context: dict[str, Any]) -> str:
    words = re.findall(r"‹([^›]*)›", str(context.get("expected_tags", "")))
    return _either([f"a {word}" for word in words]) if words else "something else"


# The schema of a model knows which keys may stand where.


@lru_cache(maxsize=8)
def json_schema(model: Any) -> dict[str, Any]:
    return model_of(model).model_json_schema()


def known_keys(model: type[Any], path: Path) -> set[str]:
    """The keys that may stand in the mapping at that path."""
    return {name for schema in _schemas_at(model, path) for name in schema.get("properties", {})}


def known_keys_in_order(model: type[Any], path: Path) -> list[str]:
    """The same, in the order in which they are declared; empty where any key may stand."""
    return list(dict.fromkeys(name for schema in _schemas_at(model, path) for name in schema.get("properties", {})))


def _schemas_at(model: type[Any], path: Path) -> list[dict[str, Any]]:
    root = json_schema(cast("Any", model))
    schemas = list(_expanded(root, root))
    for step in path:
        schemas = [found for schema in schemas for child in _children(schema, step) for found in _expanded(child, root)]
    return schemas


def _expanded(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema itself and every alternative it offers, references followed."""
    yield schema
    if reference := schema.get("$ref"):
        yield from _expanded(root["$defs"][reference.rpartition("/")[2]], root)
    for alternative in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _expanded(alternative, root)


def _children(schema: dict[str, Any], step: str | int) -> list[dict[str, Any]]:
    if isinstance(step, int):
        children = [schema.get("items")]
    elif step in schema.get("properties", {}):
        children = [schema["properties"][step]]
    else:
        children = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    return [child for child in children if isinstance(child, dict)]
