"""How an answer is built, as a function that knows others built alike at a look: its text is written from the answer.

Which answers have one shape follows from `engine.answershape`: keys in their order, types, what is empty. The function
asks for these in as few words as Python has, with all names as constants. It says less often that two are alike than
they are, never more often; `tests/engine/test_familiar.py` holds it against the careful way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from math import inf
from types import FunctionType, NoneType
from typing import Any
from weakref import WeakValueDictionary

from synthmon.engine.answershape import DEPTH, ITEMS, LARGE, STEADY, VISITED
from synthmon.model.run import Json
from synthmon.nouns import dataclass

UNCOUNTED = -1
"""Told of a document that holds more than was looked at."""

BodyTest = Callable[[Json], int | None]
"""How many keys all objects of a document have together, or `UNCOUNTED`; None for one that is built otherwise. No
float in what was counted is infinite.
"""

HeadTest = Callable[[Sequence[tuple[bytes, bytes]]], bool]

_LONGEST = 8 * 1024  # characters of a function's text
_MOST = 1024  # functions in a process: what would be one more is left to the careful way
_FIELDS = 40  # of a header

_written: WeakValueDictionary[str, FunctionType] = WeakValueDictionary()
"""Functions that somebody has, by their texts."""


@dataclass(frozen=True, slots=True)
class _Value:
    """`inside`: of the members of an object, or of a list; None where nothing is looked at within. `each`: every member
    of the list is like the one that is told. Compared, and so told apart, by all of it.
    """

    kind: type
    full: bool = True
    keys: tuple[str, ...] = ()
    inside: tuple[_Value, ...] | None = None
    each: bool = False

    @property
    def looks(self) -> int:
        """How many values the careful way looks at, at most."""
        return 1 + (ITEMS if self.each else 1) * sum(one.looks for one in self.inside or ())


def body_test(document: Json) -> BodyTest | None:
    """None for a document that takes too many words."""
    built = _of(document, DEPTH)
    if built is not None and built.looks > VISITED:  # with lists as long as may be
        built = _of(document, DEPTH, loosely=False)
    if built is None or built.looks > VISITED:
        return None
    names = map("v{}".format, count(1))
    test: BodyTest | None = _made(["def test(v0):", " keys, whole = 0, True", *_asked(built, "v0", " ", names), _TOLD])
    return test


def head_test(fields: Sequence[tuple[bytes, bytes]]) -> HeadTest | None:
    """Of a header with the same names in the same order, and the same values of those that are kept."""
    if not 0 < len(fields) <= _FIELDS:
        return None
    steady = [name.decode("latin-1").lower() in STEADY for name, _ in fields]
    if not all(value.isascii() for (_, value), kept in zip(fields, steady, strict=True) if kept):
        return None  # how it is read depends on the other values
    taken = "".join(f"(n{at}, v{at}), " for at in range(len(fields)))
    asked = [f"n{at} == {name!r}" for at, (name, _) in enumerate(fields)]
    asked += [f"v{at} == {fields[at][1]!r}" for at, kept in enumerate(steady) if kept]
    lines = [f" if len(fields) != {len(fields)}: return False", f" {taken}= fields", f" return {' and '.join(asked)}"]
    test: HeadTest | None = _made(["def test(fields):", *lines])
    return test


_TOLD = f" return keys if whole else {UNCOUNTED}"


def _of(value: Any, depth: int, *, loosely: bool = True) -> _Value | None:
    """`loosely`: a list of values built alike may be of any length. None where an object has so many keys that they are
    taken for data.
    """
    kind = type(value)
    if kind is not dict and kind is not list:
        return _Value(kind, bool(value) if kind is str else True)
    if not value or not depth:
        return _Value(kind, bool(value))
    if kind is dict and len(value) > LARGE:
        return None
    members = [_of(one, depth - 1, loosely=loosely) for one in (value.values() if kind is dict else value[:ITEMS])]
    inside = tuple([one for one in members if one is not None])
    if len(inside) < len(members):
        return None
    if kind is dict:
        return _Value(kind, keys=tuple(value), inside=inside)
    alike = loosely and all(one == inside[0] for one in inside)
    return _Value(kind, inside=inside[:1] if alike else inside, each=alike)


def _asked(built: _Value, name: str, indent: str, names: Iterator[str]) -> Iterator[str]:
    """Lines that leave the function unless what has this name is built like that."""
    yield f"{indent}if not ({_plain(built, name)}): return None"
    if built.inside is None:
        if built.full and built.kind in {dict, list}:
            yield f"{indent}whole = False"
        return
    if built.each:
        inner = next(names)
        yield f"{indent}if len({name}) > {ITEMS}: whole = False"
        yield f"{indent}for {inner} in {name}[:{ITEMS}]:"
        yield from _asked(built.inside[0], inner, f"{indent} ", names)
        return
    if built.kind is dict:
        yield f"{indent}keys += {len(built.keys)}"
    yield from _members(built, name, indent, names)


def _members(built: _Value, name: str, indent: str, names: Iterator[str]) -> Iterator[str]:
    inside = built.inside or ()
    named = [next(names) for _ in inside]
    if built.kind is dict:
        members = f"{name}.values()"
    else:
        members = f"{name}[:{ITEMS}]"
        if len(inside) < ITEMS:
            yield f"{indent}if len({name}) != {len(inside)}: return None"
        else:
            yield f"{indent}if len({name}) < {ITEMS}: return None"
            yield f"{indent}if len({name}) > {ITEMS}: whole = False"
    yield f"{indent}{''.join(f'{one}, ' for one in named)}= {members}"
    plain = [_plain(one, inner) for one, inner in zip(inside, named, strict=True) if one.kind not in {dict, list}]
    if plain:
        yield f"{indent}if not ({' and '.join(plain)}): return None"
    for one, inner in zip(inside, named, strict=True):
        if one.kind in {dict, list}:
            yield from _asked(one, inner, indent, names)


def _plain(built: _Value, name: str) -> str:
    """What is asked of the value alone."""
    kind = built.kind
    if kind is NoneType:
        return f"{name} is None"
    asked = f"type({name}) is {kind.__name__}"
    if kind is float:
        return f"{asked} and -inf < {name} < inf"
    if kind is dict and built.keys:
        return f"{asked} and (*{name},) == {built.keys!r}"
    if kind in {str, dict, list}:
        return f"{asked} and {name}" if built.full else f"{asked} and not {name}"
    return asked


def _made(lines: Sequence[str]) -> Any:
    """The function of these lines, which hold words of ours, and names and values of the answer as constants."""
    text = "\n".join(lines)
    found = _written.get(text)
    if found is None and len(text) <= _LONGEST and len(_written) < _MOST:
        space: dict[str, Any] = {"inf": inf}
        exec(text, space)  # noqa: S102 - what is of the answer stands in it as Python itself writes it
        found = _written[text] = space.pop("test")
    return found
