"""One try at a step: its request rendered, authorised and sent, and what came of it."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from synthmon.engine.auth import NO_PERMIT, Permit, authorize
from synthmon.engine.client import Answer
from synthmon.engine.context import Context
from synthmon.engine.material import Material
from synthmon.engine.prepared import Prepared, rendered
from synthmon.engine.reply import Reply
from synthmon.engine.route import ROUTE
from synthmon.engine.timing import spent, summed
from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Step
from synthmon.model.run import Exchange, ExchangePurpose, Failure, FailureKind, Phases
from synthmon.nouns import dataclass, maker

if TYPE_CHECKING:
    import httpx


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
    """What one try found. Without a failure there is a reply to judge; `remarks` degrade the step. `request` is the
    one that was answered, of several hops the last.

    `phases` are those of all its hops together, as its latency is, `peaks` what is held against budgets for phases: the
    same, but of a step that asks several times the longest of each.
    """

    reply: Reply | None = None
    request: httpx.Request | None = None
    failure: Failure | None = None
    remarks: tuple[Failure, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    phases: Phases = field(default_factory=Phases)
    peaks: Phases = field(default_factory=Phases)
    latency: float | None = None

    @property
    def material(self) -> Material | None:
        """What evidence is made from, if anything was sent."""
        if self.request is None:
            return None
        return Material(self.request, None if self.reply is None else self.reply.response)


_found = maker(Attempt)


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
    values, auth = context.values, step.auth
    waited = values.waited
    if prepared is None and type(auth) is ProfileAuth:  # with whose next token the same is sent again
        prepared = Prepared(step, context)
    request = rendered(step, context) if prepared is None else prepared.request()
    if values.waited != waited:
        limit = limit.later(values.waited - waited)
    began = context.monotonic()
    if auth is None:
        first = _sent(step, context, request, NO_PERMIT, by(began, step, limit), purpose)
        return first if first.failure is None else _bounded(first, context, limit)
    permit = authorize(auth, request, context, by(began, step, limit))
    if permit.failure is not None:
        return _bounded(Attempt(failure=permit.failure, exchanges=permit.exchanges), context, limit)
    start = began if prepared is not None and _renews(step) else context.monotonic()
    first = _sent(step, context, request, permit, by(start, step, limit), purpose)
    if prepared is not None and _rejected_early(step, first, context):
        first = _again(step, context, limit, purpose, (permit, first, prepared))
    return first if first.failure is None else _bounded(first, context, limit)


def by(start: float, step: Step, limit: Limit) -> float:
    """When a request of the step that is sent now has to be answered."""
    deadline = start + step.timeout
    return deadline if deadline < limit.at else limit.at


def _sent(
    step: Step, context: Context, request: httpx.Request, permit: Permit, deadline: float, purpose: ExchangePurpose
) -> Attempt:
    request.extensions[ROUTE] = context.route(step.tls)
    answer = context.send(request, deadline, step.request.redirects, purpose)
    return _found_by(step, context, request, answer, permit)


def answered(step: Step, context: Context, request: httpx.Request, answer: Answer, limit: Limit) -> Attempt:
    """What came of one sending, which was done already."""
    found = _found_by(step, context, request, answer, NO_PERMIT)
    return found if found.failure is None else _bounded(found, context, limit)


def _found_by(step: Step, context: Context, request: httpx.Request, answer: Answer, permit: Permit) -> Attempt:
    route = request.extensions[ROUTE]
    response, exchanges, remarks = answer.response, answer.exchanges, permit.remarks
    if len(exchanges) == 1:
        only = exchanges[0]
        phases, latency = only.phases, only.phases.total or 0.0
        if only.certificate_until is not None:
            remarks += context.expiring(exchanges, route)
    else:
        phases, latency = summed(exchanges), spent(exchanges)
        remarks += context.expiring(exchanges, route)
    if permit.exchanges and _renews(step):
        latency += spent(permit.exchanges, tokens=True)
    return _found(
        None if response is None else Reply(response, context.jar.set_by_step),
        request if response is None else response.request,
        answer.failure,
        remarks,
        permit.exchanges + exchanges,
        phases,
        phases,
        latency,
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
    deadline = by(context.monotonic(), step, limit)
    permit = authorize(step.auth, request, context, deadline, rejected=rejected.token)
    if permit.failure is not None:
        return replace(first, failure=permit.failure, exchanges=(*first.exchanges, *permit.exchanges))
    second = _sent(step, context, request, permit, by(context.monotonic(), step, limit), purpose)
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
