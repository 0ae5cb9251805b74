"""One try at a step: its request rendered, authorised and sent, and what came of it."""

from __future__ import annotations

from dataclasses import field, replace

import httpx

from synthmon.engine.auth import Permit, authorize
from synthmon.engine.context import Context
from synthmon.engine.evidence import Material
from synthmon.engine.prepared import Prepared
from synthmon.engine.reply import Reply
from synthmon.engine.route import ROUTE
from synthmon.engine.timing import spent, summed
from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Step
from synthmon.model.run import Exchange, ExchangePurpose, Failure, FailureKind, Phases
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """An instant of the monotonic clock beyond which nothing of a step may last, and whose limit it is."""

    at: float
    whose: str  # such as "the journey's timeout of 20.0 s"

    def later(self, seconds: float) -> Limit:
        """The same limit after a wait that is nobody's fault."""
        return replace(self, at=self.at + seconds) if seconds else self


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try found. Without a failure there is a reply to judge; `remarks` degrade the step.

    `phases` are those of all its hops together, as its latency is, `peaks` what is held against budgets for phases: the
    same, but of a step that asks several times the longest of each.
    """

    reply: Reply | None = None
    material: Material | None = None
    failure: Failure | None = None
    remarks: tuple[Failure, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    phases: Phases = field(default_factory=Phases)
    peaks: Phases = field(default_factory=Phases)
    latency: float | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """How a request of a step is sent: by when, and as what."""

    deadline: float
    purpose: ExchangePurpose


def attempt(
    step: Step,
    context: Context,
    limit: Limit,
    purpose: ExchangePurpose = ExchangePurpose.REQUEST,
    prepared: Prepared | None = None,
) -> Attempt:
    """Render unless that is done, authorise, send; a rejected token is renewed once if its profile says so.

    Raises as rendering does.
    """
    waited = context.values.waited
    prepared = prepared or Prepared(step, context)
    request = prepared.request()
    limit = limit.later(context.values.waited - waited)
    began = context.clock.monotonic()
    permit = authorize(step.auth, request, context, min(began + step.timeout, limit.at))
    if permit.failure is not None:
        return _bounded(Attempt(failure=permit.failure, exchanges=permit.exchanges), context, limit)
    start = began if _renews(step) else context.clock.monotonic()
    first = _sent(step, context, request, permit, _Way(min(start + step.timeout, limit.at), purpose))
    if _rejected_early(step, first, context):
        first = _again(step, context, limit, purpose, (permit, first, prepared))
    return _bounded(first, context, limit)


def _sent(step: Step, context: Context, request: httpx.Request, permit: Permit, way: _Way) -> Attempt:
    request.extensions[ROUTE] = route = context.route(step.tls)
    answer = context.send(request, way.deadline, step.request.redirects, way.purpose)
    judged = request if answer.response is None else answer.response.request
    phases = summed(answer.exchanges)
    return Attempt(
        reply=None if answer.response is None else Reply(answer.response, context.jar.set_by_step),
        material=Material(judged, answer.response),
        failure=answer.failure,
        remarks=(*permit.remarks, *context.expiring(answer.exchanges, route)),
        exchanges=(*permit.exchanges, *answer.exchanges),
        phases=phases,
        peaks=phases,
        latency=spent(answer.exchanges) + (spent(permit.exchanges, tokens=True) if _renews(step) else 0.0),
    )


def _renews(step: Step) -> bool:
    """Whether the token exchange is part of what the step measures."""
    return isinstance(step.auth, ProfileAuth) and step.auth.renew


def _rejected_early(step: Step, found: Attempt, context: Context) -> bool:
    """Whether a token was refused that should still have been good, and the profile asks to renew it then."""
    if found.reply is None or found.reply.status != 401 or not isinstance(step.auth, ProfileAuth) or step.auth.renew:
        return False
    expected = any(401 in accepted for accepted in step.expect.status)
    return context.probe.journey.auth[step.auth.profile].renew_on_401 and not expected


def _again(
    step: Step,
    context: Context,
    limit: Limit,
    purpose: ExchangePurpose,
    before: tuple[Permit, Attempt, Prepared],
) -> Attempt:
    """The request once more with a new token; both tries are in the exchanges, the second one is judged."""
    rejected, first, prepared = before
    request = prepared.request()
    by = min(context.clock.monotonic() + step.timeout, limit.at)
    permit = authorize(step.auth, request, context, by, rejected=rejected.token)
    if permit.failure is not None:
        return replace(first, failure=permit.failure, exchanges=(*first.exchanges, *permit.exchanges))
    way = _Way(min(context.clock.monotonic() + step.timeout, limit.at), purpose)
    second = _sent(step, context, request, permit, way)
    remark = Failure(
        FailureKind.AUTH,
        "the target rejected a token before its time (401); it was renewed once",
        expected="a token that is accepted until it expires",
        actual="401",
        detail="token_rejected_early",
    )
    return replace(
        second, exchanges=(*first.exchanges, *second.exchanges), remarks=(*first.remarks, remark, *second.remarks)
    )


def _bounded(found: Attempt, context: Context, limit: Limit) -> Attempt:
    """A timeout that was not the step's own is told as the one it was."""
    failure = found.failure
    if failure is None or failure.kind is not FailureKind.TIMEOUT or context.clock.monotonic() < limit.at:
        return found
    message = f"{limit.whose} was over: {failure.message}"
    return replace(found, failure=replace(failure, message=message, expected=limit.whose))
