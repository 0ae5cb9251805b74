"""What is good, and who is told when it is not: objectives and alerts."""

from __future__ import annotations

from collections.abc import Sequence

from synthmon.language.duration import parse_duration
from synthmon.model.probe import AlertRule, Objective, RegionQuorum, Severity, Track
from synthmon.probefile.assembly.conditions import Wanted, wanted
from synthmon.probefile.assembly.reach import Setting, check_reach
from synthmon.probefile.assembly.work import Work, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.probe import AlertPart, ObjectivePart, ProbePart
from synthmon.probefile.node import Node

_FAILURES, _DEGRADED = 2, 3  # in a row, where a probe says nothing of alerts


def build_objectives(work: Work, parts: Sequence[ObjectivePart], budget: float | None) -> tuple[Objective, ...]:
    """The objectives; `budget` is the probe's latency budget in seconds."""
    built: dict[str, Objective] = {}
    for index, part in enumerate(parts):
        if part.name in built and (node := work.node("slo", index)):
            message = f"the objective {quoted(part.name)} stands here twice"
            work.error("duplicate-objective", message, node, "give each a name of its own")
        within = _within(work, part, work.node("slo", index, "within"), budget)
        built.setdefault(part.name, Objective(part.name, part.objective, part.window, within))
    return tuple(built.values())


def _within(work: Work, part: ObjectivePart, node: Node | None, budget: float | None) -> float | None:
    if part.within is None or node is None:
        return None
    if part.within == "latency_budget":
        if budget is None and not work.names.may_be("latency_budget"):
            message = "the probe has no `latency_budget`"
            work.error("objective", message, node, "give it one, or write a duration like 1500ms")
        return budget
    try:
        return parse_duration(part.within)
    except ValueError:
        message = f"{quoted(part.within)} is neither `latency_budget` nor a duration"
        work.error("objective", message, node, "write it like 1500ms")
        return None


def build_alerts(work: Work, part: ProbePart, title: str, setting: Setting) -> tuple[AlertRule, ...]:
    """The alerts as written, or the usual ones where nothing is written; an empty list means none."""
    if part.alerts is None:
        return _usual(part, title, timed=setting.timed)
    built: dict[str, AlertRule] = {}
    for index, alert in enumerate(part.alerts):
        rule = _rule(work, index, alert, part, title, setting)
        if rule is None:
            continue
        if rule.name in built and (node := work.node("alerts", index)):
            message = f"the alert {quoted(rule.name)} stands here twice"
            work.error("duplicate-alert", message, node, "give each a name of its own")
        built.setdefault(rule.name, rule)
        if (when := work.node("alerts", index, "when")) and not _has_no_interval(work):
            check_reach(work, when, rule, setting)
    return tuple(built.values())


def _has_no_interval(work: Work) -> bool:
    """Whether how often it runs is not known, as what is written there was refused."""
    return any(node is not None and node.broken for node in (work.node("interval"), work.node("cron")))


def _usual(part: ProbePart, title: str, *, timed: bool) -> tuple[AlertRule, ...]:
    """Without a budget a probe is degraded all the same when a certificate or a token is about to fail it."""
    down = AlertRule(f"{title} is down", Track.DOWN, _FAILURES, _FAILURES, runbook=part.runbook)
    words = f"{title} is slow" if timed else f"{title} is degraded"
    slow = AlertRule(words, Track.SLOW, _DEGRADED, _DEGRADED, severity=Severity.TICKET, runbook=part.runbook)
    return (down, slow)


def _rule(work: Work, index: int, alert: AlertPart, part: ProbePart, title: str, setting: Setting) -> AlertRule | None:
    node = work.node("alerts", index, "when")
    found = wanted(work, alert.when, node, setting) if node is not None else None
    if found is None:
        return None
    _check_channels(work, work.node("alerts", index, "notify"))
    return AlertRule(
        alert.name or f"{title} {found.words}",
        found.track,
        found.at_least,
        found.of,
        _quorum(alert, found),
        Severity(alert.severity) if alert.severity else found.severity,
        tuple(alert.notify or ()),
        alert.runbook or part.runbook,
        found.condition,
    )


def _quorum(alert: AlertPart, found: Wanted) -> int | RegionQuorum:
    written = alert.when.regions
    if written is None:
        return found.regions
    return written if isinstance(written, int) else RegionQuorum(written)


def _check_channels(work: Work, node: Node | None) -> None:
    known = work.installation.channels
    if not work.installation.known:
        return
    for element in getattr(node, "elements", ()):
        if element.data not in known:
            help_ = nearest(str(element.data), known, "define it under `channels:` of synthmon.yaml")
            work.error("unknown-channel", f"there is no channel {quoted(element.data)}", element, help_)
