"""A JSON document behind views that count every value looked at, whoever looks.

The JSONPath library bounds depth but not work: `$..[?@..x]` over a document that a target sent may go through it
thousands of times. It takes any Mapping and Sequence, so these see all it does without reaching into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from synthmon.language.compute import equal

MOST_VISITS = 100_000


class TooMuchWork(ValueError):
    """Following a path would take more work than an answer is worth."""


class Budget:
    """How many more values may be looked at."""

    def __init__(self, most: int, path: str) -> None:
        self._left = self._most = most
        self._path = path

    def spend(self, values: int = 1) -> None:
        self._left -= values
        if self._left < 0:
            raise TooMuchWork(
                f"the path {self._path} leads over more than {self._most:,} values; name more of the way, or fewer `..`"
            )


class ObjectView(Mapping[str, Any]):
    __slots__ = ("budget", "raw")

    def __init__(self, raw: dict[str, Any], budget: Budget) -> None:
        self.raw, self.budget = raw, budget

    def __getitem__(self, key: str) -> Any:
        self.budget.spend()
        return view(self.raw[key], self.budget)

    def __iter__(self) -> Iterator[str]:
        for key in self.raw:
            self.budget.spend()
            yield key

    def __len__(self) -> int:
        return len(self.raw)

    def items(self) -> Any:
        for key, value in self.raw.items():
            self.budget.spend()
            yield key, view(value, self.budget)

    def __eq__(self, other: object) -> bool:
        return _equal(self.raw, plain(other), self.budget)

    __hash__ = None  # type: ignore[assignment]


class ListView(Sequence[Any]):
    __slots__ = ("budget", "raw")

    def __init__(self, raw: list[Any], budget: Budget) -> None:
        self.raw, self.budget = raw, budget

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> ListView: ...

    def __getitem__(self, index: int | slice) -> Any:
        self.budget.spend()
        return view(self.raw[index], self.budget)

    def __iter__(self) -> Iterator[Any]:
        for value in self.raw:
            self.budget.spend()
            yield view(value, self.budget)

    def __len__(self) -> int:
        return len(self.raw)

    def __eq__(self, other: object) -> bool:
        return _equal(self.raw, plain(other), self.budget)

    __hash__ = None  # type: ignore[assignment]


def view(value: Any, budget: Budget) -> Any:
    """Objects and lists behind a view, anything else as it is."""
    if isinstance(value, dict):
        return ObjectView(value, budget)
    return ListView(value, budget) if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """What is behind a view."""
    return value.raw if isinstance(value, ObjectView | ListView) else value


def _equal(left: Any, right: Any, budget: Budget) -> bool:
    """Equality as everywhere in the language, where each value that is compared counts."""
    if type(left) is not type(right) or not isinstance(left, dict | list):
        return equal(left, right)
    if len(left) != len(right):
        return False
    budget.spend(1 + len(left))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_equal(value, right[key], budget) for key, value in left.items())
    return all(_equal(one, other, budget) for one, other in zip(left, right, strict=True))
