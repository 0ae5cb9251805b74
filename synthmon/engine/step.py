"""One step of a run: tried, held against what it expects, then against its budget, and only then captured from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace

from synthmon.engine import capture
from synthmon.engine.answershape import shape_of
from synthmon.engine.assertion import Check, check
from synthmon.engine.attempt import Attempt, Limit, attempt
from synthmon.engine.context import Context
from synthmon.engine.plainly import passed
from synthmon.engine.polling import TOO_LATE, poll
from synthmon.engine.reply import Reply
from synthmon.engine.retrying import retry, with_attempt
from synthmon.engine.timing import budget_failure, phase_failures
from synthmon.errors import SecretUnavailable, TemplateError
from synthmon.model.answer import Expect
from synthmon.model.journey import Journey, Step
from synthmon.model.request import GraphQLBody
from synthmon.model.run import AssertionResult, Failure, FailureKind, Outcome, StepResult
from synthmon.model.words import seconds
from synthmon.nouns import dataclass, maker

LAG = 0.25  # seconds of the interpreter's lag from which latencies are suspect
LAG_SHARE = 0.1  # of a budget, from which latencies are suspect
STALL_SHARE = 0.25  # of a timeout, from which it is our fault that it fired

_result = maker(StepResult)
_PASSED = Outcome.PASSED  # to ask the class each time takes longer than to make what it is for

_CUT_SHORT = frozenset(
    {FailureKind.TIMEOUT, FailureKind.CONNECT, FailureKind.TLS, FailureKind.PROTOCOL, FailureKind.DNS}
)
"""Ways in which an exchange ends when it is cut short, by whomever."""


@dataclass(slots=True)
class _Findings:
    """What is found out about a step, in the order in which it is looked for."""

    assertions: tuple[AssertionResult, ...] = ()
    broken: list[Failure] = field(default_factory=list)
    remarks: list[Failure] = field(default_factory=list)
    captured: dict[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """Where there is anything to say."""
        if self.broken:
            return Outcome.ERROR if self.broken[0].kind.is_ours else Outcome.FAILED
        return Outcome.DEGRADED

    def failures(self, step: Step) -> tuple[Failure, ...]:
        """The broken first: the first of them names the step."""
        source = str(step.source)
        return tuple(replace(failure, source=failure.source or source) for failure in (*self.broken, *self.remarks))


def take(step: Step, context: Context, limit: Limit, began: float) -> StepResult:
    """Execute the step; nothing of it lasts beyond the limit, except what a target does to the last exchange's end.

    `began` is now, an instant of the monotonic clock.
    """
    context.outlet.step = step.id
    context.jar.begin_step()
    return concluded(step, _tried(step, context, limit), context, began)


def concluded(step: Step, tried: Attempt, context: Context, began: float) -> StepResult:
    """What the step found, once all of it was tried."""
    lag = context.lag_since(began)
    findings, reply = _judged(step, tried, context, lag), tried.reply
    outcome, failures = _PASSED, tuple[Failure, ...]()
    if findings.broken or findings.remarks:
        outcome, failures = findings.outcome, with_attempt(step, findings.failures(step), tried.exchanges)
        if (material := tried.material) is not None:
            context.materials[step.id] = material
    return _result(
        step.id,
        step.name,
        outcome,
        began - context.start,
        context.monotonic() - began,
        tried.latency,
        step.latency_budget,
        tried.phases,
        None if reply is None else reply.status,
        findings.assertions,
        failures,
        tried.exchanges,
        findings.captured,
        unverified=None if step.tls is None else step.tls.unverified,
        shape=None if reply is None else shape_of(reply, context.redaction),
    )


def _tried(step: Step, context: Context, limit: Limit) -> Attempt:
    try:
        if step.poll is not None:
            return poll(step, step.poll, context, limit)
        return attempt(step, context, limit) if step.retry is None else retry(step, step.retry, context, limit)
    except (TemplateError, SecretUnavailable) as error:
        return Attempt(failure=unrendered(error))


def _judged(step: Step, tried: Attempt, context: Context, lag: float) -> _Findings:
    findings = _Findings(remarks=list(tried.remarks))
    try:
        _judge(step, tried, context, lag, findings)
    except (TemplateError, SecretUnavailable) as error:
        findings.broken.append(unrendered(error))
    return findings


def _judge(step: Step, tried: Attempt, context: Context, lag: float, findings: _Findings) -> None:
    """Assertions before the budget, the budget before captures, and captures only if nothing is broken."""
    if tried.failure is not None:
        findings.broken.append(_attributed(step, tried.failure, context, lag))
        return
    assert tried.reply is not None, "an attempt without a failure has a reply"
    _check(step, tried.reply, context, findings)
    if not findings.broken and (step.phase_budgets or not in_time(step, tried.latency, lag)):
        findings.broken += _failed_by_time(step, tried, lag)
        findings.remarks += () if findings.broken else _too_slow(step, tried, context, lag)
    if findings.broken:
        return
    if step.warn is not None:
        _warn(step.warn, tried.reply, context, findings)
    for wanted in step.captures:
        taken = capture.take(wanted, tried.reply, context.values, context.redaction)
        if isinstance(taken, Failure):
            findings.broken.append(taken)
        else:
            findings.captured[wanted.name] = taken


def _check(step: Step, reply: Reply, context: Context, findings: _Findings) -> None:
    held = None if context.redacts else passed(step.expect, reply)
    checks = [] if held is not None else [*check(step.expect, reply, context.values, context.redaction)]
    if type(step.request.body) is GraphQLBody:
        from synthmon.engine import graphql  # here, because few steps send one

        checks += graphql.check(step, reply, context.redaction)
    elif held is not None:
        findings.assertions = held
        return
    findings.assertions = (*(held or ()), *[found.result for found in checks])
    findings.broken += _broken(step, checks, reply)


def in_time(declared: Step | Journey, latency: float | None, lag: float) -> bool:
    """Whether nothing is to be said about how long it took, at a look; else it is looked at more closely."""
    if lag > LAG:
        return False
    budget, hard = declared.latency_budget, declared.hard_budget
    return latency is None or ((budget is None or latency <= budget) and (hard is None or latency <= hard))


def _warn(warn: Expect, reply: Reply, context: Context, findings: _Findings) -> None:
    """What only degrades the step; told after everything that breaks it has been found right."""
    checks = check(warn, reply, context.values, context.redaction)
    findings.assertions += tuple(replace(found.result, warning=True) for found in checks)
    findings.remarks += [failure for found in checks if (failure := found.failure) is not None]


def _broken(step: Step, checks: Iterable[Check], reply: Reply) -> list[Failure]:
    failures = [failure for found in checks if (failure := found.failure) is not None]
    return [_as_rejection(failure) if _is_rejection(step, failure, reply) else failure for failure in failures]


def _is_rejection(step: Step, failure: Failure, reply: Reply) -> bool:
    """A 401 to a step that showed who it is: the credentials were refused."""
    return failure.kind is FailureKind.STATUS and reply.status == 401 and step.auth is not None


def _as_rejection(failure: Failure) -> Failure:
    return replace(failure, kind=FailureKind.AUTH, message=f"the credentials were not accepted: {failure.message}")


def _attributed(step: Step, failure: Failure, context: Context, lag: float) -> Failure:
    """The failure, unless it is ours: a stop that was asked for, or a timeout that fired during a stall."""
    if context.stopping and not context.cleaning and failure.kind in _CUT_SHORT:
        return Failure(FailureKind.SHUTDOWN, "synthmon stopped while this step was running", detail=failure.message)
    timeout = _fired(step, failure)
    if timeout is not None and lag > STALL_SHARE * timeout:
        context.suspect = True
        message = f"the interpreter stood still for {seconds(lag)} while this step ran, so its timeout says nothing"
        return Failure(FailureKind.STALL, message, detail=failure.message)
    return failure


def _fired(step: Step, failure: Failure) -> float | None:
    """The timeout in seconds, if the failure is that one fired."""
    if step.poll is not None and failure.detail == TOO_LATE:
        return step.poll.timeout
    return step.timeout if failure.kind is FailureKind.TIMEOUT else None


def _too_slow(step: Step, tried: Attempt, context: Context, lag: float) -> list[Failure]:
    """Why the step is degraded; nothing if the lag makes its latency suspect."""
    if suspicious(lag, step.latency_budget):
        context.suspect = True
        return []
    whole = None if tried.latency is None else budget_failure("", tried.latency, step.latency_budget, tried.phases)
    slow = phase_failures(tried.peaks, step.phase_budgets) if step.phase_budgets else []
    return slow if whole is None else [whole, *slow]


def _failed_by_time(step: Step, tried: Attempt, lag: float) -> list[Failure]:
    """Why the step has failed by being slow; the interpreter's own lag is taken off first."""
    if tried.latency is None or suspicious(lag, step.hard_budget):
        return []
    failure = budget_failure("", tried.latency - lag, step.hard_budget, tried.phases, hard=True)
    return [] if failure is None else [failure]


def suspicious(lag: float, budget: float | None) -> bool:
    """Whether the interpreter's lag is too large for a latency measured meanwhile to be held against the budget."""
    return lag > max(LAG, LAG_SHARE * (budget or 0.0))


def unrendered(error: TemplateError | SecretUnavailable) -> Failure:
    """A value from the target that does not fit is the target's failure; everything else is ours."""
    if isinstance(error, SecretUnavailable):
        kind = FailureKind.SECRET
    else:
        kind = FailureKind.CAPTURE if error.captured else FailureKind.TEMPLATE
    return Failure(kind, str(error), detail=error.hint)
