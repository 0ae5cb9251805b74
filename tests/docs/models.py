"""The models of a format, found from its topmost one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel


def models_of(top: type[BaseModel]) -> set[type[BaseModel]]:
    """The model and every model that a value of it can hold."""
    found: set[type[BaseModel]] = set()
    waiting = [top]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [
                inner for field in model.model_fields.values() for inner in _inside((field.annotation, *field.metadata))
            ]
    return found


def _inside(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in annotation if isinstance(annotation, tuple) else get_args(annotation):
        yield from _inside(part)


def keys_of(model: type[BaseModel]) -> list[str]:
    """Its keys as they are written in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]
