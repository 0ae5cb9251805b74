"""What all models of a file have in common: strictness, values that must not be empty, alternatives by shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    T = TypeVar("T")
    Maybe: TypeAlias = T | None
else:

    class Maybe:
        """`Maybe[T]` may be absent but not empty: None for the reader of a model, plain `T` for pydantic."""

        def __class_getitem__(cls, item: object) -> object:
            return item


class Part(BaseModel):
    """A mapping of a file: unknown keys are refused, and no value is bent into another type."""

    # `defer_build`: most mappings stand in a larger one and are validated as a part of it alone, never by themselves.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, defer_build=True)
    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Help for keys that stand in another place than this mapping."""


def key(description: str, *, alias: str | None = None, example: str | None = None, **limits: Any) -> Any:
    """A key that may be left out. `example` is shown when it is missing or has the wrong shape."""
    return Field(default=None, alias=alias, description=description, examples=[example] if example else None, **limits)


def required(description: str, *, alias: str | None = None, example: str | None = None, **limits: Any) -> Any:
    """A key that must be there."""
    return Field(alias=alias, description=description, examples=[example] if example else None, **limits)


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


def refuse(code: str, message: str, hint: str | None = None) -> PydanticCustomError:
    """An error of ours inside pydantic; `code`, `message` and `hint` reach the problem unchanged."""
    return PydanticCustomError("ours", "{message}", {"code": code, "message": message, "hint": hint})


def scalar(parse: Callable[[Any], Any], schema: dict[str, Any]) -> tuple[BeforeValidator, WithJsonSchema]:
    """How a type of ours is read, and how editors are told of it."""
    return BeforeValidator(parse), WithJsonSchema(schema)


Tree = Annotated[Any, WithJsonSchema({"description": "Any value; texts may hold `${{ … }}` expressions."})]


def frozen(value: Any) -> Any:
    """The value with its lists as tuples, which is how declarations are kept."""
    if isinstance(value, dict):
        return {name: frozen(child) for name, child in value.items()}
    return tuple(frozen(child) for child in value) if isinstance(value, list | tuple) else value
