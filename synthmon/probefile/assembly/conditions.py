"""What an alert waits for: from its `when` to a track, and a count of bad runs or another condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, inf

from synthmon.model.condition import FEWEST_RUNS, Burn, BurnSpeed, Condition, FailureRate, Latency, NoData
from synthmon.model.probe import RegionQuorum, Severity, Track
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.reach import Setting
from synthmon.probefile.assembly.work import Work, key_of, mapping, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.probe import Count, FailureRatePart, LatencyPart, WhenPart, WindowPart
from synthmon.probefile.node import Node

_KINDS = ("failures", "failure_rate", "degraded", "latency", "cleanup_failures", "no_data", "burn_rate")
_WHOLE = ("no_data", "burn_rate")  # of all regions together


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for, and what follows from it where the alert says nothing; `words` follow the probe's title."""

    track: Track
    words: str
    severity: Severity
    at_least: int = 1
    of: int = 1
    condition: Condition | None = None
    regions: RegionQuorum = RegionQuorum.MAJORITY


@dataclass(frozen=True, slots=True)
class _Alert:
    """An alert's `when` as a model and as written, and what it hangs on."""

    work: Work
    when: WhenPart
    node: Node
    setting: Setting


def wanted(work: Work, when: WhenPart, node: Node, setting: Setting) -> Wanted | None:
    """What the alert waits for; None if that cannot be said, which is reported."""
    named = [kind for kind in _KINDS if getattr(when, kind) is not None]
    if when.slo is not None and when.burn_rate is None:
        named = [*named, "slo"]
    if len(named) != 1:
        _not_one(work, node, named)
        return None
    if named == ["slo"]:
        if not node.cut:
            work.error("alert", "this does not say how fast the budget burns", node, "add `burn_rate: fast` or `slow`")
        return None
    if named[0] in _WHOLE and when.regions is not None:
        place = mapping(node).get("regions", node)
        message = f"`{named[0]}` looks at all regions together, so `regions` says nothing here"
        work.error("alert", message, place, "delete it")
    return _READERS[named[0]](_Alert(work, when, node, setting))


def _not_one(work: Work, node: Node, named: list[str]) -> None:
    if node.cut:
        return
    kinds = ", ".join(f"`{kind}`" for kind in _KINDS[:-1])
    if named:
        has = f"this has {' and '.join(f'`{kind}`' for kind in named)}: make it {len(named)} alerts"
    else:
        has = "this says nothing"
    work.error("alert", f"one of {kinds} and `{_KINDS[-1]}` is needed; {has}", node)


def _failures(alert: _Alert) -> Wanted:
    at_least, of = _count(alert.work, alert.when.failures, alert.node)
    return Wanted(Track.DOWN, "is down", Severity.PAGE, at_least, of)


def _degraded(alert: _Alert) -> Wanted:
    at_least, of = _count(alert.work, alert.when.degraded, alert.node)
    return Wanted(Track.SLOW, "is slow", Severity.TICKET, at_least, of)


def _cleanup(alert: _Alert) -> Wanted:
    count = alert.when.cleanup_failures or 1
    words = "does not clean up"
    return Wanted(Track.CLEANUP, words, Severity.TICKET, count, count, regions=RegionQuorum.ANY)


def _count(work: Work, count: Count | None, node: Node) -> tuple[int, int]:
    """How many bad runs, of how many."""
    if isinstance(count, WindowPart):
        if count.at_least > count.of:
            message = f"{count.at_least} bad runs of the last {count.of} cannot be"
            work.error("alert", message, node, "raise `of`, or lower `at_least`")
        return count.at_least, count.of
    number = count or 1
    return number, number


def _failure_rate(alert: _Alert) -> Wanted | None:
    part = alert.when.failure_rate
    if not isinstance(part, FailureRatePart):
        return None
    fewest = part.min_runs or _fewest(alert.setting.runs(part.over), ceil(1 / part.more_than - 1e-9))
    condition = FailureRate(part.over, part.more_than, fewest)
    return Wanted(Track.DOWN, "fails too often", Severity.PAGE, condition=condition)


def _latency(alert: _Alert) -> Wanted | None:
    part = alert.when.latency
    if not isinstance(part, LatencyPart):
        return None
    place = mapping(alert.node).get("latency", alert.node)
    if part.above is not None and part.above_baseline is not None:
        where = key_of(place, "above_baseline") or place
        message = "a latency is held against `above` or against what is usual, not both"
        alert.work.error("alert", message, where, "make it two alerts")
        return None
    if part.above is None and part.above_baseline is None:
        if not place.cut:
            help_ = "add `above:` and a duration, or `above_baseline:` and a percentage"
            alert.work.error("alert", "this does not say how slow is too slow", place, help_)
        return None
    enough = ceil(100 / (100 - part.percentile) - 1e-9) if part.percentile else FEWEST_RUNS
    fewest = part.min_runs or _fewest(alert.setting.runs(part.over), enough)
    percentile = None if part.percentile is None else float(part.percentile)
    above = inf if part.above is None else part.above
    condition = Latency(part.over, above, percentile, fewest, part.above_baseline)
    return Wanted(Track.SLOW, "is slow", Severity.TICKET, condition=condition)


def _fewest(in_window: int, enough: int) -> int:
    """So many that a single run does not decide, if the window holds as many."""
    return max(FEWEST_RUNS, enough) if in_window >= enough else FEWEST_RUNS


def _no_data(alert: _Alert) -> Wanted:
    condition = NoData(alert.when.no_data or 0.0)
    return Wanted(Track.NO_DATA, "is without data", Severity.TICKET, condition=condition)


def _burn(alert: _Alert) -> Wanted | None:
    if alert.when.slo is None:
        if not alert.node.cut:
            alert.work.error(
                "alert", "this does not say the budget of which objective burns", alert.node, "add `slo:` and its name"
            )
        return None
    known = {objective.name for objective in alert.setting.objectives}
    if alert.when.slo not in known:
        if not alert.work.names.may_be(alert.when.slo):
            help_ = nearest(alert.when.slo, known, "define it under `slo:`")
            place = mapping(alert.node).get("slo", alert.node)
            alert.work.error("unknown-objective", f"the probe has no objective {quoted(alert.when.slo)}", place, help_)
        return None
    speed = BurnSpeed(alert.when.burn_rate or BurnSpeed.FAST)
    fast = speed is BurnSpeed.FAST
    words = "burns its error budget fast" if fast else "uses its error budget up"
    severity = Severity.PAGE if fast else Severity.TICKET
    return Wanted(Track.BUDGET, words, severity, condition=Burn(alert.when.slo, speed))


_READERS: Mapping[str, Callable[[_Alert], Wanted | None]] = {
    "failures": _failures,
    "failure_rate": _failure_rate,
    "degraded": _degraded,
    "latency": _latency,
    "cleanup_failures": _cleanup,
    "no_data": _no_data,
    "burn_rate": _burn,
}
