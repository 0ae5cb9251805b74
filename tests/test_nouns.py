"""A data class of ours is one of Python's: held against `dataclasses.dataclass`, class by class."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from threading import Barrier
from typing import Any, ClassVar

import pytest

from synthmon import nouns

Decorator = Callable[..., Callable[[type], type]]


def point(mark: Decorator, **options: Any) -> type:
    @mark(**options)
    class Point:
        """A place."""

        x: int
        y: int = 0
        kind: ClassVar[str] = "point"

        def moved(self) -> Any:
            return dataclasses.replace(self, x=1)  # type: ignore[type-var]

    return Point


def made(mark: Decorator, **options: Any) -> type:
    @mark(**options)
    class Made:
        parts: list[int] = field(default_factory=list)
        hidden: str = field(default="h", repr=False)
        aside: str = field(default="a", compare=False)
        counted: int = field(default=3, init=False)
        fresh: dict[str, int] = field(default_factory=dict, init=False, hash=False)
        named: int = field(default=7, kw_only=True)

    return Made


def own(mark: Decorator, **options: Any) -> type:
    @mark(**options)
    class Own:
        name: str

        def __post_init__(self) -> None:
            object.__setattr__(self, "name", self.name.lower())

        def __repr__(self) -> str:
            return "mine"

        def __hash__(self) -> int:
            return 5

    return Own


def empty(mark: Decorator, **options: Any) -> type:
    @mark(**options)
    class Empty:
        pass

    return Empty


def child(mark: Decorator, **options: Any) -> type:
    @mark(**options)
    class Parent:
        a: int
        b: int = 2

        def __eq__(self, other: object) -> bool:
            return NotImplemented

        __hash__ = None  # type: ignore[assignment]

    @mark(**options)
    class Child(Parent):
        b: int = 3
        c: Any = None

    return Child


SHAPES: tuple[tuple[Callable[..., type], tuple[Any, ...], dict[str, Any]], ...] = (
    (point, (4,), {}),
    (point, (4, 5), {}),
    (made, (), {}),
    (made, ([1],), {"hidden": "z", "aside": "b", "named": 1}),
    (own, ("ADA",), {}),
    (empty, (), {}),
    (child, (1,), {"c": "c"}),
)
OPTIONS: tuple[dict[str, Any], ...] = (
    {"frozen": True, "slots": True},
    {"slots": True},
    {"frozen": True},
    {},
    {"frozen": True, "slots": True, "eq": False},
    {"frozen": True, "slots": True, "repr": False},
    {"frozen": True, "slots": True, "weakref_slot": True},
    {"frozen": True, "slots": True, "order": True},
)
CASES = [
    (*shape, options)
    for shape in SHAPES
    for options in OPTIONS
    if not (shape[0] is child and options.get("order"))  # Python refuses an order beside one's own equality
]


def outcome(act: Callable[[], Any]) -> Any:
    """What it gives, or how it fails."""
    try:
        return act()
    except (TypeError, AttributeError) as error:  # FrozenInstanceError is one
        return type(error), str(error)


def refused(act: Callable[[], Any]) -> Any:
    """Of what is no field Python's own asks the class that was there before the slots, and fails with another error."""
    found = outcome(act)
    beside = isinstance(found, tuple) and ("elsewhere" in found[1] or found[1].startswith("super("))
    return "refused" if beside else found


