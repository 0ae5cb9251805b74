"""What follows from a declared thing, worked out when it is first asked for and forgotten with the thing."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Once(Generic[T, R]):
    """A function of one declaration, such as a step or a matcher, that is worked out once for each of them.

    Declarations are frozen and live as long as their file is in force, while runs of it come by the thousand. They are
    told apart by identity: to compare a whole step costs more than most of what is asked about it.
    """

    def __init__(self, work: Callable[[T], R]) -> None:
        self._work = work
        self._known: dict[int, tuple[weakref.ref[T], R]] = {}

    def __call__(self, thing: T) -> R:
        known = self._known.get(id(thing))
        return self._found(thing) if known is None else known[1]

    def _found(self, thing: T) -> R:
        found, known, place = self._work(thing), self._known, id(thing)
        known[place] = (weakref.ref(thing, lambda _gone: known.pop(place, None)), found)
        return found
