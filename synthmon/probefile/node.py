"""The tree of a YAML file: plain values that still know where they were written."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

Data: TypeAlias = Any
"""None, bool, int, float, str, list or dict with text for keys."""
Path: TypeAlias = tuple[str | int, ...]


class Mark(Protocol):
    """Where the parser stood: line, column and index of the character, all counted from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...

    @property
    def index(self) -> int: ...


class Node:
    """A value as written. `size` counts the values in it with aliases expanded, `height` its levels.

    `broken` means that a problem in it is reported already: what follows from it is not worth another. `cut` means
    that something wrong was taken out of it.
    """

    __slots__ = ("broken", "cut", "data", "end", "height", "size", "start")

    def __init__(self, start: Mark, end: Mark, data: Data) -> None:
        self.start, self.end, self.data = start, end, data
        self.size, self.height, self.broken, self.cut = 1, 0, False, False

    def child(self, step: str | int) -> Node | None:
        """What stands under that key or at that place, if anything."""
        del step
        return None


class ScalarNode(Node):
    """`plain` is true for text without quotes that is not a block."""

    __slots__ = ("plain",)

    def __init__(self, start: Mark, end: Mark, data: Data, plain: bool) -> None:
        self.start, self.end, self.data, self.plain = start, end, data, plain  # and not by `super`: there are many
        self.size, self.height, self.broken, self.cut = 1, 0, False, False


class ListNode(Node):
    __slots__ = ("elements",)

    def __init__(self, start: Mark) -> None:
        super().__init__(start, start, [])
        self.elements: list[Node] = []

    def child(self, step: str | int) -> Node | None:
        return self.elements[step] if isinstance(step, int) and 0 <= step < len(self.elements) else None


class MapNode(Node):
    """`keys` are the keys as written, `children` the values, both by the text of the key."""

    __slots__ = ("children", "keys")

    def __init__(self, start: Mark) -> None:
        super().__init__(start, start, {})
        self.keys: dict[str, ScalarNode] = {}
        self.children: dict[str, Node] = {}

    def child(self, step: str | int) -> Node | None:
        return self.children.get(step) if isinstance(step, str) else None
