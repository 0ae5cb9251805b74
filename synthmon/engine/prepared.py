"""A step's request, rendered once and sent as often as is needed: what it says stays the same."""

from __future__ import annotations

import httpx

from synthmon.engine.context import Context
from synthmon.engine.render import render_request
from synthmon.model.journey import Step

_TRACE = "traceparent"


class Prepared:
    """Raises when it is made as rendering does.

    A second attempt with another body under the same idempotency key would be another request to the target.
    """

    def __init__(self, step: Step, context: Context) -> None:
        self._step, self._context = step, context
        self._rendered = render_request(step.request, context.values, context.headers(step))
        self._handed_out = 0

    def request(self) -> httpx.Request:
        """The request for one sending; each has a span of its own in the run's trace, unless the probe gives one."""
        copy = _copy(self._rendered)
        if self._handed_out and _TRACE not in {name.lower() for name in self._step.request.headers}:
            copy.headers[_TRACE] = self._context.headers(self._step)[_TRACE]
        self._handed_out += 1
        return copy


def _copy(request: httpx.Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers.raw,
        content=request.content or None,
        extensions=dict(request.extensions),
    )
