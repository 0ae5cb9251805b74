"""What became of every part of an imported file: kept, changed or dropped, with its place and the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace
from enum import StrEnum

from synthmon.model.words import printable
from synthmon.nouns import dataclass

_LONGEST = 300  # characters of a cell


class Fate(StrEnum):
    """KEPT means the same as before; CHANGED means it was put differently, or has to be completed; DROPPED is lost."""

    KEPT = "kept"
    CHANGED = "changed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Row:
    """`place` is where it stood, `what` names it, `why` gives the reason (or, for what is kept, what it became)."""

    fate: Fate
    place: str
    what: str
    why: str


@dataclass(slots=True)
class Table:
    """Gathers rows in the order of the file; the same row is told once."""

    _rows: dict[Row, None] = field(default_factory=dict)

    def kept(self, place: str, what: str, became: str = "") -> None:
        self._add(Fate.KEPT, place, what, became)

    def changed(self, place: str, what: str, why: str) -> None:
        self._add(Fate.CHANGED, place, what, why)

    def dropped(self, place: str, what: str, why: str) -> None:
        self._add(Fate.DROPPED, place, what, why)

    def take(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._rows[row] = None

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._rows)

    def _add(self, fate: Fate, place: str, what: str, why: str) -> None:
        self._rows[Row(fate, _cell(place), _cell(what), _cell(why))] = None


def _cell(text: str) -> str:
    """One line, bounded, without control characters."""
    return printable(" ".join(text.split(" ")), _LONGEST)


def count(rows: Iterable[Row]) -> dict[Fate, int]:
    counts = dict.fromkeys(Fate, 0)
    for row in rows:
        counts[row.fate] += 1
    return counts


def summary(rows: Iterable[Row]) -> str:
    """`12 kept, 3 changed, 1 dropped`."""
    return ", ".join(f"{number} {fate}" for fate, number in count(rows).items())


def rewritten(row: Row, place: str, what: str, why: str) -> Row:
    return replace(row, place=place, what=what, why=why)
