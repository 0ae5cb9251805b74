"""Tells a target where a request stands in the run's trace (W3C Trace Context)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.engine.built import Built, put, value_of
from synthmon.model import trace

if TYPE_CHECKING:
    import httpx

HEADER = b"traceparent"


class Trace:
    """Of one run. Each request on the wire has a span of its own, also a hop, an attempt and one for a token."""

    def __init__(self, run: str, leftovers_of: str | None = None) -> None:
        self._run, self._leftovers_of = run, leftovers_of
        self._spans = trace.Spans(run)
        self._sent: dict[str, int] = {}
        self.id = trace.trace_id(run)
        self._said = f"00-{self.id}-"
        self._ours = self._said.encode()

    def of_leftovers(self, run: str) -> Trace:
        """For the cleanup after an earlier run, which this one makes."""
        return Trace(self._run, run)

    def mark(self, request: httpx.Request, step: str) -> None:
        """Write the header, unless the probe did, just before the request is sent: version 00, and the flag that it is
        sampled, as every run is kept.
        """
        place = step if self._leftovers_of is None else trace.leftover_place(self._leftovers_of, step)
        number = self._sent.get(place, 0)
        self._sent[place] = number + 1
        span = self._spans.of_exchange(place, number)
        if type(request) is Built and (fields := request.fields) is not None:
            known = fields.get(HEADER)
            if known is None or known[1].startswith(self._ours):
                fields[HEADER] = (HEADER, f"{self._said}{span}-01".encode())
            return
        said = value_of(request, HEADER)
        if said is None or said.startswith(self._ours):
            put(request, HEADER, f"{self._said}{span}-01".encode())
