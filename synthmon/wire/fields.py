"""Reading a JSON object field by field, so that a wrong document is refused with the place of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NoReturn, TypeVar

from synthmon.errors import MalformedDocument
from synthmon.model.run import Json

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_MISSING = object()
_MAYBE_NUMBERS = frozenset({float, type(None)})
_FIGURES = _MAYBE_NUMBERS | {int}
_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def instant_to_json(instant: datetime) -> str:
    """`2026-11-23T08:14:11.250Z`: UTC, rounded down to the millisecond; refuses a naive instant."""
    if instant.tzinfo is not UTC:
        if instant.tzinfo is None:
            raise ValueError(f"a naive instant has no place on the time line: {instant!r}")
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def maybe_instant_to_json(instant: datetime | None) -> str | None:
    return None if instant is None else instant_to_json(instant)


def seconds_to_json(value: float | None) -> float | None:
    """Seconds to the microsecond. Three times as fast as `round(value, 6)`, and there are fifty in a run."""
    if value is None:
        return None
    try:
        return round(value * 1e6) / 1e6
    except (OverflowError, ValueError):  # not a finite number; what is kept must not depend on that never happening
        return value


class Fields:
    """One JSON object and where it stands in the document. What has no default must be there.

    A centre reads half a million fields a second: each is looked at once where it is as expected, and the place of an
    object is put together only for a refusal.
    """

    __slots__ = ("_data", "_index", "_name", "_parent")

    def __init__(self, data: Json, name: str = "", parent: Fields | None = None, index: int | None = None) -> None:
        self._name, self._parent, self._index = name, parent, index
        if not isinstance(data, dict):
            raise MalformedDocument(f"{self._place or 'the document'}: expected an object, got {_called(data)}")
        self._data: Mapping[str, Json] = data

    @property
    def _place(self) -> str:
        place = self._parent.at(self._name) if self._parent is not None else self._name
        return place if self._index is None else f"{place}[{self._index}]"

    def text(self, name: str, *, default: Json = _MISSING) -> str:
        value = self._data.get(name)
        return value if type(value) is str else self._of(name, str, default)

    def maybe_text(self, name: str) -> str | None:
        value = self._data.get(name)
        return value if value is None or isinstance(value, str) else self._refuse(name, "a text", value)

    def number(self, name: str, *, default: Json = _MISSING) -> float:
        value = self._data.get(name)
        if type(value) is float:
            return value
        value = self._get(name, default)
        if type(value) is not float and type(value) is not int:
            return self._refuse(name, "a number", value)
        try:
            return float(value)
        except OverflowError:
            return self._refuse(name, "a number of this world", value)

    def maybe_number(self, name: str) -> float | None:
        return None if self._data.get(name) is None else self.number(name)

    def maybe_numbers(self, names: Sequence[str]) -> tuple[float | None, ...]:
        """Each as `maybe_number` gives it."""
        values = tuple(map(self._data.get, names))
        return values if _MAYBE_NUMBERS.issuperset(map(type, values)) else tuple(map(self.maybe_number, names))

    def seconds(self, name: str, *lengths: int) -> tuple[float | None, ...]:
        """A list of so many figures: whole numbers are microseconds, others seconds."""
        items = self._of(name, list, _MISSING)
        if len(items) not in lengths or not _FIGURES.issuperset(map(type, items)):
            self._refuse(name, f"{' or '.join(map(str, lengths))} figures", items)
        try:
            return tuple([item / 1e6 if type(item) is int else item for item in items])
        except OverflowError:
            return self._refuse(name, "numbers of this world", items)

    def whole(self, name: str, *, default: Json = _MISSING) -> int:
        value = self._get(name, default)
        return value if type(value) is int else self._refuse(name, "a whole number", value)

    def maybe_whole(self, name: str) -> int | None:
        return None if self._data.get(name) is None else self.whole(name)

    def flag(self, name: str, *, default: Json = _MISSING) -> bool:
        value = self._data.get(name)
        return value if value is True or value is False else self._of(name, bool, default)

    def instant(self, name: str) -> datetime:
        return self._instant(name, self._of(name, str, _MISSING))

    def instants(self, name: str) -> tuple[datetime, ...]:
        return tuple(self._instant(name, value) for value in self.texts(name))

    def _instant(self, name: str, value: str) -> datetime:
        try:
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is not None:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        return self._refuse(name, "an instant with its zone", value)

    def maybe_instant(self, name: str) -> datetime | None:
        return None if self._data.get(name) is None else self.instant(name)

    def word(self, name: str, words: type[E], *, default: Json = _MISSING) -> E:
        """A member of an enumeration by its public name."""
        value = self._get(name, default)
        try:
            return words(value)
        except ValueError:
            return self._refuse(name, f"one of {', '.join(words)}", value)

    def maybe_word(self, name: str, words: type[E]) -> E | None:
        return None if self._data.get(name) is None else self.word(name, words)

    def part(self, name: str) -> Fields:
        return Fields(self._get(name, _MISSING), name, self)

    def maybe_part(self, name: str) -> Fields | None:
        return None if self._data.get(name) is None else self.part(name)

    def objects(self, name: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        """Every object of a list, read; a list that is not there is an empty one."""
        items = self._of(name, list, [])
        return tuple([read(Fields(item, name, self, index)) for index, item in enumerate(items)]) if items else ()

    def value(self, name: str) -> Json:
        """Whatever stands there; it has to be there."""
        return self._get(name, _MISSING)

    def items(self, name: str) -> tuple[Json, ...]:
        """The items of a list as they are; a list that is not there is an empty one."""
        return tuple(self._of(name, list, []))

    def texts(self, name: str) -> tuple[str, ...]:
        items = self._of(name, list, [])
        if not all(isinstance(item, str) for item in items):
            self._refuse(name, "a list of texts", items)
        return tuple(items)

    def flags(self, name: str) -> tuple[bool, ...]:
        items = self._of(name, list, [])
        if not all(isinstance(item, bool) for item in items):
            self._refuse(name, "a list of true and false", items)
        return tuple(items)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """A list of pairs of texts, such as headers."""
        items = self._of(name, list, [])
        if not all(isinstance(item, list) and [type(part) for part in item] == [str, str] for item in items):
            self._refuse(name, "a list of pairs of texts", items)
        return tuple((first, second) for first, second in items)

    def stretches(self, name: str) -> tuple[tuple[datetime, datetime], ...]:
        """A list of pairs of instants."""
        return tuple((self._instant(name, first), self._instant(name, last)) for first, last in self.pairs(name))

    def triple(self, name: str) -> tuple[int, str, int] | None:
        """A whole number, a text and a whole number: where a run stands in the order of judging."""
        item = self._data.get(name)
        if item is None:
            return None
        if not isinstance(item, list) or [type(part) for part in item] != [int, str, int]:
            self._refuse(name, "a number, a text and a number", item)
        return (item[0], item[1], item[2])

    def rows(self, name: str, *kinds: Collection[type]) -> tuple[Json, ...]:
        """A list of short lists, each with values of these kinds; a list that is not there is an empty one."""
        rows = self._of(name, list, [])
        for row in rows:
            if not isinstance(row, list) or len(row) != len(kinds):
                self._refuse(name, f"rows of {len(kinds)} values", row)
            if any(type(value) not in kind for value, kind in zip(row, kinds, strict=True)):
                self._refuse(name, "rows of other kinds of values", row)
        return tuple(rows)

    @property
    def whole_object(self) -> Mapping[str, Json]:
        """As it stands, for who reads very many of them."""
        return self._data

    def names(self) -> tuple[str, ...]:
        return tuple(self._data)

    def refuse(self, name: str, expected: str) -> NoReturn:
        self._refuse(name, expected, self._data.get(name))

    def _get(self, name: str, default: Json) -> Json:
        value = self._data.get(name, default)
        if value is _MISSING:
            raise MalformedDocument(f"{self.at(name)}: missing")
        return value

    def _of(self, name: str, kind: type[T], default: Json) -> T:
        value = self._get(name, default)
        return value if isinstance(value, kind) else self._refuse(name, _NAMES[kind], value)

    def at(self, name: str) -> str:
        """Where a field of this object stands in the document."""
        place = self._place
        return f"{place}.{name}" if place else name

    def _refuse(self, name: str, expected: str, value: Json) -> NoReturn:
        raise MalformedDocument(f"{self.at(name)}: expected {expected}, got {_called(value)}")


def _called(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, str | int | float):
        return repr(value)[:80]
    return _NAMES.get(type(value), type(value).__name__)
