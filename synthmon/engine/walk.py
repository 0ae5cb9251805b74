"""The walk of one run: steps in order until one breaks, then the cleanup whatever happened, then one honest result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx

from synthmon.engine.attempt import Limit
from synthmon.engine.cleaned import cleaned
from synthmon.engine.context import Context
from synthmon.engine.decision import decide, excused
from synthmon.engine.evidence import evidence
from synthmon.engine.guard import guarded
from synthmon.engine.leftovers import CLEANUP, cleaned_up
from synthmon.engine.owing import Owing
from synthmon.engine.ports import Surroundings
from synthmon.engine.step import suspicious, take
from synthmon.engine.timing import budget_failure, spent
from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Step
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Failure, FailureKind, Leftover, Outcome, Quality, RunKey, RunResult, StepResult
from synthmon.model.words import seconds


def walk(
    probe: Probe, key: RunKey, region: ProbeRegion, surroundings: Surroundings, transport: httpx.BaseTransport
) -> RunResult:
    """Execute one run. Never raises: a target's fault and our own are values in the result, which holds no secret."""
    return guarded(
        lambda: _walked(Context(probe, key, region, surroundings, transport)),
        lambda failure: _lost(probe, key, surroundings, failure),
        key,
    )


def _walked(context: Context) -> RunResult:
    owing = Owing(context)
    steps = _steps(context, owing)
    ended = context.elapsed() - context.values.waited
    limit = _begin_cleanup(context)
    cleanup = [_within(step, context, limit) for step in context.probe.journey.cleanup]
    owing.settle(cleanup)
    reached = not any(step.outcome.broken and not step.excused for step in steps)  # else it would be tried in vain
    leftovers = cleaned_up(context, limit, _within) if reached else ()
    context.tell_commands()
    if context.surroundings.met is not None:
        context.surroundings.met(context.secrets_met())
    result = _result(context, steps, cleanup, ended)
    if leftovers:
        result = replace(result, leftovers=_shown(leftovers, context))
    result = cleaned(result, context.scrubber())
    context.remember()
    return result


def _lost(probe: Probe, key: RunKey, surroundings: Surroundings, failure: Failure) -> RunResult:
    """When the walk itself fails, nothing of what it found is trusted."""
    return RunResult(
        key,
        surroundings.clock.now(),
        0.0,
        Outcome.ERROR,
        failures=(failure,),
        probe_hash=probe.content_hash,
        latency_budget=probe.journey.latency_budget,
    )


def _steps(context: Context, owing: Owing) -> list[StepResult]:
    journey = context.probe.journey
    limit = Limit(context.start + journey.timeout, f"the journey's timeout of {seconds(journey.timeout)}")
    results: list[StepResult] = []
    broken: StepResult | None = None
    for step in journey.steps:
        result = (
            _skipped(step, context, _after(broken))
            if broken
            else _executed(step, context, limit.later(context.values.waited), owing)
        )
        results.append(result)
        if broken is None and result.outcome.broken and not result.excused:
            broken = result
    return results


def _executed(step: Step, context: Context, limit: Limit, owing: Owing) -> StepResult:
    if context.stopping:
        return _unstarted(step, context, Failure(FailureKind.SHUTDOWN, "synthmon stopped before this step"))
    owing.before(step)
    result = _within(step, context, limit)
    owing.after()
    return result


def _within(step: Step, context: Context, limit: Limit) -> StepResult:
    """The step's result, which is `internal` if we are at fault."""
    result = guarded(
        lambda: _made(step, context, limit),
        lambda failure: _unstarted(step, context, failure),
        context.key,
        context.scrubber,
    )
    return excused(step, result, limit)


def _made(step: Step, context: Context, limit: Limit) -> StepResult:
    """Skipped if it is not wanted; broken without being started if its time is over."""
    context.values.begin(step)
    decided = decide(step, context.values, cleaning=context.cleaning)
    if isinstance(decided, str):
        return _skipped(step, context, decided)
    if decided is not None:
        return _unstarted(step, context, decided)
    if context.clock.monotonic() >= limit.at:
        message = f"{limit.whose} was over before this step began"
        return _unstarted(step, context, Failure(FailureKind.TIMEOUT, message, expected=limit.whose))
    return take(step, context, limit)


def _begin_cleanup(context: Context) -> Limit:
    """It runs always, in order, within its own time, which a journey that timed out and a stop do not touch."""
    context.cleaning = True
    return Limit(context.clock.monotonic() + CLEANUP, f"the cleanup's time of {seconds(CLEANUP)}")


def _shown(leftovers: tuple[Leftover, ...], context: Context) -> tuple[Leftover, ...]:
    """With the evidence of what could not be cleaned up."""
    return tuple(
        replace(leftover, steps=tuple(map(_with_evidence(context, f"{leftover.run}/"), leftover.steps)))
        for leftover in leftovers
    )


