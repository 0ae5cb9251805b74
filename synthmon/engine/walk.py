"""The walk of one run: steps in order until one breaks, then the cleanup whatever happened, then one honest result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from synthmon.engine.attempt import Limit
from synthmon.engine.cleaned import cleaned
from synthmon.engine.context import Context
from synthmon.engine.decision import decide, excused
from synthmon.engine.guard import guarded
from synthmon.engine.leftovers import CLEANUP, cleaned_up
from synthmon.engine.owing import Owing
from synthmon.engine.ports import Surroundings
from synthmon.engine.step import in_time, suspicious, take
from synthmon.engine.straight import straight
from synthmon.engine.timing import budget_failure, spent
from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Step
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Failure, FailureKind, Leftover, Outcome, Quality, RunKey, RunResult, StepResult
from synthmon.model.words import seconds
from synthmon.nouns import maker

if TYPE_CHECKING:
    import httpx

_run_result, _quality = maker(RunResult), maker(Quality)
Make: TypeAlias = "Callable[[Step, Context, Limit], StepResult]"
_PASSED = Outcome.PASSED  # to ask the class each time takes longer than to make what it is for


def walk(
    probe: Probe, key: RunKey, region: ProbeRegion, surroundings: Surroundings, transport: httpx.BaseTransport
) -> RunResult:
    """Execute one run. Never raises: a target's fault and our own are values in the result, which holds no secret."""
    return guarded(_walked, _lost, key, None, probe, key, region, surroundings, transport)


def _walked(
    probe: Probe, key: RunKey, region: ProbeRegion, surroundings: Surroundings, transport: httpx.BaseTransport
) -> RunResult:
    context = Context(probe, key, region, surroundings, transport)
    owing = Owing(context) if probe.journey.cleanup else None
    steps = _steps(context, owing)
    ended = context.elapsed() - context.values.waited
    cleanup, leftovers = _cleaned_up(context, steps, owing) if surroundings.ledger or owing else ([], ())
    context.tell_commands()
    if surroundings.met is not None:
        surroundings.met(context.secrets_met())
    result = _result(context, steps, cleanup, ended)
    if leftovers:
        result = replace(result, leftovers=_shown(leftovers, context))
    met = context.secrets_met()
    result = cleaned(result, context.scrubber(met))
    context.remember(met)
    return result


def _lost(
    failure: Failure,
    probe: Probe,
    key: RunKey,
    _region: ProbeRegion,
    surroundings: Surroundings,
    _transport: httpx.BaseTransport,
) -> RunResult:
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


def _steps(context: Context, owing: Owing | None) -> list[StepResult]:
    journey = context.probe.journey
    limit = Limit(context.start + journey.timeout, _journeys(journey.timeout))
    results: list[StepResult] = []
    if owing is None:
        guarded(_gone, _broken_off, context.key, context.scrubber, context, limit, owing, results)
    else:
        _gone(context, limit, owing, results)  # each step is guarded by itself
    left = journey.steps[len(results) :]
    return [*results, *[_skipped(step, context, _after(results[-1])) for step in left]] if left else results


def _gone(context: Context, limit: Limit, owing: Owing | None, results: list[StepResult]) -> None:
    """Step by step until one breaks. One guard is enough for all that are taken in a straight line."""
    values = context.values
    for step in context.probe.journey.steps:
        now = limit.later(values.waited) if values.waited else limit
        result = straight(step, context, now) if owing is None else None
        if result is None:
            result = _executed(step, context, now, owing)
        results.append(result)
        if result.outcome is not _PASSED and result.outcome.broken and not result.excused:
            return


def _broken_off(
    failure: Failure, context: Context, _limit: Limit, _owing: Owing | None, results: list[StepResult]
) -> None:
    """A step in a straight line met a defect."""
    results.append(_unstarted(context.probe.journey.steps[len(results)], context, failure))


@lru_cache(maxsize=256)
def _journeys(timeout: float) -> str:
    return f"the journey's timeout of {seconds(timeout)}"


def _executed(step: Step, context: Context, limit: Limit, owing: Owing | None) -> StepResult:
    if context.stopping:
        return _unstarted(step, context, Failure(FailureKind.SHUTDOWN, "synthmon stopped before this step"))
    if owing is None:
        return _within(step, context, limit, _carefully)
    owing.before(step)
    result = _within(step, context, limit)
    owing.after()
    return result


def _within(step: Step, context: Context, limit: Limit, make: Make | None = None) -> StepResult:
    """The step's result, which is `internal` if we are at fault."""
    result = guarded(make or _made, _not_made, context.key, context.scrubber, step, context, limit)
    return excused(step, result, limit) if step.allow_failure else result


def _made(step: Step, context: Context, limit: Limit) -> StepResult:
    return straight(step, context, limit) or _carefully(step, context, limit)


def _carefully(step: Step, context: Context, limit: Limit) -> StepResult:
    """Skipped if it is not wanted; broken without being started if its time is over."""
    context.values.begin(step)
    decided = decide(step, context.values, cleaning=context.cleaning)
    if isinstance(decided, str):
        return _skipped(step, context, decided)
    if decided is not None:
        return _unstarted(step, context, decided)
    began = context.monotonic()
    if began >= limit.at:
        message = f"{limit.whose} was over before this step began"
        return _unstarted(step, context, Failure(FailureKind.TIMEOUT, message, expected=limit.whose))
    return take(step, context, limit, began)


