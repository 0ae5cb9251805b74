"""Answers that are right and slow: one phase takes as long as breaks the budget just so, or ten times over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from synthmon.engine.limits import Limits
from synthmon.model.words import seconds
from synthmon.nouns import dataclass
from synthmon.prove.mutation import Excuse, Fault, Made, Mutation, Remedy, given
from synthmon.prove.replay import Change
from synthmon.prove.subject import Subject

JUST, TIMES = 1.01, 10
LEAST = 0.1  # seconds that a step without a budget is taken to need, when ten times of it are meant
ROUND = (0.1, 0.2, 0.3, 0.5, 0.8, 1, 2, 3, 5, 8, 10, 20, 30, 60)
_ON_THE_WAY = ("dns", "connect", "tls")


@dataclass(frozen=True, slots=True)
class _Measure:
    """A budget, what of it the good run used (seconds), and whose it is; None where there is no budget."""

    budget: float | None
    used: float


def slow(phase: str, words: str) -> Callable[[Mutation, Subject], Made]:
    """The mutation that makes a phase slow; `words` name it."""

    def make(mutation: Mutation, subject: Subject) -> Made:
        took = getattr(subject.taken.wire.phases, phase)
        if took is None:
            why = "the connection was there already" if subject.taken.wire.reused else "the connection is not encrypted"
            yield Excuse(mutation.id, subject.step.id, phase, why)
            return
        measure = _measure(subject, phase)
        if subject.cleanup and measure.budget is None:
            yield Excuse(mutation.id, subject.step.id, phase, "cleanup takes the time it takes")
            return
        for extra, how in _sizes(measure):
            yield _slowed(mutation, subject, (phase, f"{words} takes {how}"), _bounded(subject, phase, extra, measure))

    return make


def _measure(subject: Subject, phase: str) -> _Measure:
    """The budget that is broken first when this phase becomes slower."""
    step, journey, result = subject.step, subject.stage.probe.journey, subject.result
    whole = subject.taken.wire.phases.total or 0.0
    used = whole if step.poll is not None else result.latency or whole
    of_step = [_Measure(budget, used) for budget in (step.latency_budget, step.hard_budget) if budget is not None]
    of_step += [
        _Measure(budget, getattr(subject.taken.wire.phases, name) or 0.0)
        for name, budget in step.phase_budgets
        if name == phase
    ]
    of_journey = [
        _Measure(budget, subject.latency)
        for budget in (journey.latency_budget, journey.hard_budget)
        if budget is not None and not subject.cleanup
    ]
    found = of_step or of_journey
    return min(found, key=lambda one: (one.budget or 0.0) - one.used, default=_Measure(None, used))


def _sizes(measure: _Measure) -> list[tuple[float, str]]:
    """Seconds more than in the good run, and how that is told."""
    if measure.budget is None:
        much = max(measure.used, LEAST) * TIMES
        return [(much - measure.used, f"{seconds(much)}, and no budget is declared")]
    return [
        (measure.budget * JUST - measure.used, f"so long that the budget of {seconds(measure.budget)} is just broken"),
        (
            measure.budget * TIMES - measure.used,
            f"so long that the budget of {seconds(measure.budget)} is broken ten times over",
        ),
    ]


def _bounded(subject: Subject, phase: str, extra: float, measure: _Measure) -> float | None:
    """Until the connection stands synthmon itself is patient for a few seconds only; None if that is too short."""
    if phase not in _ON_THE_WAY:
        return extra
    phases, limits = subject.taken.wire.phases, Limits()
    spent = sum(getattr(phases, name) or 0.0 for name in _ON_THE_WAY)
    patience = min(limits.secure if phase == "tls" else limits.connect, subject.step.timeout) * 0.98 - spent
    needed = (measure.budget or LEAST) - measure.used
    return min(extra, patience) if patience > needed else None


def _slowed(mutation: Mutation, subject: Subject, told: tuple[str, str], extra: float | None) -> Fault | Excuse:
    phase, words = told
    if extra is None:
        reason = "before such a budget is broken, synthmon gives up connecting"
        return Excuse(mutation.id, subject.step.id, phase, reason)
    phases = subject.taken.wire.phases
    longer = replace(phases, total=(phases.total or 0.0) + extra, **{phase: (getattr(phases, phase) or 0.0) + extra})
    wire = replace(subject.taken.wire, phases=longer)
    change = Change(subject.lane, subject.at, replace(subject.taken, wire=wire))
    return Fault(mutation.id, subject.step.id, phase, words, given(change), _budget(subject))


def _budget(subject: Subject) -> Remedy:
    """A round budget with room above what the good run needed, below the step's timeout."""
    used = subject.result.latency or subject.taken.wire.phases.total or 0.0
    least = max(used * 3, LEAST)
    chosen = next((one for one in ROUND if one >= least), ROUND[-1])
    chosen = min(chosen, subject.step.timeout)
    return {"latency_budget": f"{chosen * 1000:.0f}ms" if chosen < 1 else f"{chosen:g}s"}