def _after(broken: StepResult) -> str:
    how = "failed" if broken.outcome is Outcome.FAILED else "could not be judged"
    return f"`{broken.id}` {how} before it"


def _skipped(step: Step, context: Context, reason: str) -> StepResult:
    return replace(_blank(step, context, Outcome.SKIPPED), skipped_because=reason)


def _unstarted(step: Step, context: Context, failure: Failure) -> StepResult:
    outcome = Outcome.ERROR if failure.kind.is_ours else Outcome.FAILED
    return replace(_blank(step, context, outcome), failures=(replace(failure, source=str(step.source)),))


def _blank(step: Step, context: Context, outcome: Outcome) -> StepResult:
    return StepResult(step.id, step.name, outcome, context.elapsed(), 0.0, latency_budget=step.latency_budget)


def _result(context: Context, steps: list[StepResult], cleanup: list[StepResult], ended: float) -> RunResult:
    """The first broken step names the run; without one the first degraded step does, or the journey's own budget."""
    counted = [step for step in steps if not step.excused]
    broken = next((step for step in counted if step.outcome.broken), None)
    degraded = [step for step in counted if step.outcome is Outcome.DEGRADED]
    latency = None if broken else _journey_latency(context, steps, ended)
    too_slow = _failed_by_time(context, latency)
    slow = () if too_slow else _too_slow(context, latency)
    remarks = (*(failure for step in degraded for failure in step.failures), *slow)
    named = broken or next(iter(degraded), None)
    with_evidence = _with_evidence(context)
    return RunResult(
        key=context.key,
        started_at=context.started_at,
        duration=context.elapsed(),
        outcome=_outcome(broken, too_slow, remarks),
        steps=tuple(map(with_evidence, steps)),
        cleanup=tuple(map(with_evidence, cleanup)),
        failures=broken.failures if broken else (*too_slow, *remarks),
        failed_step=named.id if named else None,
        flaky=broken is None and any(step.flaky for step in steps),
        quality=_quality(context),
        probe_hash=context.probe.content_hash,
        latency=latency,
        latency_budget=context.probe.journey.latency_budget,
        trace_id=context.trace.id if context.trace is not None else None,
    )


def _outcome(broken: StepResult | None, too_slow: tuple[Failure, ...], remarks: tuple[Failure, ...]) -> Outcome:
    if broken is not None:
        return broken.outcome
    if too_slow:
        return Outcome.FAILED
    return Outcome.DEGRADED if remarks else Outcome.PASSED


def _journey_latency(context: Context, steps: list[StepResult], ended: float) -> float:
    """From the first request to the end of the last step, without token exchanges, unless a step is there to renew,
    and without waits for one-time codes.
    """
    fetching = 0.0
    for step, declared in zip(steps, context.probe.journey.steps, strict=True):
        if not _renews(declared):
            fetching += spent(step.exchanges, tokens=True)
    return max(0.0, ended - steps[0].offset - fetching) if steps else 0.0


def _renews(step: Step) -> bool:
    return isinstance(step.auth, ProfileAuth) and step.auth.renew


def _too_slow(context: Context, latency: float | None) -> tuple[Failure, ...]:
    budget = context.probe.journey.latency_budget
    if latency is None or budget is None:
        return ()
    if suspicious(context.lag_since(context.start), budget):
        context.suspect = True
        return ()
    failure = budget_failure("the journey ", latency, budget)
    return () if failure is None else (failure,)


def _failed_by_time(context: Context, latency: float | None) -> tuple[Failure, ...]:
    """Why the run has failed although no step did; the interpreter's own lag is taken off first."""
    budget, lag = context.probe.journey.hard_budget, context.lag_since(context.start)
    if latency is None or suspicious(lag, budget):
        return ()
    failure = budget_failure("the journey ", latency - lag, budget, hard=True)
    return () if failure is None else (failure,)


def _with_evidence(context: Context, of: str = "") -> Callable[[StepResult], StepResult]:
    """Adds the evidence to broken and degraded steps, now that every secret of the run is known."""

    if not context.materials:
        return lambda step: step

    def add(step: StepResult) -> StepResult:
        material = context.materials.get(f"{of}{step.id}")
        if material is None:
            return step
        found = evidence(material, context.scrubber(), context.redaction)
        return replace(step, evidence=found if of else replace(found, command=context.by_hand(step.id)))

    return add


def _quality(context: Context) -> Quality:
    late = max(0.0, (context.started_at - context.key.slot).total_seconds())
    return Quality(late=late, lag=context.lag_since(context.start), suspect=context.suspect)
