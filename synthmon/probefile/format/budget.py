"""The models of a latency budget: one duration, or a mapping that says from when on what has failed."""

from __future__ import annotations

from typing import Annotated

from synthmon.probefile.format.base import MAPPING, Maybe, Part, key
from synthmon.probefile.format.marks import Discriminator, Tag
from synthmon.probefile.format.scalars import Duration

_VALUE = "‹value›"


def _kind(value: object) -> str:
    return MAPPING if isinstance(value, dict) else _VALUE


class JourneyBudgetPart(Part):
    """How long a run may take."""

    degraded: Maybe[Duration] = key("Slower than this is degraded.", example="8s")
    failed: Maybe[Duration] = key("Slower than this has failed.", example="30s")


class StepBudgetPart(Part):
    """How long a step may take, and how long each phase of it."""

    degraded: Maybe[Duration] = key("Slower than this is degraded.", example="800ms")
    failed: Maybe[Duration] = key("Slower than this has failed.", example="3s")
    dns: Maybe[Duration] = key("Looking up the name; longer is degraded.", example="100ms")
    connect: Maybe[Duration] = key("Connecting; longer is degraded.", example="100ms")
    tls: Maybe[Duration] = key("The TLS handshake; longer is degraded.", example="200ms")
    first_byte: Maybe[Duration] = key("Waiting for the first byte of the answer; longer is degraded.", example="300ms")
    transfer: Maybe[Duration] = key("Reading the answer; longer is degraded.", example="500ms")


PHASES = ("dns", "connect", "tls", "first_byte", "transfer")

JourneyBudget = Annotated[
    Annotated[Duration, Tag(_VALUE)] | Annotated[JourneyBudgetPart, Tag(MAPPING)], Discriminator(_kind)
]
StepBudget = Annotated[Annotated[Duration, Tag(_VALUE)] | Annotated[StepBudgetPart, Tag(MAPPING)], Discriminator(_kind)]
