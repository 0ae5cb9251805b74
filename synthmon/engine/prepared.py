"""A step's request, rendered once and sent as often as is needed: what it says stays the same."""

from __future__ import annotations

from typing import Any

import httpx

from synthmon.engine.built import request_of
from synthmon.engine.context import Context
from synthmon.engine.render import render_request
from synthmon.model.journey import Step
from synthmon.nouns import dataclass


class Prepared:
    """Raises when it is made as rendering does.

    A second attempt with another body under the same idempotency key would be another request to the target.
    """

    def __init__(self, step: Step, context: Context) -> None:
        self._first: httpx.Request | None = render_request(step.request, context.values, context.headers(step))
        self._parts = _parts(self._first)

    def request(self) -> httpx.Request:
        """The request for one sending."""
        first, self._first = self._first, None
        return first if first is not None else self._parts.request()


@dataclass(frozen=True, slots=True)
class _Parts:
    """A request as it was before it was sent: whoever sends one writes into its headers and extensions."""

    method: str
    url: httpx.URL
    headers: list[tuple[bytes, bytes]]
    content: bytes
    extensions: dict[str, Any]

    def request(self) -> httpx.Request:
        return request_of(self.method, self.url, self.headers, self.content, self.extensions)


def _parts(request: httpx.Request) -> _Parts:
    return _Parts(request.method, request.url, request.headers.raw, request.content, dict(request.extensions))
