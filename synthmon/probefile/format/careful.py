"""Makes pydantic models of parts: they say everything that is wrong with a file, and are published for editors.

Loaded where something is wrong, or a schema is asked for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import core_schema

from synthmon.probefile.format.base import Key, Part
from synthmon.probefile.format.quick import annotation

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

P = TypeVar("P", bound=Part)
M = TypeVar("M")


class Strict(BaseModel):
    """Unknown keys are refused, and no value is bent into another type."""

    # `defer_build`: most mappings stand in a larger one and are validated as a part of it alone, never by themselves.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, defer_build=True)


def model_of(kind: type[Any]) -> type[BaseModel]:
    """The model that has the keys of the part, with its name. Options of channels are such models already."""
    made: Any = kind
    return _made(made) if issubclass(kind, Part) else kind


@cache
def _made(part: type[Any]) -> type[BaseModel]:
    parent = part.__mro__[1]
    make: Any = type(Strict)
    made: type[BaseModel] = make(
        part.__name__,
        (Strict if parent is Part else _made(parent),),
        {
            "__module__": part.__module__,
            "__qualname__": part.__qualname__,
            "__doc__": part.__doc__,
            "__annotations__": {key.name: annotation(part, key) for key in part.own_keys},
            "model_config": ConfigDict(json_schema_extra=vars(part).get("schema_extra") or None),
            **{key.name: _field(key) for key in part.own_keys},
        },
    )
    return made


def _field(key: Key) -> Any:
    limits: dict[str, Any] = dict(key.limits.bounds) if key.limits else {}
    return Field(
        ... if key.required else None,
        alias=key.alias if key.alias != key.name else None,
        description=key.description,
        examples=[key.example] if key.example else None,
        json_schema_extra=key.schema,
        **limits,
    )


def read(kind: type[M], data: object) -> M:
    """The mapping as that kind of thing; raises pydantic's `ValidationError` with all that is wrong."""
    found = model_of(kind).model_validate(data)
    return _part(kind, found) if issubclass(kind, Part) else cast("M", found)


def _part(part: type[P], found: BaseModel) -> P:
    return part(**{name: getattr(found, name) for name in found.model_fields_set})


def core_schema_of(part: type[Part], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """How pydantic reads the part where it stands in another."""
    return core_schema.no_info_after_validator_function(
        lambda found: _part(part, found), handler.generate_schema(model_of(part))
    )
