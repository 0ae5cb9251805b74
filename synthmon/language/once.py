"""What follows from a declared thing, worked out when it is first asked for and forgotten with the thing."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")

Work: TypeAlias = Callable[[T], R]


class _Known(weakref.ref[T], Generic[T, R]):
    """The thing, as long as it lives, beside what was found: thousands of them are held."""

    __slots__ = ("found", "place")

    found: R
    place: int


def once(work: Work[T, R]) -> Work[T, R]:
    """A function of one declaration, such as a step or a matcher, that is worked out once for each of them.

    Declarations are frozen and live as long as their file is in force, while runs of it come by the thousand. They are
    told apart by identity: to compare a whole step costs more than most of what is asked about it. What is returned is
    a function, as to call an object takes twice as long.
    """
    all_known: dict[int, _Known[T, R]] = {}
    known_at = all_known.get

    def forget(known: _Known[T, R]) -> None:
        all_known.pop(known.place, None)

    def look(thing: T) -> R:
        found = work(thing)
        known: _Known[T, R] = _Known(thing, forget)
        known.found, known.place = found, id(thing)
        all_known[known.place] = known
        return found

    def ask(thing: T) -> R:
        known = known_at(id(thing))
        return look(thing) if known is None else known.found

    return ask


def kept(name: str, work: Work[T, R]) -> Work[T, R]:
    """The same of a thing that has room of its own, such as an address: what was found is kept there, under `name`.

    To find it, nothing but the thing has to be looked into.
    """
    place = f"synthmon.{name}"

    def ask(thing: T) -> R:
        found: R
        try:
            found = thing.__dict__[place]
        except KeyError:
            found = thing.__dict__[place] = work(thing)
        return found

    return ask
