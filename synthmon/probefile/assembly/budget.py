"""Latency budgets from either of their forms; one that can never be exceeded is a mistake."""

from __future__ import annotations

from synthmon.nouns import dataclass
from synthmon.probefile.assembly.work import Work, amount, mapping
from synthmon.probefile.format.budget import PHASES, JourneyBudgetPart, StepBudgetPart
from synthmon.probefile.node import Node


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds beyond which something is degraded, beyond which it has failed, and by phase."""

    degraded: float | None = None
    failed: float | None = None
    phases: tuple[tuple[str, float], ...] = ()


def build_budget(
    work: Work, part: float | StepBudgetPart | JourneyBudgetPart | None, node: Node | None, timeout: float, whose: str
) -> Budget:
    """The budget of a step or a run, whose timeout is given."""
    if part is None or node is None:
        return Budget()
    if isinstance(part, int | float):
        _check_reachable(work, node, part, timeout, whose)
        return Budget(degraded=part)
    nodes = mapping(node)
    if not nodes and not getattr(node, "cut", False):
        work.error("budget", "this budget says nothing", node, "write `latency_budget: 800ms`, or name `degraded`")
    for name, child in nodes.items():
        if isinstance(seconds := getattr(part, name, None), int | float):
            _check_reachable(work, child, seconds, timeout, whose)
    _check_order(work, part, nodes.get("degraded", node))
    phases = tuple((name, seconds) for name in PHASES if (seconds := getattr(part, name, None)) is not None)
    return Budget(part.degraded, part.failed, phases)


def _check_reachable(work: Work, node: Node, budget: float, timeout: float, whose: str) -> None:
    if budget > timeout:
        message = f"the latency budget is above the {whose}'s timeout of {amount(timeout)}, so it can never be exceeded"
        work.error("budget-above-timeout", message, node, "lower the budget, or raise `timeout`")


def _check_order(work: Work, part: StepBudgetPart | JourneyBudgetPart, node: Node) -> None:
    if part.degraded is not None and part.failed is not None and part.degraded >= part.failed:
        message = f"what takes longer than {amount(part.failed)} has failed, so it is never degraded"
        work.error("budget", message, node, "make `degraded` shorter than `failed`")
