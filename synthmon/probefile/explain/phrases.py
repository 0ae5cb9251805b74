"""Small phrases: durations, lists, texts with expressions, values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synthmon.language.show import show
from synthmon.model import words
from synthmon.model.text import Expression, Template, Text, Tree

_LONGEST = 400  # characters of a value; a body of many pages is not read aloud


def span(seconds: float) -> str:
    """`500 ms`, `1.5 s`, `90 s`, `5 min`, `30 d`."""
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    return f"{seconds:g} s" if seconds < 120 else words.span(seconds)


def listed(items: Iterable[str], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    every = list(items)
    return f"{', '.join(every[:-1])} {joint} {every[-1]}" if len(every) > 1 else "".join(every)


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def expression(one: Expression) -> str:
    """As values that are not written out are shown everywhere: `‹vars.user›`."""
    return f"‹{' '.join(one.text.split())}›"


def text(value: Text) -> str:
    """The text with the names of what is inserted into it."""
    if isinstance(value, str):
        return words.printable(value, _LONGEST)
    return words.printable("".join(part if isinstance(part, str) else expression(part) for part in value.parts))


def value(tree: Tree) -> str:
    """A value as JSON would have it; what expressions give is named."""
    if isinstance(tree, Template) and tree.whole is not None:
        return expression(tree.whole)
    return show(_named(tree), _LONGEST)


def _named(tree: Tree) -> Any:
    if isinstance(tree, Template):
        return text(tree)
    if isinstance(tree, Mapping):
        return {name: _named(child) for name, child in tree.items()}
    return [_named(child) for child in tree] if isinstance(tree, tuple) else tree


def fields(values: Mapping[str, Tree]) -> str:
    """`limit 50, sort -updated_at`."""
    return listed(f"{words.printable(name)} {_plain(one)}" for name, one in values.items())


def _plain(one: Tree) -> str:
    return text(one) if isinstance(one, str | Template) else value(one)


def ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…", ":")) else f"{sentence}."
