"""What may be sent more than once: retries, and the keys by which a target knows a repeated request."""

from __future__ import annotations

from collections.abc import Mapping

from synthmon.language.expression import compile_expression
from synthmon.language.template import expressions_in
from synthmon.model.answer import StatusRange
from synthmon.model.journey import Retry, RetryCause
from synthmon.model.request import GraphQLBody, RequestSpec
from synthmon.model.text import Template, Text
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.literal import is_literal
from synthmon.probefile.assembly.texts import Moment, text
from synthmon.probefile.assembly.work import Work, amount, mapping
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.probe import AskPart
from synthmon.probefile.format.request import IdempotencyPart, RequestPart, RetryPart
from synthmon.probefile.node import ListNode, Node, ScalarNode

HEADER = "Idempotency-Key"
ONE_TIME = "totp"
DELAY = 1.0
# RFC 9110, section 9.2.2, and RFC 4918: sent twice they do what they do once.
IDEMPOTENT = frozenset(
    {"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE"}
    | {"UNLOCK", "REPORT", "SEARCH", "PURGE"}
)


# Keys


@dataclass(frozen=True, slots=True)
class Keyed:
    """The headers of a request, and the name of the one that gets a key of the run's own."""

    headers: dict[str, Text]
    generated: str | None = None


def with_key(
    work: Work,
    part: bool | str | IdempotencyPart | None,
    node: Node | None,
    headers: Mapping[str, Text],
    moment: Moment,
) -> Keyed:
    """The headers with the key, or the name of the header that it is to be put into."""
    if part is None or node is None:
        return Keyed(dict(headers))
    name = part.header if isinstance(part, IdempotencyPart) else HEADER
    value = mapping(node).get("value") if isinstance(part, IdempotencyPart) else node
    if any(other.lower() == name.lower() for other in headers):
        message = f"`idempotency_key` and a header {quoted(name)} say the same"
        work.error("header", message, node, "delete one of the two")
        return Keyed(dict(headers))
    if part is True or not isinstance(value, ScalarNode):
        return Keyed(dict(headers), name)
    return Keyed({**headers, name: _key(work, value, moment)})


def _key(work: Work, node: ScalarNode, moment: Moment) -> Text:
    key = text(work, node, moment)
    if is_literal(key) or key == "":
        message = "this key is the same in every run, so the target would answer from what it remembers"
        work.error("idempotency-key", message, node, "write `true`, or make it from ${{ run.id }}")
    literals = [part for part in (key.parts if isinstance(key, Template) else (key,)) if isinstance(part, str)]
    if any(not part.isprintable() for part in literals):
        work.error("header", "a key has no line breaks or other control characters", node, "write it on one line")
    return key


# Retries


def build_retry(
    work: Work,
    part: AskPart,
    nodes: Mapping[str, Node],
    default: RetryPart | None,
    request: RequestSpec,
    longest: float,
) -> Retry | None:
    """How the step is tried again; None for never. What `defaults` says covers only steps that may be repeated.

    `longest`: seconds that all attempts together have.
    """
    repeatable = part.poll is None and may_be_repeated(part.request, request)
    if part.retry is None:
        return _retry(default) if default is not None and repeatable else None
    node, plan = nodes.get("retry"), _retry(part.retry)
    if node is None or plan is None:
        return None
    if part.poll is not None:
        message = "a poll repeats its request already, after faults of the network and 5xx too"
        work.error("retry", message, node, "delete `retry`")
    elif not repeatable and not nodes["request"].cut:
        message = f"a {request.method} that is sent again may do its work twice"
        work.error("retry-unsafe", message, node, "add `idempotency_key: true` to the request")
    _check(work, node, part, plan, longest)
    if (plan.statuses or RetryCause.TIMEOUT in plan.causes) and _uses(request, ONE_TIME):
        message = "a one-time code is good for one attempt, and every attempt sends the same request"
        work.warning("retry", message, node, "write `on: [connection_error]`")
    return plan


def _uses(request: RequestSpec, function: str) -> bool:
    """Whether an expression of what is sent calls the function."""
    trees = (request.url, *request.params.values(), *request.headers.values(), *request.body_trees)
    expressions = (expression for tree in trees for expression in expressions_in(tree))
    return any(function in compile_expression(expression.text).functions for expression in expressions)


def may_be_repeated(part: str | RequestPart | None, request: RequestSpec) -> bool:
    """Whether sending it twice does no more than sending it once."""
    if request.method in IDEMPOTENT or (isinstance(request.body, GraphQLBody) and request.body.reads):
        return True
    if not isinstance(part, RequestPart):
        return False
    unknown = part.graphql is not None and request.body is None  # it was refused, so what it does is not known
    return part.idempotency_key is not None or unknown


def _retry(part: RetryPart) -> Retry | None:
    if part.attempts == 1:
        return None
    plan = Retry(part.attempts, DELAY if part.delay is None else part.delay)
    if part.on is None:
        return plan
    causes = frozenset(cause for cause in part.on if isinstance(cause, RetryCause))
    statuses = tuple(cause for cause in part.on if isinstance(cause, StatusRange))
    return Retry(plan.attempts, plan.delay, causes, statuses)


def _check(work: Work, node: Node, part: AskPart, plan: Retry, longest: float) -> None:
    """What a retry says that nothing can come of."""
    nodes = mapping(node)
    causes = part.retry.on if part.retry is not None else None
    if causes == [] and not nodes["on"].cut:
        work.error("retry", "`on` names nothing, so nothing is ever tried again", nodes["on"], "delete `on`")
    if plan.delay >= longest:
        message = (
            f"waiting {amount(plan.delay)} before it is sent again leaves no time for that within {amount(longest)}"
        )
        work.error("retry", message, nodes.get("delay", node), "lower `delay`")
    accepted = _accepted(part)
    for listed, place in zip(causes or (), _elements(nodes.get("on")), strict=False):
        if isinstance(listed, StatusRange) and any(
            one.first <= listed.first <= listed.last <= one.last for one in accepted
        ):
            message = f"the step expects {listed}, and what is expected is not tried again"
            work.error("retry", message, place, "delete it here, or in `expect`")


def _accepted(part: AskPart) -> list[StatusRange]:
    status = part.expect.status if part.expect is not None else None
    return [status] if isinstance(status, StatusRange) else list(status or ())


def _elements(node: Node | None) -> list[Node]:
    return node.elements if isinstance(node, ListNode) else []
