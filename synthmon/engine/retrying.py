"""A request sent again after a fault on the way to its answer: when, how often, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from synthmon.engine.attempt import Attempt, Limit, attempt
from synthmon.engine.context import Context
from synthmon.engine.prepared import Prepared
from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Retry, RetryCause, Step
from synthmon.model.run import Exchange, ExchangePurpose, Failure, FailureKind

_KINDS = {
    RetryCause.TIMEOUT: {FailureKind.TIMEOUT},
    RetryCause.CONNECTION_ERROR: {
        FailureKind.DNS,
        FailureKind.CONNECT,
        FailureKind.TLS,
        FailureKind.PROTOCOL,
        FailureKind.RESOLVER,
        FailureKind.RESOURCE,
    },
}


def retry(step: Step, plan: Retry, context: Context, limit: Limit) -> Attempt:
    """The first attempt that brought an answer worth judging, else the last one. Raises what rendering raises.

    Each attempt has the step's timeout for itself, all of them the limit; the latency is that of the one judged.
    """
    waited = context.values.waited
    prepared = Prepared(step, context)
    limit = limit.later(context.values.waited - waited)  # for a one-time code, which nobody else is to blame for
    exchanges: list[Exchange] = []
    remarks: list[Failure] = []
    for number in range(1, plan.attempts + 1):
        found = attempt(step, context, limit, prepared=prepared)
        exchanges += _numbered(found.exchanges, number)
        remarks += found.remarks
        wait = _wait(step, plan, found, context) if number < plan.attempts else None
        if wait is None or context.clock.monotonic() + wait >= limit.at:
            break
        context.clock.sleep(wait)
        if context.stopping and not context.cleaning:
            stopped = Failure(FailureKind.SHUTDOWN, "synthmon stopped before this step was tried again")
            found = replace(found, failure=stopped)
            break
        step = _once_renewed(step, found)
        context.jar.begin_step()
    return replace(found, exchanges=tuple(exchanges), remarks=tuple(dict.fromkeys(remarks)))


def _numbered(exchanges: Iterable[Exchange], number: int) -> list[Exchange]:
    if number == 1:
        return list(exchanges)
    retried = {ExchangePurpose.REQUEST: ExchangePurpose.RETRY}
    return [replace(one, attempt=number, purpose=retried.get(one.purpose, one.purpose)) for one in exchanges]


def _wait(step: Step, plan: Retry, found: Attempt, context: Context) -> float | None:
    """Seconds until the next attempt; None if there is nothing to try again for."""
    if found.failure is not None:
        worth = any(found.failure.kind in _KINDS[cause] for cause in plan.causes)
        return plan.delay if worth else None
    if found.reply is None or not _listed(step, plan, found.reply.status):
        return None
    asked = asked_wait(found.reply.header("Retry-After"), context.clock.now())
    return max(plan.delay, asked or 0.0)


def _listed(step: Step, plan: Retry, status: int) -> bool:
    """Whether the status is one to try again for; what the step expects is not."""
    expected = any(status in accepted for accepted in step.expect.status)
    return not expected and any(status in listed for listed in plan.statuses)


def asked_wait(value: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` asks for (RFC 9110, section 10.2.3); None for none that can be read."""
    from email.utils import parsedate_to_datetime  # here, because few targets say when to come back

    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def _once_renewed(step: Step, found: Attempt) -> Step:
    """A renewal that is part of the step happens once, however often its request is repeated."""
    if not isinstance(step.auth, ProfileAuth) or not step.auth.renew:
        return step
    asked = any(exchange.purpose is not ExchangePurpose.TOKEN for exchange in found.exchanges)
    return replace(step, auth=replace(step.auth, renew=False)) if asked else step


def with_attempt(step: Step, failures: tuple[Failure, ...], exchanges: tuple[Exchange, ...]) -> tuple[Failure, ...]:
    """The first failure says at which attempt it was, if that was not the first."""
    if step.retry is None or not failures:
        return failures
    last = max((exchange.attempt for exchange in exchanges), default=1)
    if last == 1:
        return failures
    first = replace(failures[0], message=f"{failures[0].message} (attempt {last} of {step.retry.attempts})")
    return (first, *failures[1:])
