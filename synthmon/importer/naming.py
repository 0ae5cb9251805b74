"""Names that a probe file allows, made of whatever other tools call things."""

from __future__ import annotations

import re
import unicodedata

_RESERVED = frozenset({"and", "or", "not", "in", "is", "if", "else", "for", "lambda", "true", "false", "null", "none"})
_LONGEST = 63
_PLAIN = re.compile(r"[A-Za-z0-9]+")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def slug(words: str, otherwise: str, *, joint: str = "_", longest: int = _LONGEST) -> str:
    """`Log in (v2)` -> `log_in_v2`; `otherwise` where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    parts = _PLAIN if " " in plain.strip() else _PARTS  # camelCase is taken apart, a title is not
    made = joint.join(part.lower() for part in parts.findall(plain))
    return (made[:longest].rstrip(joint) or otherwise) if made else otherwise


def variable(words: str, otherwise: str = "value") -> str:
    """A name that expressions can use."""
    made = slug(words, otherwise, longest=_LONGEST - 4)
    return f"_{made}" if made[0].isdigit() else f"{made}_" if made in _RESERVED else made


def title(words: str, otherwise: str) -> str:
    """Words for people: one line, no expression, not endless."""
    made = " ".join("".join(char if char.isprintable() else " " for char in words).split()).replace("${{", "{{")
    return (made if len(made) <= 100 else f"{made[:99].rstrip()}…") or otherwise


class Names:
    """Hands out each name once: `get`, `get_2`, `get_3`."""

    def __init__(self, joint: str = "_") -> None:
        self._joint = joint
        self._taken: set[str] = set()

    def new(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            tail = f"{self._joint}{number}"
            name = wanted[: _LONGEST - len(tail)] + tail
        self._taken.add(name)
        return name
