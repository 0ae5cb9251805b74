"""JSON read by a fast parser (`parsed`), where it can be shown to have found what the careful reader would.

The careful reader of `engine.body` is called back for each object and each number, which takes most of its time. The
fast ones take the last of two keys for the only one, and a number beyond every float for infinity; they refuse whatever
else the careful one does. So a value is looked through once, and where there is any doubt there is none to be had.
`tests/engine/test_quickjson.py` holds the one against the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isinf
from typing import TYPE_CHECKING, Any, Final

from synthmon.engine.parsed import PARSER
from synthmon.model.run import Json

if TYPE_CHECKING:
    from synthmon.engine.familiar import Body

DOUBT: Final = object()
"""Instead of a value where the careful reader has to decide."""

DEEPEST = 200  # openings of lists and objects, of which fewer cannot be nested deeper than what is read
_DIGITS = 4299  # of the longest number below nought
_LOWEST = -(10**_DIGITS)  # a number of as many digits as are read, sign included


def read(content: bytes) -> Json:
    """The value of a JSON text, or `DOUBT`."""
    try:
        value = PARSER.parse(content)
    except ValueError:
        return DOUBT
    return value if _is_good(value, content) else DOUBT


def familiar(content: bytes, bodies: Iterable[Body]) -> tuple[Json, Body | None] | None:
    """The same value with the one of these that it is built like, if any; None where the careful reader has to decide.

    A body that holds has met no infinity and nothing deep, and has counted the keys, so the value is not looked through
    again; no number is too long in a text that is shorter.
    """
    try:
        value = PARSER.parse(content)
    except ValueError:
        return None
    for body in bodies:
        if (keys := body.holds(value)) is not None:
            if (keys == content.count(b":") and len(content) <= _DIGITS) or _is_good(value, content):
                return value, body if content.isascii() and b"\\" not in content else body.unless_redacted(content)
            return None
    return (value, None) if _is_good(value, content) else None


def _is_good(value: Json, content: bytes) -> bool:
    keys = _keys(value)
    if keys is None or not (keys == content.count(b":") or keys == _most_keys(content)):
        return False
    return content.count(b"[") + content.count(b"{") <= DEEPEST or not _deep(value)


def _keys(value: Any) -> int | None:
    """How many keys all objects have together; None where a number is none that is read."""
    keys, found = 0, [value]
    for one in found:  # which grows meanwhile
        kind = type(one)
        if kind is str:
            continue
        if kind is dict:
            keys += len(one)
            found.extend(one.values())
        elif kind is list:
            found.extend(one)
        elif (kind is float and isinf(one)) or (kind is int and one <= _LOWEST):
            return None
    return keys


def _most_keys(content: bytes) -> int:
    """What the text cannot have more of: each key ends with a quote, and blanks at most stand before its colon."""
    return sum(content.count(end) for end in (b'":', b" :", b"\t:", b"\n:", b"\r:"))


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inside = [one.values() if type(one) is dict else one for one in level if type(one) in _HOLDERS]
        if not inside:
            return False
        level = [one for several in inside for one in several]
    return any(type(one) in _HOLDERS for one in level)


_HOLDERS = frozenset({dict, list})
