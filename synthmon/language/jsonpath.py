"""Paths into a JSON document, RFC 9535 only."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synthmon.language.views import MOST_VISITS, TooMuchWork
from synthmon.nouns import dataclass
from synthmon.patterns import regular

if TYPE_CHECKING:
    from synthmon.language.chosen import Chosen, Way

__all__ = ["LONGEST", "MOST_VISITS", "Node", "Path", "TooMuchWork", "compile_path"]

LONGEST = 1000  # characters

_STRAIGHT = regular(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:0|[1-9][0-9]{0,8})\])*")
_STEP = regular(r"\.(?P<name>[A-Za-z0-9_]+)|\[(?P<number>[0-9]+)\]")
"""Names and numbers one after the other, as most paths are, need no library."""

_QUOTED = regular(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_HYPHEN = regular(r"\.([^\W\d][\w]*-[\w-]*)")
"""A name behind a dot has letters, digits and `_` (RFC 9535, section 2.5.1.1)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One match: its normalised path, such as `$['items'][0]`, and its value."""

    path: str
    value: Any


class Path:
    """A compiled path. `singular` is true when it can match one node at most."""

    def __init__(self, text: str, way: Way | None, chosen: Chosen | None = None) -> None:
        self.text, self._way, self._chosen = text, way, chosen
        self.singular = way is not None

    @property
    def keys(self) -> tuple[str | int, ...] | None:
        """The names and numbers that lead to the one match; None where there may be several."""
        return None if self._way is None else tuple(key for key, _ in self._way)

    def find(self, document: Any) -> list[Node]:
        """Every match, in document order; raises `TooMuchWork` once 100,000 values were looked at."""
        if self._way is not None:
            return self._straight(document, self._way)
        if self._chosen is None or not isinstance(document, dict | list):
            return []  # there is nothing to choose in a bare scalar; the library would read a text as JSON
        return [Node(path, value) for path, value in self._chosen.find(document)]

    @staticmethod
    def _straight(document: Any, way: Way) -> list[Node]:
        """What names and numbers one after the other lead to, as most paths are: nothing is looked at on the side."""
        value, place = document, "$"
        for key, written in way:
            if isinstance(key, str):
                if not isinstance(value, dict) or key not in value:
                    return []
                place += written
            else:
                if not isinstance(value, list) or not -len(value) <= key < len(value):
                    return []
                place += f"[{key % len(value)}]"
            value = value[key]
        return [Node(place, value)]


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """A path from its text; raises ValueError that says what is wrong."""
    if len(text) > LONGEST:
        raise ValueError(f"a path has at most {LONGEST} characters")
    if not text.startswith("$"):
        raise ValueError(f"a JSONPath begins with `$`{_beginning(text.strip())}")
    if _STRAIGHT.fullmatch(text):
        return Path(text, tuple(map(_step, _STEP.finditer(text))))
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("not a JSONPath (RFC 9535): it holds half a character")
    if (hyphen := _HYPHEN.search(_QUOTED.sub("''", text))) is not None:  # which the library lets pass
        name = hyphen[1]
        raise ValueError(f"not a JSONPath (RFC 9535): `.{name}` has a hyphen; write ['{name}']")
    # Here, because the library compiles large patterns as it is loaded: a tenth of what `synthmon run` loads.
    from synthmon.language.chosen import Chosen

    chosen = Chosen(text)
    return Path(text, chosen.way, chosen)


def _step(found: re.Match[str]) -> tuple[str | int, str]:
    name = found["name"]
    return (name, f"['{name}']") if name else (int(found["number"]), f"[{found['number']}]")


def _beginning(text: str) -> str:
    """What to write instead of a path that begins with something else."""
    if not text:
        return "; `$` alone is the whole document"
    return f"; did you mean `{text if text.startswith('$') else '$' + '.' * (text[0] not in '.[') + text}`?"
