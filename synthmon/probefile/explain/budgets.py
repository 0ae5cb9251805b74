"""How slow is too slow, in words."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model.journey import Journey, Step
from synthmon.probefile.explain.phrases import listed, span

_PHASES = {
    "dns": "looking up the name",
    "connect": "connecting",
    "tls": "the TLS handshake",
    "first_byte": "waiting for the first byte",
    "transfer": "reading the answer",
}


def of_step(step: Step) -> Iterator[str]:
    """What a step's budget says beyond the time within which it must answer."""
    if step.phase_budgets:
        each = listed(f"{_PHASES[name]} takes longer than {span(most)}" for name, most in step.phase_budgets)
        yield f"Degraded if {each.replace(' and ', ' or ')}"
    if step.hard_budget is not None:
        yield f"An answer after more than {span(step.hard_budget)} has failed, however right it is"


def of_run(journey: Journey) -> Iterator[str]:
    if journey.latency_budget is not None:
        yield f"A run that takes longer than {span(journey.latency_budget)} is degraded: it works, but too slowly."
    if journey.hard_budget is not None:
        yield f"A run that takes longer than {span(journey.hard_budget)} has failed, although each step was right."
    if any(step.latency_budget is not None for step in journey.steps):
        yield "A step that answers as it must, but later, is degraded as well."
