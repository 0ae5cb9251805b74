"""One route for programs: how it is called, what it needs, what it is given, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from synthmon.nouns import dataclass
from synthmon.web.access import Need
from synthmon.web.views import View


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, read at the door: parts of the path, the query and the body, each as its operation declares."""

    request: Request
    path: Mapping[str, str]
    query: Any = None
    body: Any = None


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is no JSON: its types of content."""

    media_types: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`answer` is synchronous and returns a value of the model under `status`, or a response for a `Text`.

    `problems` are the refusals of its own; what every call may be refused with is added by the document.
    """

    method: str
    path: str
    name: str  # operationId
    summary: str
    need: Need
    answer: Callable[[View, Call], BaseModel | Response]
    answers: type[BaseModel] | Text
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    tag: str = ""
    problems: Mapping[int, str] = field(default_factory=dict)
    described: str = ""
    what: str | None = None  # what it changes, as the audit calls it

    @property
    def methods(self) -> tuple[str, ...]:
        return (self.method,)

    @property
    def form(self) -> bool:
        """Nothing of this is posted by a page."""
        return False

    @property
    def switch(self) -> None:
        """No setting opens any of this to everybody."""
        return None

    @property
    def changes(self) -> bool:
        """Whether it does something, so that it is done with the bearer token only."""
        return self.method not in {"GET", "HEAD"}
