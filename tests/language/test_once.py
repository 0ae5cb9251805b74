"""What is worked out about a declaration: once for each, and forgotten with it."""

import gc
from dataclasses import dataclass

from synthmon.language.once import Kept, Once


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Declared:
    name: str


def test_it_is_worked_out_once_for_each_thing_though_another_is_equal() -> None:
    asked: list[str] = []
    once = Once[Declared, str](lambda thing: asked.append(thing.name) or thing.name.upper())  # type: ignore[func-returns-value]
    one, twin, other = Declared("a"), Declared("a"), Declared("b")

    assert ["A", "A", "A", "B"] == [once(one), once(one), once(twin), once(other)]
    assert ["a", "a", "b"] == asked


def test_it_is_forgotten_with_the_thing() -> None:
    once = Once[Declared, str](lambda thing: thing.name)

    for number in range(100):
        assert str(number) == once(Declared(str(number)))
    gc.collect()

    assert not once._known


class Roomy:
    def __init__(self, name: str) -> None:
        self.name = name


def test_what_is_kept_in_the_thing_itself_is_worked_out_once_also_where_it_is_nothing() -> None:
    asked: list[str] = []
    kept = Kept[Roomy, None]("asked", lambda thing: asked.append(thing.name))
    one, twin = Roomy("a"), Roomy("a")

    assert [None] * 3 == [kept(one), kept(one), kept(twin)]
    assert ["a", "a"] == asked
