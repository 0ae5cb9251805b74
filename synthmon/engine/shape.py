"""What a value looks like without saying what it is: enough to see a wrong format, too little to know a person."""

from __future__ import annotations

from synthmon.model.run import Json

SHOWN = 40  # characters of a text's shape


def shape(value: Json, *, hidden: bool = False) -> str:
    """In words: `text of 12 characters like "9999 9999999"`, `true`, `42`, `list of 3`, `object with 2 keys`.

    Of a text every letter becomes `a` or `A` and every digit `9`. `hidden`: of a number nothing is told but its sign.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(value, hidden=hidden)
        case str():
            return _text(value)
        case list():
            return f"list of {len(value)}"
    return f"object with {len(value)} keys" if len(value) != 1 else "object with 1 key"


def _number(value: float, *, hidden: bool) -> str:
    if hidden:
        return ("negative " if value < 0 else "") + ("whole number" if isinstance(value, int) else "number")
    text = repr(value)
    return text if len(text) <= SHOWN else f"number of {len(text)} digits"


def _text(value: str) -> str:
    if not value:
        return "empty text"
    pattern = "".join(_like(char) for char in value[:SHOWN])
    cut = "…" if len(value) > SHOWN else ""
    return f'text of {len(value)} character{"s" if len(value) > 1 else ""} like "{pattern}{cut}"'


def _like(char: str) -> str:
    if char.isdigit():
        return "9"
    if char.isalpha():
        return "A" if char.isupper() else "a"
    return char if char.isprintable() else "?"
