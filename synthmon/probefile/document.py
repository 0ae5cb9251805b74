"""A file that was read: its text, its tree, and where in the text each part of the tree stands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field
from functools import cached_property
from itertools import accumulate

from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.patterns import regular
from synthmon.probefile.excerpt import AFTER, BEFORE, Excerpt, excerpt
from synthmon.probefile.node import Data, MapNode, Mark, Node, Path, ScalarNode

# What the parser takes for the end of a line (YAML 1.1, which libyaml speaks), so that its marks fit ours.
_BREAK = regular("\r\n|[\n\r\x85\u2028\u2029]")


_IN_URL = regular(r"://[^/\s@:\"']*:([^/\s@\"']+)@")  # the password in an address


@dataclass(frozen=True, slots=True)
class Spot:
    """`length` characters of one line, from `line` and `column`, both counted from 1."""

    line: int
    column: int
    length: int = 1


class Hidden:
    """Ranges of a text that no message may show; overlapping ones are one."""

    def __init__(self) -> None:
        self._added: list[tuple[int, int]] = []
        self._apart: list[tuple[int, int]] = []

    def append(self, part: tuple[int, int]) -> None:
        self._added.append(part)

    def between(self, start: int, end: int) -> list[tuple[int, int]]:
        """Those that reach into that stretch."""
        if self._added:
            self._apart = _merged([*self._apart, *self._added])
            self._added = []
        first = max(0, bisect_right(self._apart, (start, start)) - 1)
        return [part for part in self._apart[first : bisect_right(self._apart, (end, end))] if part[1] > start]


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    apart: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if apart and first < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(last, apart[-1][1]))
        else:
            apart.append((first, last))
    return apart


@dataclass()
class Document:
    """`hidden` are ranges of the text, counted in characters, that no message may show."""

    path: str
    text: str
    root: MapNode
    hidden: Hidden = field(default_factory=Hidden)

    @property
    def data(self) -> Data:
        return self.root.data

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text)

    def source(self, node: Node) -> Source:
        return Source(self.path, node.start.line + 1, node.start.column + 1)

    def spot(self, node: Node) -> Spot:
        """The node, as far as it stands on its first line; a collection is marked by its first character or key."""
        if isinstance(node, MapNode) and node.keys and self.text[node.start.index : node.start.index + 1] != "{":
            node = next(iter(node.keys.values()))
        if isinstance(node, ScalarNode) and node.end.line == node.start.line:
            return self.between(node.start, node.end)
        if isinstance(node, ScalarNode):
            line = self.lines.line(node.start.line + 1)
            return self.between(node.start, node.start, max(1, len(line.rstrip()) - node.start.column))
        return self.between(node.start, node.start)

    def between(self, start: Mark, end: Mark, length: int = 1) -> Spot:
        return Spot(start.line + 1, start.column + 1, max(length, end.column - start.column))

    def key_spot(self, path: Path) -> Spot | None:
        """The key at the end of the path, as written."""
        parent = self.find(path[:-1]) if path else None
        if isinstance(parent, MapNode) and (key := parent.keys.get(str(path[-1]))):
            return self.spot(key)
        return None

    def find(self, path: Path) -> Node | None:
        node: Node | None = self.root
        for step in path:
            if node is None:
                return None
            node = node.child(step)
        return node

    def at(self, index: int, length: int = 1) -> Spot:
        return self.lines.spot(index, length)

    def excerpt(self, spot: Spot) -> Excerpt:
        line = self.lines.line(spot.line)
        start = self.lines.starts[spot.line - 1] if spot.line <= len(self.lines.starts) else len(self.text)
        at = start + spot.column - 1
        near = self.hidden.between(at - BEFORE, min(start + len(line), at + AFTER))
        hidden = [(first - start, last - start) for first, last in near]
        hidden += [found.span(1) for found in _IN_URL.finditer(line)]
        return excerpt(line, spot.column, spot.length, hidden)


class Lines:
    """The lines of a text, and the way from the index of a character to its line and column."""

    def __init__(self, text: str) -> None:
        self._text = text
        if text.isascii() and "\r" not in text:  # as nearly every file, and then a line ends in one way only
            ends = list(accumulate(len(line) + 1 for line in text.split("\n")))
            self.starts, self._ends = [0, *ends[:-1]], [end - 1 for end in ends]
            return
        breaks = list(_BREAK.finditer(text))
        self.starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(text)]

    def line(self, number: int) -> str:
        """The line of that number, counted from 1, without its break; empty past the end."""
        if not 1 <= number <= len(self.starts):
            return ""
        return self._text[self.starts[number - 1] : self._ends[number - 1]]

    def spot(self, index: int, length: int = 1) -> Spot:
        number = self._number(index)
        start = self.starts[number - 1]
        return Spot(number, index - start + 1, max(1, min(length, self._ends[number - 1] - index)))

    def _number(self, index: int) -> int:
        return max(1, bisect_right(self.starts, index))
