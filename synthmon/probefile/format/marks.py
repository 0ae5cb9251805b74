"""What an annotation of a format says of a value beside its type; pydantic is told the same, where it is asked.

Each mark is read by `quick`, which needs no library, and hands pydantic's own of that name over to pydantic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core.core_schema import CoreSchema


class Refused(ValueError):
    """This value cannot stand here; `hint` says how to mend it. Trying again cannot help."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class Tag:
    """Which alternative this is, by the word that `Discriminator` gives."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Tag as Theirs

        return Theirs(self.word).__get_pydantic_core_schema__(source, handler)


class Discriminator:
    """Chooses among alternatives by what was written."""

    def __init__(self, word_of: Callable[[Any], str]) -> None:
        self.word_of = word_of

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Discriminator as Theirs

        return Theirs(self.word_of).__get_pydantic_core_schema__(source, handler)


class BeforeValidator:
    """Reads a value of ours from what was written, or raises `Refused`. Of several the last one is first."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import BeforeValidator as Theirs
        from pydantic_core import PydanticCustomError

        def read(value: Any) -> Any:
            try:
                return self.read(value)
            except Refused as refused:  # code, message and hint reach the problem unchanged
                said = {"code": refused.code, "message": refused.message, "hint": refused.hint}
                raise PydanticCustomError("ours", "{message}", said) from None

        return Theirs(read).__get_pydantic_core_schema__(source, handler)


class Limits:
    """Bounds of a number (`ge`, `le`) or of how much is in a list (`min_length`, `max_length`)."""

    def __init__(self, **bounds: int) -> None:
        self.bounds = bounds

    def hold(self, value: Any) -> bool:
        return all(_HOLDS[name](value, bound) for name, bound in self.bounds.items())

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return {**handler(source), **self.bounds}


_HOLDS: Mapping[str, Callable[[Any, int], bool]] = {
    "ge": lambda value, bound: value >= bound,
    "le": lambda value, bound: value <= bound,
    "min_length": lambda value, bound: len(value) >= bound,
    "max_length": lambda value, bound: len(value) <= bound,
}


class WithJsonSchema:
    """What editors are told of it."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema

    def __get_pydantic_json_schema__(self, source: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        from pydantic import WithJsonSchema as Theirs

        return Theirs(self.schema).__get_pydantic_json_schema__(source, handler)
