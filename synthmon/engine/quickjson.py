"""JSON read by a fast parser (`parsed`), where it can be shown to have found what the careful reader would.

The careful reader of `engine.body` is called back for each object and each number, which takes most of its time. The
fast ones take the last of two keys for the only one, and a number beyond every float for infinity; they refuse whatever
else the careful one does. So a value is looked through once, and where there is any doubt there is none to be had.
`tests/engine/test_quickjson.py` holds the one against the others.
"""

from __future__ import annotations

from math import isinf
from typing import Any, Final

from synthmon.engine.parsed import parsed
from synthmon.model.run import Json

DOUBT: Final = object()
"""Instead of a value where the careful reader has to decide."""

DEEPEST = 200  # openings of lists and objects, of which fewer cannot be nested deeper than what is read
DIGITS = 4299  # of the longest number below nought
_LOWEST = -(10**DIGITS)  # a number of as many digits as are read, sign included


def read(content: bytes) -> Json:
    """The value of a JSON text, or `DOUBT`."""
    value = value_of(content)
    return value if value is not DOUBT and is_good(value, content) else DOUBT


def value_of(content: bytes) -> Json:
    """What the fast parser finds, which may not be good, or `DOUBT`."""
    try:
        return parsed(content)
    except ValueError:
        return DOUBT


def is_good(value: Json, content: bytes, keys: int = -1) -> bool:
    """Whether the value is what the careful reader would find. `keys` is how many there are, for whoever has looked at
    all that is in it and met neither infinity nor great depth; else less than none.
    """
    if keys < 0 or len(content) > DIGITS:
        found = _keys(value)
        if found is None:
            return False
        keys = found
        if content.count(b"[") + content.count(b"{") > DEEPEST and _deep(value):
            return False
    return keys == content.count(b":") or keys == _most_keys(content)


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