def behaviour(cls: type, words: tuple[Any, ...], names: dict[str, Any]) -> dict[str, Any]:
    def one() -> Any:
        return cls(*words, **names)

    def changed(name: str) -> Any:
        thing = one()
        setattr(thing, name, 9)
        return thing == one()

    def removed(name: str) -> Any:
        thing = one()
        delattr(thing, name)
        return hasattr(thing, name)

    fields = dataclasses.fields(cls)
    first = fields[0].name if fields else "elsewhere"
    return {
        "values": dataclasses.asdict(one()),
        "fields": [(each.name, each.type, each.default, each.init) for each in fields],
        "match": cls.__match_args__,  # type: ignore[attr-defined]
        "signature": list(inspect.signature(cls).parameters),
        "hints": cls.__init__.__annotations__,  # type: ignore[misc]
        "names": [getattr(cls, name).__qualname__ for name in ("__init__", "__eq__", "__repr__")],
        "repr": outcome(lambda: repr(one()).split(" object at")[0]),
        "equal": (one() == one(), one() == object(), one() != one(), one() == copy.copy(one())),
        "another": one() == outcome(lambda: dataclasses.replace(one(), **{first: "other"})),
        "hash": outcome(lambda: hash(one())) if "__hash__" in vars(cls) else "by identity",
        "copied": outcome(lambda: dataclasses.asdict(copy.deepcopy(one()))),
        "set": refused(lambda: changed(first)),
        "set aside": refused(lambda: changed("elsewhere")),
        "removed": refused(lambda: removed(first)),
        "wrong": outcome(lambda: cls(*words, nothing=1)),
        "slots": getattr(cls, "__slots__", None),
        "refers": hasattr(cls, "__weakref__"),
    }


@pytest.mark.parametrize(("shape", "words", "names", "options"), CASES)
def test_a_class_of_ours_behaves_as_one_of_pythons(
    shape: Callable[..., type], words: tuple[Any, ...], names: dict[str, Any], options: dict[str, Any]
) -> None:
    expected = behaviour(shape(dataclasses.dataclass, **options), words, names)
    found = behaviour(shape(nouns.dataclass, **options), words, names)
    assert found == expected


def test_a_method_is_written_at_its_first_use_and_then_stands_in_its_class() -> None:
    cls = point(nouns.dataclass, frozen=True, slots=True)
    assert isinstance(vars(cls)["__init__"], nouns.Late)
    cls(1)
    assert inspect.isfunction(vars(cls)["__init__"])
    assert isinstance(vars(cls)["__eq__"], nouns.Late)


@nouns.dataclass(frozen=True, slots=True)
class Sent:
    a: int
    b: tuple[str, ...] = ()


def test_a_frozen_value_is_pickled_and_unpickled() -> None:
    assert Sent(1, ("x",)) == pickle.loads(pickle.dumps(Sent(1, ("x",))))


def test_a_value_that_holds_itself_can_be_shown() -> None:
    thing = made(nouns.dataclass)()
    thing.parts.append(thing)
    assert "parts=[...]" in repr(thing)


def test_what_a_class_inherits_is_made_for_the_class_that_has_it() -> None:
    parent = point(nouns.dataclass, frozen=True, slots=True)
    heir = type("Heir", (parent,), {"__slots__": ()})
    assert (heir(1).x, parent(2).x) == (1, 2)
    assert parent(1) != heir(1)


def test_what_a_maker_makes_is_what_the_class_makes_and_as_frozen() -> None:
    point_class, own_class = (what(nouns.dataclass, frozen=True, slots=True) for what in (point, own))
    for cls, given, named in ((point_class, (1,), {"y": 2}), (own_class, ("Name",), {})):
        make: Callable[..., Any] = nouns.maker(cls)
        one = make(*given, **named)
        assert (type(one), one, hash(one)) == (cls, cls(*given, **named), hash(cls(*given, **named)))
        assert repr(one) == repr(cls(*given, **named))
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.x = 5
        with pytest.raises(TypeError, match="argument"):
            make(*given, 1, 2, 3)
    made_class = made(nouns.dataclass, frozen=True, slots=True)
    assert nouns.maker(made_class)(named=8) == made_class(named=8)
    assert nouns.maker(made_class)().parts is not nouns.maker(made_class)().parts


def test_many_threads_may_call_a_maker_first() -> None:
    cls = point(nouns.dataclass, frozen=True, slots=True)
    for _ in range(20):
        make: Callable[..., Any] = nouns.maker(cls)
        ready = Barrier(4)

        def call(x: int, make: Callable[..., Any] = make, ready: Barrier = ready) -> Any:
            ready.wait(10.0)
            return make(x)

        with ThreadPoolExecutor(4) as threads:
            assert [cls(0), cls(1), cls(2), cls(3)] == list(threads.map(call, range(4)))
