"""What is worked out about a declaration: once for each, and forgotten with it."""

import gc
import weakref
from dataclasses import dataclass

from synthmon.language.once import Work, kept, once


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Declared:
    name: str


def test_it_is_worked_out_once_for_each_thing_though_another_is_equal() -> None:
    asked: list[str] = []

    def loud(thing: Declared) -> str:
        asked.append(thing.name)
        return thing.name.upper()

    known = once(loud)
    one, twin, other = Declared("a"), Declared("a"), Declared("b")

    assert ["A", "A", "A", "B"] == [known(one), known(one), known(twin), known(other)]
    assert ["a", "a", "b"] == asked


class Roomy:
    def __init__(self, name: str) -> None:
        self.name = name


def test_it_is_forgotten_with_the_thing() -> None:
    known: Work[Declared, Roomy] = once(lambda thing: Roomy(thing.name))

    found = [weakref.ref(known(Declared(str(number)))) for number in range(100)]
    gc.collect()

    assert [None] * 100 == [one() for one in found]


def test_what_is_kept_in_the_thing_itself_is_worked_out_once_also_where_it_is_nothing() -> None:
    asked: list[str] = []

    def nothing(thing: Roomy) -> str | None:
        asked.append(thing.name)
        return None

    known = kept("asked", nothing)
    one, twin = Roomy("a"), Roomy("a")

    assert [None] * 3 == [known(one), known(one), known(twin)]
    assert ["a", "a"] == asked
