"""Where a run stands in traces (W3C Trace Context): ids that follow from what was done, so that everybody who knows the
run knows them, and what is told twice is told once.
"""

from __future__ import annotations

from hashlib import blake2b

from synthmon.nouns import dataclass

_DIGITS = frozenset("0123456789abcdef")
_NO_SPAN = "0" * 16
_BYTES = 8  # of a span's id


@dataclass(frozen=True, slots=True)
class Telling:
    """Which probes tell their targets of the run's trace: `header`, whether any does; `not_for`, exceptions."""

    header: bool = True
    not_for: frozenset[str] = frozenset()

    def told_by(self, probe: str) -> bool:
        return self.header and probe not in self.not_for


def trace_id(run_id: str) -> str:
    """32 hexadecimal digits: those of the run's id."""
    return run_id.replace("-", "")


def root_span(run_id: str) -> str:
    """The span of the run as a whole."""
    return _span(run_id)


def step_span(run_id: str, place: str) -> str:
    """The span of a step; `place` is its id, or `LEFTOVER/RUN/ID` of one that cleans up after an earlier run."""
    return _span(run_id, place)


class Spans:
    """The spans of one run's requests, of which each is asked for: what they have in common is hashed once."""

    def __init__(self, run_id: str) -> None:
        self._begun = blake2b(f"{run_id}\x1f".encode(), digest_size=_BYTES)

    def of_exchange(self, place: str, number: int) -> str:
        """As `exchange_span`."""
        digest = self._begun.copy()
        digest.update(f"{place}\x1f{number}".encode())
        found = digest.hexdigest()
        return found if found != _NO_SPAN else _span_of(found)


def exchange_span(run_id: str, place: str, number: int) -> str:
    """The span of the step's request number `number` on the wire, from 0: the one that `traceparent` names."""
    return _span(run_id, place, str(number))


def leftover_place(run_id: str, step: str) -> str:
    """The place of a step that cleans up after an earlier run."""
    return f"leftover/{run_id}/{step}"


def link(template: str | None, trace: str | None) -> str | None:
    """Where people look at the trace; None without one, and for what is no trace: agents can send anything."""
    if template is None or trace is None or len(trace) != 32 or not set(trace) <= _DIGITS:
        return None
    return template.replace("{trace_id}", trace)


def _span(*parts: str) -> str:
    return _span_of(blake2b("\x1f".join(parts).encode(), digest_size=_BYTES).hexdigest())


def _span_of(digest: str) -> str:
    """16 hexadecimal digits, not all of them 0."""
    return digest if digest != _NO_SPAN else "0" * 15 + "1"
