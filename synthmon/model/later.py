"""Figures that are worked out when somebody asks for them: of a thousand probes most are told of in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar, overload

K = TypeVar("K")
T_co = TypeVar("T_co", covariant=True)


class OneByOne(Sequence[T_co]):
    """Each of its items is made when it is first looked at."""

    def __init__(self, makers: Sequence[Callable[[], T_co]]) -> None:
        self._makers = makers
        self._made: dict[int, T_co] = {}

    @overload
    def __getitem__(self, index: int) -> T_co: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]: ...

    def __getitem__(self, index: int | slice) -> T_co | Sequence[T_co]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        place = range(len(self))[index]
        if place not in self._made:
            self._made[place] = self._makers[place]()
        return self._made[place]

    def __len__(self) -> int:
        return len(self._makers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # as little as what is in it

    def __repr__(self) -> str:
        return repr(tuple(self))


class Later(Sequence[T_co]):
    """A sequence that is made when it is first looked at, and equals any other with the same items."""

    def __init__(self, make: Callable[[], Sequence[T_co]]) -> None:
        self._make = make
        self._made: Sequence[T_co] | None = None

    def _items(self) -> Sequence[T_co]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @overload
    def __getitem__(self, index: int) -> T_co: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]: ...

    def __getitem__(self, index: int | slice) -> T_co | Sequence[T_co]:
        return self._items()[index]

    def __len__(self) -> int:
        return len(self._items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # as little as what is in it

    def __repr__(self) -> str:
        return repr(self._items())


class LaterByKey(Mapping[K, T_co]):
    """A mapping that is made when it is first looked at, and equals any other with the same items."""

    def __init__(self, make: Callable[[], Mapping[K, T_co]]) -> None:
        self._make = make
        self._made: Mapping[K, T_co] | None = None

    def _items(self) -> Mapping[K, T_co]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, key: K) -> T_co:
        return self._items()[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items())

    def __len__(self) -> int:
        return len(self._items())

    __hash__ = None  # type: ignore[assignment]  # as little as what is in it

    def __repr__(self) -> str:
        return repr(dict(self._items()))
