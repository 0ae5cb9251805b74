"""Steps in their order, each seeing what those before it have captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synthmon.model.journey import Poll, Step
from synthmon.probefile.assembly.auth import Profiles, build_auth, check_header
from synthmon.probefile.assembly.budget import build_budget
from synthmon.probefile.assembly.capture import build_captures
from synthmon.probefile.assembly.expect import build_conditions, build_expect
from synthmon.probefile.assembly.repeating import build_retry
from synthmon.probefile.assembly.request import Shared, build_request
from synthmon.probefile.assembly.texts import Moment
from synthmon.probefile.assembly.work import Work, amount, mapping
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.auth import AuthPart
from synthmon.probefile.format.expect import PollPart
from synthmon.probefile.format.probe import DefaultsPart, StepPart
from synthmon.probefile.node import Node

STEP_TIMEOUT = 15.0
CLEANUP = 30.0  # all cleanup steps together
POLL_EVERY, POLL_TIMEOUT = 2.0, 30.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "PROPFIND", "REPORT", "SEARCH", "TRACE"})  # RFC 9110, 9.2.1


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What a probe says for all its steps. `timeout` is that of the whole run, in seconds."""

    shared: Shared
    defaults: DefaultsPart
    profiles: Profiles
    timeout: float
    bounded: bool = True  # by the run's timeout, which cleanup is not

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
        built.append(_step(work, part, node, around, captured))
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
    request = build_request(work, part.request, nodes["request"], around.shared, moment)
    auth_part, auth_node = _auth(work, part, nodes.get("auth"), around)
    # what `defaults` says was checked there, once for all steps
    auth = build_auth(work, auth_part, auth_node, around.profiles, moment) if auth_part and auth_node else None
    check_header(work, node, auth, request.headers)
    timeout = _timeout(work, part, nodes, around)
    budget = build_budget(work, part.latency_budget, nodes.get("latency_budget"), timeout, "step")
    return Step(
        part.id,
        part.name or _spoken(part.id),
        request,
        build_expect(work, part.expect, nodes.get("expect"), moment),
        work.document.source(node),
        build_captures(work, part.capture or {}, nodes.get("capture"), part.id, moment),
        auth,
        _poll(work, part.poll, nodes.get("poll"), request.method, around, moment) if part.poll else None,
        timeout,
        budget.degraded,
        budget.failed,
        budget.phases,
        retry=build_retry(
            work, part, nodes, around.defaults.retry, request, around.timeout if around.bounded else CLEANUP
        ),
        warn=build_conditions(work, part.warn, nodes["warn"], moment) if part.warn and "warn" in nodes else None,
    )


def _auth(
    work: Work, part: StepPart, node: Node | None, around: Surrounding
) -> tuple[str | AuthPart | None, Node | None]:
    """The step's own, or that of the defaults."""
    if part.auth is not None:
        return part.auth, node
    return around.defaults.auth, work.node("defaults", "auth")


def _spoken(step_id: str) -> str:
    words = step_id.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def _timeout(work: Work, part: StepPart, nodes: Mapping[str, Node], around: Surrounding) -> float:
    default = STEP_TIMEOUT if around.defaults.timeout is None else around.defaults.timeout
    if part.timeout is None:
        return min(default, around.timeout) if around.bounded else default
    if around.bounded and part.timeout > around.timeout:
        message = "this timeout is above the timeout of the whole run, which ends the step earlier"
        work.warning("timeout", message, nodes["timeout"], "raise the probe's `timeout`")
    return part.timeout


def _poll(
    work: Work, part: PollPart, node: Node | None, method: str, around: Surrounding, moment: Moment
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
    if method not in _SAFE:
        message = f"a poll repeats its request, and {method} may do something each time"
        work.warning("poll", message, node, "poll with GET")
    until = build_conditions(work, part.until, nodes["until"], moment)
    fail_if = build_conditions(work, part.fail_if, nodes["fail_if"], moment) if part.fail_if else None
    return Poll(every, timeout, until, fail_if)
