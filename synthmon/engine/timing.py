"""Where a step's time went: its latency, the phases of the exchanges it is made of, and what a slow one is told as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

from synthmon.model.run import Exchange, ExchangePurpose, Failure, FailureKind, Phases
from synthmon.model.words import seconds

_WORDS = {
    "dns": "looking up the name",
    "connect": "connecting",
    "tls": "the TLS handshake",
    "send": "sending the request",
    "first_byte": "waiting for the first byte",
    "transfer": "reading the answer",
}


def spent(exchanges: Iterable[Exchange], *, tokens: bool = False) -> float:
    """Seconds from request sent to last byte, redirects included; of token exchanges if so asked, else without them."""
    total = 0.0
    for exchange in exchanges:
        if (exchange.purpose is ExchangePurpose.TOKEN) is tokens:
            total += exchange.phases.total or 0.0
    return total


def budget_failure(
    what: str, took: float, budget: float | None, phases: Phases | None = None, *, hard: bool = False
) -> Failure | None:
    """Why something is too slow, naming the phase that took longest; None within the budget, which is inclusive.

    What is slower than a hard budget has failed; otherwise it is degraded.
    """
    if budget is None or took <= budget:
        return None
    message = f"{what}took {seconds(took)}, {'and has failed beyond' if hard else 'budget'} {seconds(budget)}"
    longest = None if phases is None else _longest(phases)
    return Failure(
        FailureKind.BUDGET,
        message if longest is None else f"{message}, {longest[0]} took {seconds(longest[1])}",
        expected=f"at most {seconds(budget)}",
        actual=seconds(took),
    )


def phase_failures(phases: Phases, budgets: Iterable[tuple[str, float]]) -> list[Failure]:
    """Every phase that took longer than its own budget; a phase that did not happen took no time."""
    slow = [(name, took, budget) for name, budget in budgets if (took := getattr(phases, name) or 0.0) > budget]
    return [
        Failure(
            FailureKind.BUDGET,
            f"{_WORDS[name]} took {seconds(took)}, budget {seconds(budget)}",
            expected=f"{name}: at most {seconds(budget)}",
            actual=seconds(took),
        )
        for name, took, budget in slow
    ]


def peaks(first: Phases, second: Phases) -> Phases:
    """The longer of each phase: what the phases of several attempts are held against a budget with."""
    longer: dict[str, float | None] = {}
    for field in fields(Phases):
        known = [value for one in (first, second) if (value := getattr(one, field.name)) is not None]
        longer[field.name] = max(known, default=None)
    return Phases(**longer)


def _longest(phases: Phases) -> tuple[str, float] | None:
    known = [(_WORDS[name], value) for name in _WORDS if (value := getattr(phases, name))]
    return max(known, key=lambda phase: phase[1], default=None)


def summed(exchanges: Sequence[Exchange]) -> Phases:
    """The phases of all hops of one request together; None where no hop had that phase."""
    if len(exchanges) == 1 and exchanges[0].purpose is not ExchangePurpose.TOKEN:
        return exchanges[0].phases
    hops = [exchange.phases for exchange in exchanges if exchange.purpose is not ExchangePurpose.TOKEN]
    if len(hops) == 1:
        return hops[0]
    sums: dict[str, float | None] = {}
    for field in fields(Phases):
        present = [value for phases in hops if (value := getattr(phases, field.name)) is not None]
        sums[field.name] = sum(present) if present else None
    return Phases(**sums)
