"""A read repeated until something holds: what counts as not yet, what gives up, and when it has taken too long."""

from __future__ import annotations

from dataclasses import field, replace

from synthmon.engine.assertion import Check, check
from synthmon.engine.attempt import Attempt, Limit, attempt
from synthmon.engine.context import Context
from synthmon.engine.timing import peaks
from synthmon.model.answer import Expect
from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Poll, Step
from synthmon.model.run import Exchange, ExchangePurpose, Failure, FailureKind, Phases
from synthmon.model.words import seconds
from synthmon.nouns import dataclass

FIRST, LAST = 20, 80  # exchanges kept of a long poll: from its beginning and from its end

TOO_LATE = "time_is_up"  # detail of a poll that ended by its timeout, unlike one that was given up

_NOT_YET = frozenset(
    {
        FailureKind.DNS,
        FailureKind.CONNECT,
        FailureKind.TLS,
        FailureKind.TIMEOUT,
        FailureKind.PROTOCOL,
        FailureKind.DECODE,
        FailureKind.RESOLVER,
        FailureKind.RESOURCE,
    }
)
"""Transport faults after which the next attempt may fare better; the last of them names the step if none does."""


@dataclass(slots=True)
class _Course:
    """How a poll has gone so far."""

    exchanges: list[Exchange] = field(default_factory=list)
    remarks: list[Failure] = field(default_factory=list)
    attempts: int = 0
    slowest: Attempt | None = None
    peaks: Phases = field(default_factory=Phases)

    def add(self, found: Attempt) -> None:
        self.attempts += 1
        self.exchanges += found.exchanges
        del self.exchanges[FIRST:-LAST]
        self.remarks += found.remarks
        self.peaks = peaks(self.peaks, found.peaks)
        if self.slowest is None or (found.latency or 0.0) > (self.slowest.latency or 0.0):
            self.slowest = found

    def ended(self, last: Attempt, failure: Failure | None) -> Attempt:
        """The last attempt, with what is told of all of them; the latency is that of the slowest."""
        slowest = self.slowest or last
        return replace(
            last,
            failure=failure,
            exchanges=tuple(self.exchanges),
            remarks=tuple(dict.fromkeys(self.remarks)),
            phases=slowest.phases,
            peaks=self.peaks,
            latency=slowest.latency,
        )


def poll(step: Step, plan: Poll, context: Context, limit: Limit) -> Attempt:
    """Repeat the step's request until `until` holds, `fail_if` holds, or time is up. Raises what rendering raises."""
    course = _Course()
    end = context.clock.monotonic() + plan.timeout
    whole = Limit(end, f"the poll's timeout of {seconds(plan.timeout)}") if end < limit.at else limit
    while True:
        found = attempt(step, context, whole, ExchangePurpose.POLL)
        course.add(found)
        step = _without_renewal(step)
        checks = _checks(plan.until, found, context)
        if _holds(checks):
            return course.ended(found, None)
        failure = _verdict(plan, found, checks, context)
        if failure is None and context.clock.monotonic() + plan.every >= whole.at:
            failure = _too_late(course, found, checks, whole, plan)
        if failure is None and context.stopping:
            failure = Failure(FailureKind.SHUTDOWN, "synthmon stopped while this step was waiting")
        if failure is not None:
            return course.ended(found, failure)
        context.clock.sleep(plan.every)


def _without_renewal(step: Step) -> Step:
    """A renewal that is part of the step happens once, however often its request is repeated."""
    if isinstance(step.auth, ProfileAuth) and step.auth.renew:
        return replace(step, auth=replace(step.auth, renew=False))
    return step


def _checks(expect: Expect, found: Attempt, context: Context) -> tuple[Check, ...]:
    if found.reply is None or found.failure is not None:
        return ()
    return check(expect, found.reply, context.values, context.redaction)


def _holds(checks: tuple[Check, ...]) -> bool:
    return bool(checks) and all(found.result.passed for found in checks)


def _verdict(plan: Poll, found: Attempt, checks: tuple[Check, ...], context: Context) -> Failure | None:
    """Why to give up at once; None to try again."""
    if found.failure is not None:
        return None if found.failure.kind in _NOT_YET else found.failure
    if plan.fail_if is not None and _holds(_checks(plan.fail_if, found, context)):
        return _given_up(plan.fail_if, found, context)
    if found.reply is not None and found.reply.status in {401, 403}:
        kind = FailureKind.AUTH if found.reply.status == 401 else FailureKind.STATUS
        message = f"status {found.reply.status_words} while polling: waiting longer would not help"
        return Failure(kind, message, expected=_until(checks), actual=str(found.reply.status))
    return None


def _given_up(fail_if: Expect, found: Attempt, context: Context) -> Failure:
    held = "; ".join(f"{told.result.subject} is {told.result.actual}" for told in _checks(fail_if, found, context)[:3])
    return Failure(FailureKind.POLL, f"given up: {held}", expected="that `fail_if` does not hold", actual=held)


def _too_late(course: _Course, found: Attempt, checks: tuple[Check, ...], whole: Limit, plan: Poll) -> Failure:
    last = _last(found, checks)
    kind = FailureKind.POLL
    message = f"not reached within {seconds(plan.timeout)}, after {_times(course.attempts)}: {last}"
    if not whole.whose.startswith("the poll"):
        kind, message = FailureKind.TIMEOUT, f"{whole.whose} was over while polling: {last}"
    return Failure(kind, message, expected=_until(checks), actual=last, detail=TOO_LATE)


def _last(found: Attempt, checks: tuple[Check, ...]) -> str:
    if found.failure is not None:
        return found.failure.message
    broken = [told.result.message for told in checks if not told.result.passed]
    return "; ".join(broken[:3]) or "nothing to hold the answer against"


def _until(checks: tuple[Check, ...]) -> str | None:
    wanted = [f"{told.result.subject}: {told.result.expected}" for told in checks if not told.result.passed]
    return "; ".join(wanted[:3]) or None


def _times(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"
