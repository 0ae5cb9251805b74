"""`dataclass` as Python has it, whose methods are written when they are first used.

Python writes and compiles six methods for every data class while it is loaded; a command loads two hundred of these
classes and uses a few. Which fields there are, and their slots, is left to `dataclasses`; what the methods do is held
against its own by `tests/test_nouns.py`. Type checkers are told that it is Python's.

A method that nobody has used is a `Late` in its class; the first use has it written as text, by `_init`, `_eq` and so
on, and puts it there. Of a frozen class with slots, as most are, `__init__` is not written for each: all classes with
as many fields share code, in which only the names are other (`_init_by_shape`). For values that a run makes by the
dozen there is `maker`, a function that is quicker than any `__init__` can be.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from functools import cache
from reprlib import recursive_repr
from types import CellType, CodeType, FunctionType
from types import MemberDescriptorType as _Slot
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

__all__ = ["dataclass", "maker"]

P = ParamSpec("P")
T = TypeVar("T")

Method = Callable[..., Any]
Maker = Callable[[type], Method]


class Late:
    """Stands in a class for a method that nobody has used; the first use puts the method in its place."""

    __slots__ = ("_cls", "_make", "_name")

    def __init__(self, cls: type, name: str, make: Maker) -> None:
        self._cls, self._name, self._make = cls, name, make

    def __get__(self, one: object, owner: type | None = None) -> Any:
        made = self._make(self._cls)
        made.__name__, made.__module__ = self._name, self._cls.__module__
        made.__qualname__ = f"{self._cls.__qualname__}.{self._name}"
        setattr(self._cls, self._name, made)
        return made if one is None else made.__get__(one, owner)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen=False, slots=False, order=False, **other):
        """As `dataclasses.dataclass`, which makes those that have an order."""
        if order:
            return dataclasses.dataclass(frozen=frozen, slots=slots, order=order, **other)
        shown, compared = other.pop("repr", True), other.pop("eq", True)

        def made(cls: type) -> type:
            own = vars(cls)
            late = {name: make for name, make in _methods(frozen, shown, compared) if name not in own}
            if compared and own.get("__hash__") is None:
                late["__hash__"] = _hash if frozen else None
            if cls.__doc__ is None:
                cls.__doc__ = cls.__name__  # else the signature, which `dataclasses` would have to work out
            cls = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=slots, **other)
            for name, make in late.items():
                setattr(cls, name, make and Late(cls, name, make))
            if frozen and slots and "__getstate__" not in own:  # as what is frozen cannot be filled from outside
                cls.__getstate__, cls.__setstate__ = _state, _set_state
            return cls

        return made


def maker(cls: Callable[P, T]) -> Callable[P, T]:
    """Makes what calling a frozen class with slots makes, in a quarter of the time.

    A value is filled while it is of a class that may be filled, and then becomes one of `cls`. What is returned is a
    function, as Python calls those more quickly than classes; at its first call it gets its code, such as

        def make(x, y=_default_y):
          self = _opened()
          self.x = x
          self.y = y
          self.__class__ = _closed
          return self
    """
    assert isinstance(cls, type), f"{cls} is no class"
    assert len(_slots(cls)) == len(_fields(cls)), f"{cls} has no slots to fill"
    # Both, as they share a slot of the type: with one of them alone, each field would be set by a call of Python's.
    by_python = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    opened = type(cls.__name__, (cls,), {"__slots__": (), "__module__": cls.__module__, **by_python})
    known: dict[str, Any] = {"__name__": cls.__module__, "_opened": opened, "_closed": cls}

    def first(given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        taken, filled, words = _filling(cls, "self.{} = {}".format)
        lines = ("self = _opened()", *filled, "self.__class__ = _closed", *_afterwards(cls), "return self")
        known.update(words)
        exec(_definition(f"make({', '.join(taken)})", lines), known)  # noqa: S102 - as `dataclasses` does
        written = known["make"]
        # The code comes last: another thread may call at any moment, and what has no parameters needs no defaults.
        make.__defaults__, make.__kwdefaults__ = written.__defaults__, written.__kwdefaults__
        make.__code__ = written.__code__
        return make(*given, **named)

    known["_first"] = first
    exec(_unwritten(), known)  # noqa: S102 - a line of ours
    make = known["make"]
    return cast("Callable[P, T]", make)


@cache
def _unwritten() -> CodeType:
    """What a maker is until it is called."""
    return compile(_definition("make(*given, **named)", ["return _first(given, named)"]), "<maker>", "exec")


def _methods(frozen: bool, shown: bool, compared: bool) -> Iterator[tuple[str, Maker]]:
    yield "__init__", _frozen_init if frozen else _init
    if shown:
        yield "__repr__", _repr
    if compared:
        yield "__eq__", _eq
    if frozen:
        yield from (("__setattr__", _setattr), ("__delattr__", _delattr))


def _init(
    cls: type, assign: Callable[[str, str], str] = "self.{} = {}".format, given: Mapping[str, Any] | None = None
) -> Method:
    """Written as text, because every value is made by it, and nothing that takes any arguments is as quick."""
    taken, lines, words = _filling(cls, assign)
    head = f"__init__({', '.join(['self', *taken])})"
    method = _written(cls, head, [*lines, *_afterwards(cls)] or ["pass"], {**words, **(given or {})})
    method.__annotations__ = {field.name: field.type for field in _fields(cls) if field.init} | {"return": None}
    return method


def _filling(cls: type, assign: Callable[[str, str], str]) -> tuple[list[str], list[str], dict[str, Any]]:
    """The parameters, the lines that fill the fields from them, and what stands for the names in both."""
    given: dict[str, Any] = {"_absent": MISSING}
    lines: list[str] = []
    ordered, named = list[str](), list[str]()
    for field in _fields(cls):
        name, made, default = field.name, f"_make_{field.name}", f"_default_{field.name}"
        given |= {made: field.default_factory, default: field.default}
        if field.init:
            end = f"={default}" if field.default is not MISSING else ""
            end = "=_absent" if field.default_factory is not MISSING else end
            (named if field.kw_only else ordered).append(name + end)
        if field.default_factory is not MISSING:
            lines.append(assign(name, f"{made}() if {name} is _absent else {name}" if field.init else f"{made}()"))
        elif field.init or field.default is not MISSING:
            lines.append(assign(name, name if field.init else default))
    return [*ordered, *(["*", *named] if named else [])], lines, given


def _afterwards(cls: type) -> list[str]:
    return ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []


def _definition(head: str, lines: Iterable[str]) -> str:
    """The text of a function. It holds names of fields and words of ours."""
    return f"def {head}:\n" + "".join(f" {line}\n" for line in lines)


def _written(cls: type, head: str, lines: Iterable[str], given: Mapping[str, Any]) -> Method:
    """The function of these lines, in the module of the class; what is given they know by name."""
    inner = _definition(head, lines).splitlines()
    text = _definition(f"write({', '.join(given)})", [*inner, f"return {head.partition('(')[0]}"])
    found: dict[str, Any] = {}
    exec(text, vars(sys.modules[cls.__module__]), found)  # noqa: S102 - as `dataclasses` does
    method: Method = found["write"](**given)
    return method


def _frozen_init(cls: type) -> Method:
    """As a frozen class refuses to be filled, its slots are, by their own descriptors, which is half the work of
    `object.__setattr__`. Without slots there is nothing but that.
    """
    fields = _fields(cls)
    slots = _slots(cls)
    if len(slots) == len(fields):
        if all(field.init and not field.kw_only for field in fields):
            return _init_by_shape(cls, fields, [slot.__set__ for slot in slots.values()])
        setters = {f"_set_{name}": slot.__set__ for name, slot in slots.items()}
        return _init(cls, "_set_{0}(self, {1})".format, setters)
    return _init(cls, "_set(self, {!r}, {})".format, {"_set": object.__setattr__})


def _init_by_shape(cls: type, fields: Sequence[Field[Any]], setters: Sequence[Method]) -> Method:
    """Most classes differ in the names of their fields only: for all of these, text is compiled once (`_shape`), and
    here gets the names, the setters of the slots, and what makes a value where none is given.
    """
    made = tuple(field.default_factory is not MISSING for field in fields)
    code = _shape(made, hasattr(cls, "__post_init__"))
    given: dict[str, Any] = {"absent": MISSING}
    for number, (field, setter) in enumerate(zip(fields, setters, strict=True)):
        given |= {f"set{number}": setter, f"make{number}": field.default_factory}
    named = code.replace(co_varnames=("self", *(field.name for field in fields)))
    cells = tuple(CellType(given[name]) for name in code.co_freevars)
    defaults = [field.default for field, late in zip(fields, made, strict=True) if late or field.default is not MISSING]
    method = FunctionType(named, vars(sys.modules[cls.__module__]), "__init__", tuple(defaults), cells)
    method.__annotations__ = {field.name: field.type for field in fields} | {"return": None}
    return method


@cache
def _shape(made: tuple[bool, ...], further: bool) -> CodeType:
    """The code that fills so many slots; of each, whether its value is made where none is given. Of two, the second
    made, it is that of

        def __init__(self, p0, p1):
          set0(self, p0)
          set1(self, make1() if p1 is absent else p1)
          pass
    """
    numbers = range(len(made))
    outside = ", ".join(f"set{number}, make{number}" for number in numbers)
    taken = ", ".join(["self", *(f"p{number}" for number in numbers)])
    lines = [f"def write(absent, {outside}):", f" def __init__({taken}):"]
    for number in numbers:
        value = f"make{number}() if p{number} is absent else p{number}" if made[number] else f"p{number}"
        lines.append(f"  set{number}(self, {value})")
    lines += ["  self.__post_init__()" if further else "  pass", " return __init__"]
    found: dict[str, Any] = {}
    exec("\n".join(lines), found)  # noqa: S102 - no name in it is anybody's
    code: CodeType = found["write"](*[None] * (2 * len(made) + 1)).__code__
    return code


def _slots(cls: type) -> dict[str, Any]:
    names = [field.name for field in _fields(cls)]
    return {name: slot for name in names if isinstance(slot := getattr(cls, name, None), _Slot)}


def _repr(cls: type) -> Method:
    names = [field.name for field in _fields(cls) if field.repr]

    @recursive_repr()
    def show(self: Any) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({inside})"

    return show


def _eq(cls: type) -> Method:
    names = [field.name for field in _fields(cls) if field.compare]
    lines = (
        "if other.__class__ is self.__class__:",
        f" return {_tuple('self', names)} == {_tuple('other', names)}",
        "return NotImplemented",
    )
    return _written(cls, "__eq__(self, other)", lines, {})


def _hash(cls: type) -> Method:
    fields = _fields(cls)
    names = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
    return _written(cls, "__hash__(self)", [f"return hash({_tuple('self', names)})"], {})


def _tuple(whose: str, names: Iterable[str]) -> str:
    return "(" + "".join(f"{whose}.{name}, " for name in names) + ")"


def _setattr(cls: type) -> Method:
    names = frozenset(field.name for field in _fields(cls))

    def refuse(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)  # type: ignore[arg-type]

    return refuse


def _delattr(cls: type) -> Method:
    names = frozenset(field.name for field in _fields(cls))

    def refuse(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)  # type: ignore[arg-type]

    return refuse


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in _fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(_fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _fields(whose: Any) -> tuple[Field[Any], ...]:
    return dataclasses.fields(whose)
