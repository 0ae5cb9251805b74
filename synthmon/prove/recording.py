"""A good run as it went over the wire: every answer by step and order, with what the run drew of time and chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias

import httpx

from synthmon.engine.fault import Wire
from synthmon.model.run import ExchangePurpose, Failure, RunKey
from synthmon.nouns import dataclass

Lane: TypeAlias = "tuple[str, bool]"
"""A step's id, and whether it is about its token requests: within a lane, answers are told apart by their order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target sent. It may hold secrets: it is kept in memory, or masked first."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        lines = httpx.Headers(self.headers).get_list(name)
        return lines[0] if lines else None

    @property
    def content_type(self) -> str:
        return self.header("Content-Type") or ""

    def response(self, wire: Wire) -> httpx.Response:
        """As the engine's own transport makes it: headers in place afterwards, so that nothing is decoded again."""
        made = httpx.Response(self.status, content=self.body, extensions={"synthmon.wire": wire})
        made.headers = httpx.Headers(self.headers)
        return made


@dataclass(frozen=True, slots=True)
class Taken:
    """One exchange: an answer, or the failure to get one."""

    step: str
    purpose: ExchangePurpose
    wire: Wire
    answer: Answer | None = None
    failure: Failure | None = None
    resendable: bool = False

    @property
    def lane(self) -> Lane:
        return self.step, self.purpose is ExchangePurpose.TOKEN


@dataclass(frozen=True, slots=True)
class Recording:
    """`seed` and `instants` repeat what the run drew: chance from the seed, each look at the wall clock in order."""

    key: RunKey
    seed: int
    instants: tuple[datetime, ...]
    taken: tuple[Taken, ...]
    masked: bool = False  # it was kept in a file: secrets and personal data are stand-ins

    def lane(self, lane: Lane) -> tuple[Taken, ...]:
        return tuple(one for one in self.taken if one.lane == lane)

    @property
    def tokens(self) -> tuple[Taken, ...]:
        return tuple(one for one in self.taken if one.purpose is ExchangePurpose.TOKEN)

    def before(self, step: str) -> Iterator[Taken]:
        """What was answered before a step's first exchange, tokens left out."""
        for one in self.taken:
            if one.step == step:
                return
            if one.purpose is not ExchangePurpose.TOKEN:
                yield one
