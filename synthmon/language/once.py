"""What follows from a declared thing, worked out when it is first asked for and forgotten with the thing."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Known(weakref.ref[T], Generic[T, R]):
    """The thing, as long as it lives, beside what was found: thousands of them are held."""

    __slots__ = ("found", "place")

    found: R
    place: int


class Once(Generic[T, R]):
    """A function of one declaration, such as a step or a matcher, that is worked out once for each of them.

    Declarations are frozen and live as long as their file is in force, while runs of it come by the thousand. They are
    told apart by identity: to compare a whole step costs more than most of what is asked about it.
    """

    def __init__(self, work: Callable[[T], R]) -> None:
        self._work = work
        self._known: dict[int, _Known[T, R]] = {}
        self._gone = self._forget  # one for all of them

    def __call__(self, thing: T) -> R:
        known = self._known.get(id(thing))
        return self._look(thing) if known is None else known.found

    def _look(self, thing: T) -> R:
        found = self._work(thing)
        known: _Known[T, R] = _Known(thing, self._gone)
        known.found, known.place = found, id(thing)
        self._known[known.place] = known
        return found

    def _forget(self, known: _Known[T, R]) -> None:
        self._known.pop(known.place, None)


class Kept(Generic[T, R]):
    """The same of a thing that has room of its own, such as an address: what was found is kept there, under `name`.

    To find it, nothing but the thing has to be looked into.
    """

    def __init__(self, name: str, work: Callable[[T], R]) -> None:
        self._name, self._work = f"synthmon.{name}", work

    def __call__(self, thing: T) -> R:
        found: R
        try:
            found = thing.__dict__[self._name]
        except KeyError:
            found = thing.__dict__[self._name] = self._work(thing)
        return found
