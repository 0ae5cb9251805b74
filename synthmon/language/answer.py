"""An assertion in the language of expressions: whether it holds of an answer, and the values of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from synthmon.errors import TemplateError
from synthmon.language.compute import item
from synthmon.language.expression import Compiled, Reference, Scope, Value, compile_expression
from synthmon.language.show import describe
from synthmon.nouns import dataclass

MOST_PARTS = 6  # whose values are told of one assertion


@dataclass(frozen=True, slots=True)
class Part:
    """A value that an assertion refers to. `place` leads to it from `name`, counted from the beginning."""

    reference: Reference
    place: tuple[str | int, ...]
    value: Value

    @property
    def name(self) -> str:
        return named(self.reference)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`why`: what is wrong in words, without any value; empty where the parts say it all."""

    holds: bool
    why: str = ""
    parts: tuple[Part, ...] = ()


def judge(text: str, scope: Scope, response: Value) -> Judgement:
    """Hold the expression against an answer. What the target is not to blame for is raised as `TemplateError`."""
    compiled = compile_expression(text)
    seeing = replace(scope, response=response)
    try:
        value = compiled.evaluate(seeing)
    except TemplateError as error:
        if not error.captured:
            raise
        return Judgement(holds=False, why=_without_expression(compiled, error), parts=_parts(compiled, seeing))
    if value is True:
        return Judgement(holds=True, parts=_parts(compiled, seeing))
    why = "" if value is False else f"it is {describe(value)}, not true or false"
    return Judgement(holds=False, why=why, parts=_parts(compiled, seeing))


def _without_expression(compiled: Compiled, error: TemplateError) -> str:
    return str(error).removeprefix(f"${{{{ {compiled.text} }}}}: ")


def _parts(compiled: Compiled, scope: Scope) -> tuple[Part, ...]:
    """What stands in the expression besides literals and secrets, once each; what is not there is left out."""
    references = {named(reference): reference for reference in compiled.references if reference.root != "secrets"}
    return tuple(found for reference in list(references.values())[:MOST_PARTS] for found in _part(reference, scope))


def _part(reference: Reference, scope: Scope) -> Iterator[Part]:
    value = getattr(scope, reference.root)
    place: list[str | int] = []
    try:
        for key in reference.path:
            place.append(key + len(value) if isinstance(key, int) and key < 0 else key)
            value = item(value, key, reference.root)
    except TemplateError:
        return
    yield Part(reference, tuple(place), value)


def named(reference: Reference) -> str:
    """The reference as it is written: `response.json.items[0].sku`, `vars["my key"]`."""
    return reference.root + "".join(_step(key) for key in reference.path)


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isidentifier() else f'["{key}"]'
