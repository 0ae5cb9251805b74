"""Steps in their order, each seeing what those before it have captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from synthmon.model.answer import Expect
from synthmon.model.auth import Auth
from synthmon.model.journey import Poll, Step
from synthmon.model.network import Tls
from synthmon.model.request import GraphQLBody, RequestSpec
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.auth import Profiles, build_auth, check_header
from synthmon.probefile.assembly.budget import build_budget
from synthmon.probefile.assembly.capture import build_captures
from synthmon.probefile.assembly.expect import build_conditions, build_expect
from synthmon.probefile.assembly.flow import build_condition, note_doubts
from synthmon.probefile.assembly.network import build_tls
from synthmon.probefile.assembly.repeating import build_retry
from synthmon.probefile.assembly.request import Shared, build_request
from synthmon.probefile.assembly.signing import check_redirects
from synthmon.probefile.assembly.texts import Moment
from synthmon.probefile.assembly.uses import NOTHING_CAPTURED, found_block, handed_in, work_of
from synthmon.probefile.assembly.work import Work, amount, key_of, mapping
from synthmon.probefile.assembly.xml import Namespaces, namespaces_of
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import with_values
from synthmon.probefile.format.expect import PollPart
from synthmon.probefile.format.probe import AskPart, DefaultsPart, StepPart
from synthmon.probefile.node import Node

STEP_TIMEOUT = 15.0
CLEANUP = 30.0  # all cleanup steps together
POLL_EVERY, POLL_TIMEOUT = 2.0, 30.0
_BESIDE_USES = frozenset(
    {"id", "name", "if", "allow_failure", "uses", "with", "timeout", "latency_budget", "namespaces", "capture"}
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "PROPFIND", "REPORT", "SEARCH", "TRACE"})  # RFC 9110, 9.2.1


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What a probe says for all its steps. `timeout` is that of the whole run, in seconds."""

    shared: Shared
    defaults: DefaultsPart
    profiles: Profiles
    timeout: float
    bounded: bool = True  # by the run's timeout, which cleanup is not
    own: Work | None = None  # of the probe, where `default_auth` is written; blocks are written elsewhere
    default_auth: Node | None = None
    namespaces: Namespaces = ()  # of the step that is being built
    tls: Tls | None = None  # of steps that say nothing else

    def without_bound(self) -> Surrounding:
        """The same for cleanup."""
        return replace(self, bounded=False)


def declare_captures(work: Work, section: str, parts: Sequence[StepPart]) -> None:
    """Note who captures what first, so that a reference can be told from a slip of the pen."""
    for index, part in enumerate(parts):
        for name in mapping(work.node(section, index, "capture")):
            work.names.captures.setdefault(name, part.id)


def build_steps(
    work: Work, section: str, parts: Sequence[StepPart], around: Surrounding, captured: frozenset[str]
) -> tuple[tuple[Step, ...], frozenset[str]]:
    """The steps of a section, and everything that has been captured after them."""
    built = []
    for index, part in enumerate(parts):
        node = work.node(section, index)
        if node is None:
            continue
        work.names.needed.clear()
        step = _step(work, part, node, around, captured)
        note_doubts(work, step, mapping(node).get("id", node), warn=section == "steps")
        built.append(step)
        captured |= frozenset(mapping(mapping(node).get("capture")))
    return tuple(built), captured


def check_ids(work: Work, sections: Mapping[str, Sequence[StepPart]]) -> None:
    """An id names one step, in steps and cleanup together."""
    first: dict[str, Node] = {}
    for section, parts in sections.items():
        for index, part in enumerate(parts):
            node = work.node(section, index, "id")
            if node is not None and first.setdefault(part.id, node) is not node:
                message = f"the id {quoted(part.id)} is taken by the step in line {first[part.id].start.line + 1}"
                work.error("duplicate-id", message, node, "give each step an id of its own")


def _step(work: Work, part: StepPart, node: Node, around: Surrounding, moment: Moment) -> Step:
    nodes = mapping(node)
    own = Step(part.id, part.name or "", RequestSpec("GET", ""), Expect(), work.document.source(node))
    if part.uses is None and (handed := key_of(node, "with")) is not None:
        work.error("uses", "`with` hands values to a block, and no block is used here", handed, "add `uses: blocks/…`")
    if part.uses is not None:
        step = _used(work, part, node, around, moment) or own
    elif part.request is None:
        if not (node.cut and "request" in work.names.suspects):
            help_ = "add `request: GET /me`, or `uses: blocks/…`"
            work.error("missing-key", f"the key `request` of the step {quoted(part.id)} is missing", node, help_)
        step = own
    else:
        step = build_asked(work, part, node, around, moment)
    return replace(
        step,
        id=part.id,
        name=part.name or step.name or _spoken(part.id),
        source=own.source,
        captures=build_captures(
            work,
            part.capture or {},
            nodes.get("capture"),
            part.id,
            moment,
            namespaces_of(around.defaults.namespaces, part.namespaces),
        ),
    )


