"""A step's request, rendered once and sent as often as is needed: what it says stays the same."""

from __future__ import annotations

from synthmon.engine.built import Built, copied
from synthmon.engine.context import Context
from synthmon.engine.render import render_request
from synthmon.model.journey import Step


def rendered(step: Step, context: Context) -> Built:
    """The request of a step for one sending. Raises as rendering does."""
    return render_request(step.request, context.values, context.headers(step))


class Prepared:
    """Raises when it is made as rendering does.

    A second attempt with another body under the same idempotency key would be another request to the target.
    """

    def __init__(self, step: Step, context: Context) -> None:
        self._request = rendered(step, context)

    def request(self) -> Built:
        """The request for one sending."""
        return copied(self._request)
