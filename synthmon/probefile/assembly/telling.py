"""What is good, and who is told when it is not: objectives and alerts."""

from __future__ import annotations

from collections.abc import Sequence

from synthmon.language.duration import parse_duration
from synthmon.model.probe import AlertRule, Objective, RegionQuorum, Severity, Track
from synthmon.probefile.assembly.work import Work, mapping, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.probe import AlertPart, ObjectivePart, ProbePart, WhenPart, WindowPart
from synthmon.probefile.node import Node

_FAILURES, _DEGRADED = 2, 3  # in a row, where a probe says nothing of alerts
_WORDS = {Track.DOWN: "down", Track.SLOW: "slow"}
_SEVERITY = {Track.DOWN: Severity.PAGE, Track.SLOW: Severity.TICKET}


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


def build_alerts(work: Work, part: ProbePart, title: str, regions: int, *, timed: bool) -> tuple[AlertRule, ...]:
    """The alerts as written, or the usual ones where nothing is written; an empty list means none.

    `timed`: whether anything in the probe can be degraded.
    """
    if part.alerts is None:
        return _usual(part, title, timed=timed)
    built: dict[str, AlertRule] = {}
    for index, alert in enumerate(part.alerts):
        rule = _rule(work, index, alert, part, title)
        if rule is None:
            continue
        if rule.name in built and (node := work.node("alerts", index)):
            message = f"the alert {quoted(rule.name)} stands here twice"
            work.error("duplicate-alert", message, node, "give each a name of its own")
        built.setdefault(rule.name, rule)
        _check_reach(work, index, rule, regions, timed=timed)
    return tuple(built.values())


def _usual(part: ProbePart, title: str, *, timed: bool) -> tuple[AlertRule, ...]:
    down = AlertRule(f"{title} is down", Track.DOWN, _FAILURES, _FAILURES, runbook=part.runbook)
    slow = AlertRule(
        f"{title} is slow", Track.SLOW, _DEGRADED, _DEGRADED, severity=Severity.TICKET, runbook=part.runbook
    )
    return (down, slow) if timed else (down,)


def _rule(work: Work, index: int, alert: AlertPart, part: ProbePart, title: str) -> AlertRule | None:
    found = _condition(work, alert.when, work.node("alerts", index, "when"))
    if found is None:
        return None
    track, at_least, of = found
    _check_channels(work, work.node("alerts", index, "notify"))
    regions = alert.when.regions
    return AlertRule(
        alert.name or f"{title} is {_WORDS[track]}",
        track,
        at_least,
        of,
        regions if isinstance(regions, int) else RegionQuorum(regions or RegionQuorum.MAJORITY),
        Severity(alert.severity) if alert.severity else _SEVERITY[track],
        tuple(alert.notify or ()),
        alert.runbook or part.runbook,
    )


def _condition(work: Work, when: WhenPart, node: Node | None) -> tuple[Track, int, int] | None:
    """Track, how many bad runs, of how many."""
    written = {Track.DOWN: when.failures, Track.SLOW: when.degraded}
    named = {track: count for track, count in written.items() if count is not None}
    if node is None:
        return None
    if len(named) != 1:
        if not node.cut:
            has = "this has both: make it two alerts" if named else "this says nothing"
            work.error("alert", f"one of `failures` and `degraded` is needed; {has}", node)
        return None
    ((track, count),) = named.items()
    if not isinstance(count, WindowPart):
        return track, count, count
    if count.at_least > count.of:
        message = f"{count.at_least} bad runs of the last {count.of} cannot be"
        work.error("alert", message, node, "raise `of`, or lower `at_least`")
    return track, count.at_least, count.of


def _check_channels(work: Work, node: Node | None) -> None:
    known = work.installation.channels
    for element in getattr(node, "elements", ()):
        if element.data not in known:
            help_ = nearest(str(element.data), known, "define it under `channels:` of synthmon.yaml")
            work.error("unknown-channel", f"there is no channel {quoted(element.data)}", element, help_)


def _check_reach(work: Work, index: int, rule: AlertRule, regions: int, *, timed: bool) -> None:
    """An alert that could never be given is a mistake."""
    when = work.node("alerts", index, "when")
    if when is None:
        return
    if isinstance(rule.regions, int) and rule.regions > regions > 0:
        runs = "one region" if regions == 1 else f"{regions} regions"
        message = f"this waits for {rule.regions} regions, and the probe runs in {runs}, so it could never be true"
        work.error("quorum", message, mapping(when).get("regions", when), "lower it, or write `majority`")
    if rule.track is Track.SLOW and not timed and not work.names.may_be("latency_budget"):
        message = "nothing here can be degraded: neither the probe nor a step has a `latency_budget`"
        work.warning("never-degraded", message, when, "give one of them a budget")
