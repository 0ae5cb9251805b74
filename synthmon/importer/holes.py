"""Expressions inside foreign text while it is taken apart: each is one sign that no parser takes for anything else.

A hole survives the splitting of urls, cookies and JSON texts; `fill` puts the expression in when the rest is done, and
writes literal text so that a probe file sends it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_OPEN, _CLOSE = "\U0010f000", "\U0010f001"
HOLE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_SIGNS = re.compile(f"[{_OPEN}{_CLOSE}\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BARE = re.compile(r"\{(?=\{)")


def cleaned(text: str) -> str:
    """The text without the signs of this module and without halves of characters, which no file can hold."""
    return _SIGNS.sub("�", text)


class Holes:
    """Remembers which expression each hole stands for."""

    def __init__(self) -> None:
        self._expressions: list[str] = []
        self._known: dict[str, str] = {}

    def put(self, expression: str) -> str:
        """The sign that stands for the expression (`vars.user`) from now on."""
        if expression not in self._known:
            self._known[expression] = f"{_OPEN}{len(self._expressions)}{_CLOSE}"
            self._expressions.append(expression)
        return self._known[expression]

    def inside(self, text: str) -> list[str]:
        """The expressions in a text."""
        return [self._expressions[int(found[1])] for found in HOLE.finditer(text)]

    def only(self, text: str) -> str | None:
        """The expression, if the text is nothing else."""
        found = HOLE.fullmatch(text)
        return self._expressions[int(found[1])] if found else None

    def fill(self, value: Any) -> Any:
        """The value as a probe file writes it, in every text inside it; keys lose their holes."""
        if isinstance(value, dict):
            return {self.plain(str(name)): self.fill(child) for name, child in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(child) for child in value]
        return self._filled(value) if isinstance(value, str) else value

    def plain(self, text: str) -> str:
        """The text where no expression can stand: `‹vars.user›` instead of one."""
        return _SURROGATE.sub("�", HOLE.sub(lambda found: f"‹{self._expressions[int(found[1])]}›", text))

    def _filled(self, text: str) -> str:
        *parts, tail = HOLE.split(_SURROGATE.sub("�", text))
        written = [
            f"${{{{ {self._expressions[int(part)]} }}}}" if number % 2 else _literal(part, last=False)
            for number, part in enumerate(parts)
        ]
        return "".join(written) + _literal(tail, last=True)


def around(text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed but its holes."""
    parts: list[str] = HOLE.split(text)
    return "".join(f"{_OPEN}{part}{_CLOSE}" if turn % 2 else change(part) for turn, part in enumerate(parts))


def is_holed(text: str) -> bool:
    return HOLE.search(text) is not None


def _literal(text: str, *, last: bool) -> str:
    """`${{` doubled, and `{{` taken apart: written plainly it is refused as an expression without its dollar sign."""
    if text.endswith("$") and not last:  # `$${{` would make the expression behind it a literal
        text, tail = text[:-1], '${{ "$" }}'
        return _literal(text, last=True) + tail
    if "{{" not in text:
        return text
    pieces = text.split("${{")
    return "$${{".join(_BARE.sub('{${{ "" }}', piece) for piece in pieces)
