"""Tells a target where a request stands in the run's trace (W3C Trace Context)."""

from __future__ import annotations

from collections import Counter

import httpx

from synthmon.model import trace

HEADER = "traceparent"


class Trace:
    """Of one run. Each request on the wire has a span of its own, also a hop, an attempt and one for a token."""

    def __init__(self, run: str, leftovers_of: str | None = None) -> None:
        self._run, self._leftovers_of = run, leftovers_of
        self._sent: Counter[str] = Counter()
        self.id = trace.trace_id(run)

    def of_leftovers(self, run: str) -> Trace:
        """For the cleanup after an earlier run, which this one makes."""
        return Trace(self._run, run)

    def mark(self, request: httpx.Request, step: str) -> None:
        """Write the header, unless the probe did, just before the request is sent."""
        place = step if self._leftovers_of is None else trace.leftover_place(self._leftovers_of, step)
        span = trace.exchange_span(self._run, place, self._sent[place])
        self._sent[place] += 1
        known = request.headers.get(HEADER)
        if known is None or known.startswith(f"00-{self.id}-"):
            request.headers[HEADER] = trace.traceparent(self.id, span)