def build_asked(work: Work, part: AskPart, node: Node, around: Surrounding, moment: Moment) -> Step:
    """The request of a step or of a block, and what must be true of its answer, without a name."""
    nodes = mapping(node)
    condition = build_condition(work, nodes.get("if"), moment)
    request = build_request(work, part.request or "", nodes.get("request", node), around.shared, moment)
    auth = _auth(work, part, nodes.get("auth"), around, moment)
    check_header(work, node, auth, request.headers)
    check_redirects(work, nodes.get("request", node), auth, request.redirects)
    timeout = _timeout(work, part, nodes, around)
    budget = build_budget(work, part.latency_budget, nodes.get("latency_budget"), timeout, "step")
    around = replace(around, namespaces=namespaces_of(around.defaults.namespaces, part.namespaces))
    return Step(
        "",
        part.name or "",
        request,
        build_expect(work, part.expect, nodes.get("expect"), moment, around.namespaces),
        work.document.source(node),
        (),
        auth,
        _poll(work, part.poll, nodes.get("poll"), request, around, moment) if part.poll else None,
        timeout,
        budget.degraded,
        budget.failed,
        budget.phases,
        retry=build_retry(
            work, part, nodes, around.defaults.retry, request, around.timeout if around.bounded else CLEANUP
        ),
        warn=build_conditions(work, part.warn, nodes["warn"], moment, around.namespaces) if part.warn else None,
        conditions=() if condition is None else (condition,),
        allow_failure=bool(part.allow_failure),
        tls=_tls(work, part, nodes.get("tls"), around),
    )


def _tls(work: Work, part: AskPart, node: Node | None, around: Surrounding) -> Tls | None:
    """The step's own, or that of the defaults."""
    return around.tls if part.tls is None else build_tls(work, part.tls, node, None)


def _used(work: Work, part: StepPart, node: Node, around: Surrounding, moment: Moment) -> Step | None:
    """What the block that a step uses asks, with what the step says in its place."""
    nodes = mapping(node)
    for name in nodes:
        if name not in _BESIDE_USES:
            message = f"{quoted(name)} is the block's to say"
            work.error("uses", message, key_of(node, name) or node, f"move it into {part.uses}, or delete it")
    condition = build_condition(work, nodes.get("if"), moment)
    block = found_block(work, part, nodes)
    if block is None or block.part is None or block.document is None:
        return None
    inputs = handed_in(work, block, nodes, moment)
    if block.part.request is None:
        work.findings.borrow(block.problems, work.document.source(nodes["uses"]))
        return None
    inside = work_of(work, block, inputs)
    said = {name: value for name in ("timeout", "latency_budget") if (value := getattr(part, name)) is not None}
    overruled = {**said, "latency_budget": None} if "latency_budget" in said else said
    asked = build_asked(inside, with_values(block.part, overruled), block.document.root, around, NOTHING_CAPTURED)
    work.findings.borrow((*block.problems, *inside.findings.problems()), work.document.source(nodes["uses"]))
    timeout = asked.timeout if part.timeout is None else _timeout(work, part, nodes, around)
    if part.latency_budget is not None:
        budget = build_budget(work, part.latency_budget, nodes.get("latency_budget"), timeout, "step")
        asked = replace(asked, latency_budget=budget.degraded, hard_budget=budget.failed, phase_budgets=budget.phases)
    return replace(
        asked,
        timeout=timeout,
        conditions=((condition,) if condition else ()) + asked.conditions,
        allow_failure=bool(part.allow_failure or asked.allow_failure),
        block=block.name,
        inputs=inputs,
    )


def _auth(work: Work, part: AskPart, node: Node | None, around: Surrounding, moment: Moment) -> Auth | None:
    """The step's own, or that of the defaults, which was checked once for all steps."""
    if part.auth is not None:
        return build_auth(work, part.auth, node, around.profiles, moment) if node is not None else None
    place = around.default_auth
    if around.defaults.auth is None or place is None:
        return None
    return build_auth(around.own or work, around.defaults.auth, place, around.profiles, moment)


def _spoken(step_id: str) -> str:
    words = step_id.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def _timeout(work: Work, part: AskPart, nodes: Mapping[str, Node], around: Surrounding) -> float:
    default = STEP_TIMEOUT if around.defaults.timeout is None else around.defaults.timeout
    if part.timeout is None:
        return min(default, around.timeout) if around.bounded else default
    if around.bounded and part.timeout > around.timeout and "timeout" in nodes:
        message = "this timeout is above the timeout of the whole run, which ends the step earlier"
        work.warning("timeout", message, nodes["timeout"], "raise the probe's `timeout`")
    return part.timeout


def _poll(
    work: Work, part: PollPart, node: Node | None, request: RequestSpec, around: Surrounding, moment: Moment
) -> Poll | None:
    if node is None:
        return None
    nodes = mapping(node)
    timeout = POLL_TIMEOUT if part.timeout is None else part.timeout
    every = min(POLL_EVERY, timeout / 2) if part.every is None else part.every
    if every >= timeout:
        message = f"waiting {amount(every)} between attempts leaves no second one within {amount(timeout)}"
        work.error("poll", message, nodes.get("every", node), "lower `every`, or raise `timeout`")
    if around.bounded and timeout > around.timeout and "timeout" in nodes:
        message = "this is above the timeout of the whole run, which ends the polling earlier"
        work.warning("timeout", message, nodes["timeout"], "raise the probe's `timeout`")
    reads = isinstance(request.body, GraphQLBody) and request.body.reads
    if request.method not in _SAFE and not reads:
        message = f"a poll repeats its request, and {request.method} may do something each time"
        work.warning("poll", message, node, "poll with GET")
    until = build_conditions(work, part.until, nodes["until"], moment, around.namespaces)
    fail_if = (
        build_conditions(work, part.fail_if, nodes["fail_if"], moment, around.namespaces) if part.fail_if else None
    )
    return Poll(every, timeout, until, fail_if)
