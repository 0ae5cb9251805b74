"""Values as the texts that go onto the wire: secrets revealed, what no text can be refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from synthmon.engine.values import Values, revealed
from synthmon.errors import TemplateError
from synthmon.model.run import Json
from synthmon.model.secret import Secret
from synthmon.model.text import Text, Tree
from synthmon.patterns import regular

_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_CONTROL = regular(r"[\x00-\x08\x0a-\x1f\x7f]")
_NAME = regular(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2


def plain_text(text: Text, values: Values) -> str:
    """The text with its expressions in place, as it goes into a raw body or a credential."""
    value = values.text(text)
    return value.reveal() if isinstance(value, Secret) else value


def line(text: Text, what: str, values: Values) -> str:
    """A text without control characters, which could begin another header, part or request."""
    value = plain_text(text, values)
    if value.isascii() and value.isprintable():  # as most are
        return value
    if found := _CONTROL.search(value):
        message = f"{what} has the control character U+{ord(found[0]):04X}, which no header may carry"
        raise TemplateError(message, captured=values.uses_capture(text))
    return encodable(value, what, text, values)


def is_line(text: str) -> bool:
    """Whether `line` would take it as it is."""
    return _CONTROL.search(text) is None and _is_encodable(text)


def is_name(text: str) -> bool:
    """Whether a header can be called so."""
    return _NAME.fullmatch(text) is not None


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def pairs(params: Mapping[str, Tree], values: Values) -> Iterator[tuple[str, str]]:
    """Names and texts of a query or a form; a list repeats its name."""
    for name, tree in params.items():
        value = values.tree(tree)
        for item in value if isinstance(value, list | tuple) else (value,):
            yield name, encodable(_scalar(name, revealed(item), tree, values), f"`{name}`", tree, values)


def scalar_text(name: str, tree: Tree, values: Values) -> str:
    """A text, a number or a truth value as it stands in a form."""
    return encodable(_scalar(name, revealed(values.tree(tree)), tree, values), f"`{name}`", tree, values)


def _scalar(name: str, value: Json, tree: Tree, values: Values) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return json.dumps(value)
    kind = "null" if value is None else "an object" if isinstance(value, Mapping) else "a list in a list"
    raise TemplateError(
        f"`{name}` is {kind}, and takes a text, a number or true or false",
        captured=values.uses_capture(tree),
        hint="give the capture a `default`, or use json(…) to write a structure as text",
    )


def json_bytes(tree: Tree, values: Values) -> bytes:
    """The tree as compact JSON."""
    try:
        text = _compact(revealed(values.tree(tree)))
    except ValueError as error:
        raise TemplateError(f"the JSON body cannot be written: {error}") from error
    return encodable(text, "the body", tree, values).encode()


def encodable(text: str, what: str, tree: Tree, values: Values) -> str:
    """The text, if it is one of whole characters."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"{what} holds half of a surrogate pair, which is no character"
        raise TemplateError(message, captured=values.uses_capture(tree)) from error
    return text
