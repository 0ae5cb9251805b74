"""The model of a block: a request that steps of several probes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from synthmon.probefile.format.base import Maybe, Part, Tree, key, required
from synthmon.probefile.format.probe import AskPart
from synthmon.probefile.format.scalars import Identifier, Label

InputType = Literal["string", "number", "integer", "boolean", "array", "object"]


class InputPart(Part):
    """A value that a block needs from the step that uses it."""

    required: Maybe[bool] = key("Whether every step must hand it in; true unless there is a `default`.")
    default: Tree = key("What it is where a step does not hand it in.")
    secret: Maybe[bool] = key("Whether it is a secret, which is shown nowhere.")
    type: Maybe[InputType] = key("The type that it must have; any when left out.", example="string")


class BlockPart(AskPart):
    """A block: one request and what must be true of its answer, for the steps that use it."""

    schema_extra: ClassVar[dict[str, Any]] = {"required": ["synthmon_block", "request"]}

    elsewhere: ClassVar[Mapping[str, str]] = {
        "id": "a block has no id; the step that uses it has one",
        "capture": "captures are taken by the step that uses the block",
        "uses": "a block uses no other block: write its request here",
        "with": "a step hands in what the block needs; declare it under `inputs:`",
    }

    synthmon_block: Literal[1] = required("The version of this format.", example="1")
    description: Maybe[Label] = key("What it is for.")
    inputs: Maybe[dict[Identifier, InputPart]] = key(
        "What the block needs from the step that uses it.", example="{user: {required: true}}"
    )
