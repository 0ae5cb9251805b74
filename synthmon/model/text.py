"""What is written in a probe file: where it stands, and texts and trees that may hold expressions.

Nothing here is rendered yet; lists are tuples, so that a declaration stays frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was declared: a path as shown to people, line and column counted from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Expression:
    """The inside of one `${{ … }}`, as text; `language.expression` compiles and evaluates it."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Template:
    """A text with at least one expression in it; a template that is one whole expression keeps its value's type."""

    parts: tuple[str | Expression, ...]

    @property
    def whole(self) -> Expression | None:
        """The expression, if the template is nothing but one."""
        if len(self.parts) != 1:
            return None
        first = self.parts[0]
        return first if isinstance(first, Expression) else None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))


Text: TypeAlias = "str | Template"


Tree: TypeAlias = "None | bool | int | float | str | Template | tuple[Tree, ...] | Mapping[str, Tree]"
"""A JSON value in which any text may be a template. Lists are tuples, so that a declaration stays frozen."""
