"""What all mappings of a file have in common: strictness, values that must not be empty, alternatives by shape.

A `Part` says what a mapping may hold, once. `quick` reads by it what is right, `careful` makes a pydantic model of it,
which says what is wrong, and where, and is published for editors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias, TypeVar

from synthmon.probefile.format.marks import Discriminator, Limits, Refused, WithJsonSchema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core.core_schema import CoreSchema

    T = TypeVar("T")
    Maybe: TypeAlias = T | None
else:

    class Maybe:
        """`Maybe[T]` may be absent but not empty: None for the reader of a part, plain `T` for who reads the file."""

        def __class_getitem__(cls, item: object) -> object:
            return item


class Key:
    """A key of a mapping. What stands there, its annotation says; that is worked out when it is first met."""

    __slots__ = ("alias", "annotation", "description", "example", "limits", "name", "required", "schema")

    def __init__(self, description: str, alias: str | None, example: str | None, *, required: bool) -> None:
        self.name = self.annotation = ""
        self.description, self.required, self.alias, self.example = description, required, alias, example
        self.limits: Limits | None = None
        self.schema: dict[str, Any] | None = None


class Part:
    """A mapping of a file: unknown keys are refused, and no value is bent into another type.

    An instance holds what the mapping says; of what it leaves out the class says None.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Help for keys that stand in another place than this mapping."""
    schema_extra: ClassVar[dict[str, Any]] = {}
    """What editors are told of it beside its keys."""
    own_keys: ClassVar[tuple[Key, ...]] = ()
    keys_by_word: ClassVar[Mapping[str, Key]] = {}
    """Those that it inherits too, by the word that stands in the file."""
    needed: ClassVar[frozenset[str]] = frozenset()
    readers: ClassVar[dict[str, tuple[str, Callable[[Any], Any]]]] = {}
    """Where `quick` keeps how each is read."""

    def __init_subclass__(cls) -> None:
        found = {name: value for name, value in vars(cls).items() if isinstance(value, Key)}
        for name, key in found.items():
            key.name, key.alias, key.annotation = name, key.alias or name, cls.__annotations__[name]
            setattr(cls, name, None)
        cls.own_keys = tuple(found.values())
        cls.keys_by_word = {**cls.keys_by_word, **{str(key.alias): key for key in cls.own_keys}}
        cls.needed = frozenset(key.name for key in cls.keys_by_word.values() if key.required)
        cls.readers = {}

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} does not change")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # it may hold mappings

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from synthmon.probefile.format.careful import core_schema_of

        return core_schema_of(cls, handler)


P = TypeVar("P", bound=Part)


def says(part: Part, name: str) -> bool:
    """Whether the mapping has that key, be its value what it may."""
    return name in vars(part)


def with_values(part: P, values: Mapping[str, Any]) -> P:
    return type(part)(**{**vars(part), **values})


def key(
    description: str,
    *,
    alias: str | None = None,
    example: str | None = None,
    json_schema_extra: dict[str, Any] | None = None,
    **limits: int,
) -> Any:
    """A key that may be left out. `example` is shown when it is missing or has the wrong shape."""
    return _key(Key(description, alias, example, required=False), json_schema_extra, limits)


def required(
    description: str,
    *,
    alias: str | None = None,
    example: str | None = None,
    json_schema_extra: dict[str, Any] | None = None,
    **limits: int,
) -> Any:
    """A key that must be there."""
    return _key(Key(description, alias, example, required=True), json_schema_extra, limits)


def _key(made: Key, schema: dict[str, Any] | None, limits: dict[str, int]) -> Key:
    made.schema, made.limits = schema, Limits(**limits) if limits else None
    return made


# Shapes. Their names are the words of error messages; the quotes keep them apart from keys in pydantic's locations.
TEXT, NUMBER, TRUTH, LIST, MAPPING, NOTHING = (
    "‹text›",
    "‹number›",
    "‹true or false›",
    "‹list›",
    "‹mapping›",
    "‹nothing›",
)
_SHAPES: dict[type, str] = {
    str: TEXT,
    bool: TRUTH,
    int: NUMBER,
    float: NUMBER,
    list: LIST,
    dict: MAPPING,
    type(None): NOTHING,
}


def shape_of(value: object) -> str:
    return _SHAPES.get(type(value), MAPPING)


BY_SHAPE = Discriminator(shape_of)
"""Chooses among alternatives tagged with shapes, so that an error speaks of the alternative that was meant."""


def refuse(code: str, message: str, hint: str | None = None) -> Refused:
    """What is raised where a value cannot stand; `code`, `message` and `hint` reach the problem unchanged."""
    return Refused(code, message, hint)


Tree = Annotated[Any, WithJsonSchema({"description": "Any value; texts may hold `${{ … }}` expressions."})]


def frozen(value: Any) -> Any:
    """The value with its lists as tuples, which is how declarations are kept."""
    if isinstance(value, dict):
        return {name: frozen(child) for name, child in value.items()}
    return tuple(frozen(child) for child in value) if isinstance(value, list | tuple) else value
