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
        self._ours = f"00-{self.id}-".encode()

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
        known = value_of(request, HEADER)
        if known is not None and not known.startswith(self._ours):
            return
        written = b"%b%b-01" % (self._ours, self._spans.of_exchange(place, number).encode())
        if type(request) is Built and request.fields is not None:
            request.fields[HEADER] = (HEADER, written)
        else:
            put(request, HEADER, written)