def _not_made(failure: Failure, step: Step, context: Context, _limit: Limit) -> StepResult:
    return _unstarted(step, context, failure)


def _cleaned_up(
    context: Context, steps: list[StepResult], owing: Owing | None
) -> tuple[list[StepResult], tuple[Leftover, ...]]:
    """What came of the cleanup of this run, and of what earlier ones left behind."""
    limit = _begin_cleanup(context)
    cleanup = [_within(step, context, limit) for step in context.probe.journey.cleanup]
    if owing is not None:
        owing.settle(cleanup)
    reached = not any(step.outcome.broken and not step.excused for step in steps)  # else it would be tried in vain
    return cleanup, cleaned_up(context, limit, _within) if reached else ()


def _begin_cleanup(context: Context) -> Limit:
    """It runs always, in order, within its own time, which a journey that timed out and a stop do not touch."""
    context.outlet.cleaning = True
    return Limit(context.monotonic() + CLEANUP, f"the cleanup's time of {seconds(CLEANUP)}")


def _shown(leftovers: tuple[Leftover, ...], context: Context) -> tuple[Leftover, ...]:
    """With the evidence of what could not be cleaned up."""
    return tuple(
        replace(leftover, steps=_with_evidence(context, leftover.steps, f"{leftover.run}/")) for leftover in leftovers
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
    counted = [step for step in steps if step.outcome is not _PASSED and not step.excused]
    broken = next((step for step in counted if step.outcome.broken), None) if counted else None
    degraded = [step for step in counted if step.outcome is Outcome.DEGRADED] if counted else counted
    journey, lag = context.probe.journey, context.lag_since(context.start)
    latency = None if broken else _journey_latency(context, steps, ended)
    on_time = in_time(journey, latency, lag)
    too_slow = () if on_time else _failed_by_time(context, latency, lag)
    slow = () if on_time or too_slow else _too_slow(context, latency, lag)
    remarks = (*[failure for step in degraded for failure in step.failures], *slow) if degraded else slow
    named = broken or next(iter(degraded), None)
    return _run_result(
        context.key,
        context.started_at,
        context.elapsed(),
        _outcome(broken, too_slow, remarks),
        _with_evidence(context, steps),
        _with_evidence(context, cleanup) if cleanup else (),
        broken.failures if broken else (*too_slow, *remarks),
        named.id if named else None,
        broken is None and context.tries_again and _flaky(journey.steps, steps),
        _quality(_late(context), lag, context.suspect),
        context.probe.content_hash,
        latency,
        journey.latency_budget,
        trace_id=context.trace.id if context.trace is not None else None,
    )


def _flaky(declared: Iterable[Step], steps: Iterable[StepResult]) -> bool:
    """Whether a step that may be tried again was."""
    return any(result.flaky for step, result in zip(declared, steps, strict=True) if step.retry is not None)


def _late(context: Context) -> float:
    """Seconds after the slot at which the run began."""
    late = (context.started_at - context.key.slot).total_seconds()
    return late if late > 0.0 else 0.0


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
    if not steps:
        return 0.0
    fetching = 0.0
    if context.probe.journey.auth:
        for step, declared in zip(steps, context.probe.journey.steps, strict=True):
            if not _renews(declared):
                fetching += spent(step.exchanges, tokens=True)
    return max(0.0, ended - steps[0].offset - fetching)


def _renews(step: Step) -> bool:
    return isinstance(step.auth, ProfileAuth) and step.auth.renew


def _too_slow(context: Context, latency: float | None, lag: float) -> tuple[Failure, ...]:
    budget = context.probe.journey.latency_budget
    if latency is None or budget is None:
        return ()
    if suspicious(lag, budget):
        context.suspect = True
        return ()
    failure = budget_failure("the journey ", latency, budget)
    return () if failure is None else (failure,)


def _failed_by_time(context: Context, latency: float | None, lag: float) -> tuple[Failure, ...]:
    """Why the run has failed although no step did; the interpreter's own lag is taken off first."""
    budget = context.probe.journey.hard_budget
    if latency is None or budget is None or suspicious(lag, budget):
        return ()
    failure = budget_failure("the journey ", latency - lag, budget, hard=True)
    return () if failure is None else (failure,)


def _with_evidence(context: Context, steps: Iterable[StepResult], of: str = "") -> tuple[StepResult, ...]:
    """With the evidence of those that broke or are degraded, now that every secret of the run is known."""
    if not context.materials:
        return tuple(steps)
    return tuple(_with_its_evidence(context, step, of) for step in steps)


def _with_its_evidence(context: Context, step: StepResult, of: str) -> StepResult:
    material = context.materials.get(f"{of}{step.id}")
    if material is None:
        return step
    from synthmon.engine.evidence import evidence  # here, because most steps hold

    found = evidence(material, context.scrubber(), context.redaction)
    return replace(step, evidence=found if of else replace(found, command=context.by_hand(step.id)))
