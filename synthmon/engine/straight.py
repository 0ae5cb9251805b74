"""A step as most are, taken in a straight line: one request, an answer in time that is as expected, what it gives.

Which steps these are is found out once. Whatever differs while one is taken goes on in `attempt` and `step`, where it
is told in words; nothing is sent, rendered or waited for twice. `tests/engine/test_straight.py` holds both together.
"""

from __future__ import annotations

from math import inf

from synthmon.engine import capture
from synthmon.engine.answershape import shape_of
from synthmon.engine.attempt import Attempt, Limit, answered, by
from synthmon.engine.auth import show_bearer, token_at
from synthmon.engine.built import Built
from synthmon.engine.client import Answer
from synthmon.engine.context import Context
from synthmon.engine.plainly import Looks, held, looks_of
from synthmon.engine.plan import Plan, planned
from synthmon.engine.prepared import rendered
from synthmon.engine.render import usually
from synthmon.engine.reply import Reply
from synthmon.engine.route import ROUTE
from synthmon.engine.step import LAG, concluded, unrendered
from synthmon.engine.values import needed
from synthmon.errors import SecretUnavailable, TemplateError
from synthmon.language.once import once
from synthmon.language.template import Place
from synthmon.model.auth import BearerAuth
from synthmon.model.journey import Step
from synthmon.model.request import GraphQLBody
from synthmon.model.run import ExchangePurpose, Failure, Outcome, StepResult
from synthmon.nouns import dataclass, maker

_result = maker(StepResult)
_PASSED, _REQUEST = Outcome.PASSED, ExchangePurpose.REQUEST  # to ask their classes each time takes longer


@dataclass(frozen=True, slots=True)
class Straight:
    """Of a step as most are: the captures that it needs, seconds from which its latency is looked at closely, what its
    request is made from, the bearer token that it shows, with where it is found by a name alone, and how an answer is
    held against what it expects.
    """

    needed: tuple[str, ...]
    soon: float
    plan: Plan
    bearer: BearerAuth | None
    token: Place | None
    looks: Looks


def _straight(step: Step) -> Straight | None:
    """None for a step that is tried again, need not be made, or is judged or authorised in another way."""
    other = (step.poll, step.retry, step.conditions, step.inputs, step.allow_failure)
    if any(other) or step.tls is not None or step.warn is not None or step.phase_budgets:
        return None
    bearer = step.auth
    if type(step.request.body) is GraphQLBody or not (bearer is None or type(bearer) is BearerAuth):
        return None
    budgets = [budget for budget in (step.latency_budget, step.hard_budget) if budget is not None]
    token = None if bearer is None else token_at(bearer)
    request, looks = planned(step.request), looks_of(step.expect)
    return Straight(tuple(needed(step)), min(budgets, default=inf), request, bearer, token, looks)


_known = once(_straight)


def straight(step: Step, context: Context, limit: Limit) -> StepResult | None:
    """What the step found; None, before anything was done for it, where another way has to be taken.

    Raises what is a defect of ours.
    """
    line = _known(step)
    if line is None or context.redacts or context.is_stopping():
        return None
    values = context.values
    for name in line.needed:
        if name not in values.captures:
            return None
    began = context.monotonic()
    if began >= limit.at:
        return None
    values.begin(step)
    context.outlet.step, waited = step.id, values.waited
    context.jar.begin_step()
    try:
        request = _request(step, line, context)
    except (TemplateError, SecretUnavailable) as error:
        return concluded(step, Attempt(failure=unrendered(error)), context, began)
    if values.waited != waited:
        limit = limit.later(values.waited - waited)
    answer = context.send(request, by(context.monotonic(), step, limit), step.request.redirects, _REQUEST)
    result = None if answer.failure is not None else _as_expected(step, line, context, answer, began)
    if result is None:
        return concluded(step, answered(step, context, request, answer, limit), context, began)
    return result


def _request(step: Step, line: Straight, context: Context) -> Built:
    """Rendered, authorised, and with the way that it is to take. Raises as rendering does."""
    plan = line.plan
    if plan.usual is None:
        request = rendered(step, context)
    else:
        request = usually(step.request, plan, plan.usual, context.values, context.asking)
    if line.bearer is not None:
        show_bearer(line.bearer, line.token, request, context)
    request.extensions[ROUTE] = context.direct or context.route(None)
    return request


def _as_expected(step: Step, line: Straight, context: Context, answer: Answer, began: float) -> StepResult | None:
    """None where anything is not as it mostly is, which is then looked at again by who can say what it is."""
    response, exchanges = answer.response, answer.exchanges
    if response is None or len(exchanges) != 1:
        return None
    only, redaction = exchanges[0], context.redaction
    latency = only.phases.total or 0.0
    if latency > line.soon or context.worst_since(began) > LAG:
        return None
    if only.certificate_until is not None and context.expiring(exchanges, context.route(None)):
        return None
    reply = Reply(response, context.jar.set_by_step)
    captured: dict[str, str] = {}
    try:
        assertions = held(line.looks, reply)
        if assertions is None:
            return None
        for wanted in step.captures:
            shown = capture.take(wanted, reply, context.values, redaction)
            if isinstance(shown, Failure):
                return None
            captured[wanted.name] = shown
    except (TemplateError, SecretUnavailable):
        return None
    return _result(
        step.id,
        step.name,
        _PASSED,
        began - context.start,
        context.monotonic() - began,
        latency,
        step.latency_budget,
        only.phases,
        reply.status,
        assertions,
        (),
        exchanges,
        captured,
        shape=shape_of(reply, redaction),
    )
