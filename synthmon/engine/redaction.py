"""The probe's `redact:` paths applied to documents: which values must not be shown, and the document without them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from typing import Any

from synthmon.language.jsonpath import Node, TooMuchWork, compile_path
from synthmon.model.run import Json
from synthmon.patterns import regular

REDACTED = "‹redacted›"

_NOTHING = frozenset[str]()
_SEGMENT = regular(r"\[(?:(\d+)|'((?:[^'\\]|\\.)*)')\]", re.DOTALL)
_ESCAPE = regular(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONTROLS = {char: f"\\{letter}" for letter, char in _ESCAPES.items()}


class Redaction:
    """The `paths` of one probe. False if there are none. What cannot be followed hides everything."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = tuple(compile_path(path) for path in paths)
        self._last: tuple[Any, frozenset[str]] = (
            object(),
            frozenset(),
        )  # the document asked for last, and its hidden places

    def __bool__(self) -> bool:
        return bool(self.paths)

    def touches(self, document: Json, nodes: Sequence[Node]) -> bool:
        """Whether any of the document's nodes is hidden, lies in something hidden or holds something hidden."""
        return bool(self.paths) and any(self.hides(document, node.path) for node in nodes)

    def hides(self, document: Json, path: str) -> bool:
        """The same of one place, given as a normalised path (RFC 9535, section 2.7)."""
        return any(_nested(path, hidden) or _nested(hidden, path) for hidden in self._hidden(document))

    def applied(self, document: Json) -> Json:
        """A copy in which every hidden value is replaced."""
        result = copy.deepcopy(document)
        for path in self._hidden(document):
            result = _replaced(result, location_of(path))
        return result

    def _hidden(self, document: Json) -> frozenset[str]:
        """Normalised paths of what is hidden; asked often of the same document, so the last answer is kept."""
        if not self.paths:
            return _NOTHING
        if self._last[0] is not document:
            try:
                places = frozenset(node.path for path in self.paths for node in path.find(document))
            except TooMuchWork:
                places = frozenset({"$"})
            self._last = (document, places)
        return self._last[1]


def normalised(location: Sequence[str | int]) -> str:
    """The normalised path of a location."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f"['{_escaped(part)}']" for part in location)


def _escaped(name: str) -> str:
    plain = name.replace("\\", "\\\\").replace("'", "\\'")
    return re.sub(r"[\x00-\x1f]", lambda match: _CONTROLS.get(match[0], f"\\u{ord(match[0]):04x}"), plain)


def _nested(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}[")


def location_of(path: str) -> list[str | int]:
    """Names and numbers of a normalised path."""
    return [int(index) if index else _ESCAPE.sub(_unescaped, name) for index, name in _SEGMENT.findall(path)]


def _unescaped(match: re.Match[str]) -> str:
    mark = match[1]
    return chr(int(mark[1:], 16)) if len(mark) == 5 else _ESCAPES.get(mark, mark)


def _replaced(document: Json, location: list[str | int]) -> Json:
    """The document with the value at that place replaced; in one that lies in another, replaced already, nothing is."""
    if not location:
        return REDACTED
    parent: Any = document
    for part in location[:-1]:
        parent = parent[part]
        if isinstance(parent, str):
            return document
    parent[location[-1]] = REDACTED
    return document
