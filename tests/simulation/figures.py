"""What one run says, and the figures of many, as docs/alerts.md has them: rates, latencies, budgets. For the oracle.

Where the document leaves a margin (how many runs were due in a window), `may` and `must` are the two sides of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from synthmon.model.condition import Burn, FailureRate, Latency
from synthmon.model.probe import AlertRule, Objective, Probe, Track
from synthmon.model.run import Outcome, RunKind, RunResult, to_millis
from tests.simulation import conditions

PAIRS = {
    "fast": ((14.4, 60, 5), (6.0, 360, 30)),
    "slow": ((1.0, 3 * 1440, 360),),
}  # times as fast, over so many minutes
FEWEST, COVERED = 3, 0.8


def latency(run: RunResult) -> float | None:
    """If it is one to be trusted."""
    return run.latency if run.outcome.good and not run.quality.suspect else None


def known(probe: Probe, rule: AlertRule) -> AlertRule:
    """The rule with what it is held against in seconds, where it asks for what is usual."""
    if not isinstance(rule.condition, Latency):
        return rule
    return replace(rule, condition=replace(rule.condition, above=conditions.bound(probe, rule.condition)))


def says(run: RunResult, track: Track, rules: Sequence[AlertRule]) -> bool | None:
    """Whether the run was good on that track; None: it says nothing about it."""
    if track is Track.DOWN:
        return run.outcome is not Outcome.FAILED
    if track is Track.CLEANUP:
        left = {step.outcome for step in run.cleanup}
        if Outcome.FAILED in left:
            return False
        return None if Outcome.ERROR in left or Outcome.PASSED not in left else True
    if run.outcome is Outcome.FAILED or run.key.kind is not RunKind.SCHEDULED:
        return None
    took = latency(run)
    bounds = [rule.condition.above for rule in rules if isinstance(rule.condition, Latency)]
    return run.outcome is Outcome.PASSED and not (took is not None and any(took > bound for bound in bounds))


def counts(run: RunResult, track: Track) -> bool:
    """Whether rules that count bad runs may count it: one that is only above a figure was not degraded."""
    return track is not Track.SLOW or run.outcome is Outcome.DEGRADED


def out_of_bounds(rules: Sequence[AlertRule], runs: Sequence[RunResult], end: datetime) -> set[str]:
    """Names of the rules about a rate or a latency whose figure is too high over a window that ends with that slot."""
    return {rule.name for rule in rules if _too_high(rule, runs, end)}


def _too_high(rule: AlertRule, runs: Sequence[RunResult], end: datetime) -> bool:
    match rule.condition:
        case FailureRate(over, share, fewest):
            some = _since(runs, over, end)
            failed = [run for run in some if run.outcome is Outcome.FAILED]
            return len(some) >= fewest and len(failed) > share * len(some) + 1e-9
        case Latency(over=over, above=above, percentile=percentile, min_runs=fewest):
            took = sorted(one for run in _since(runs, over, end) if (one := latency(run)) is not None)
            if len(took) < fewest:
                return False
            figure = sum(took) / len(took) if percentile is None else took[ceil(percentile / 100 * len(took)) - 1]
            return figure > above
    return False


def _since(runs: Sequence[RunResult], seconds: float, end: datetime) -> list[RunResult]:
    return [run for run in runs if run.key.slot > end - timedelta(seconds=seconds)]


@dataclass(frozen=True, slots=True)
class Burning:
    """How one rule about a budget stands. `calm`: it may be known to be over."""

    rule: AlertRule
    objective: Objective
    may: bool
    must: bool
    calm: bool
    short: timedelta


@dataclass(frozen=True, slots=True)
class _Window:
    """`surely` and `maybe`: whether so many of the runs that were due have been judged."""

    bad: int
    regions: int
    too_fast: bool
    surely: bool
    maybe: bool


def spends(objective: Objective, run: RunResult) -> bool:
    """Whether a scheduled run spends budget: it failed, or was slower than the objective allows."""
    if run.key.kind is not RunKind.SCHEDULED:
        return False
    took = latency(run)
    return not run.outcome.good or (objective.within is not None and took is not None and took > objective.within)


def burns(probe: Probe, runs: Mapping[str, Sequence[RunResult]], now: datetime) -> list[Burning]:
    """Each rule about a budget with each pair of windows that it looks at."""
    objectives = {objective.name: objective for objective in probe.objectives}
    found = []
    for rule in probe.alerts:
        if isinstance(rule.condition, Burn):
            objective = objectives[rule.condition.objective]
            for factor, hours, minutes in PAIRS[rule.condition.speed]:
                short = max(minutes * 60, 3 * probe.interval)
                pair = [_window(probe, objective, runs, now, seconds, factor) for seconds in (hours * 60, short)]
                fast = all(one.too_fast for one in pair) and pair[0].bad >= FEWEST
                fast = fast and pair[0].regions >= min(2, len(probe.regions))
                found.append(
                    Burning(
                        rule,
                        objective,
                        may=fast and all(one.maybe for one in pair),
                        must=fast and all(one.surely for one in pair),
                        calm=any(one.maybe and not one.too_fast for one in pair),
                        short=timedelta(seconds=short),
                    )
                )
    return found


def _window(
    probe: Probe,
    objective: Objective,
    runs: Mapping[str, Sequence[RunResult]],
    now: datetime,
    seconds: float,
    factor: float,
) -> _Window:
    """In whole buckets, of which the last is the present one."""
    width = next(width for width, most in ((60, 3600), (300, 21600), (3600, 3 * 86400)) if seconds <= most)
    begins = (to_millis(now) // 1000 // width + 1 - ceil(seconds / width)) * width
    within = {
        region: [run for run in some if begins <= to_millis(run.key.slot) // 1000] for region, some in runs.items()
    }
    judged = sum(map(len, within.values()))
    bad = {region: sum(spends(objective, run) for run in some) for region, some in within.items()}
    lasted = to_millis(now) / 1000 - begins - (probe.interval + probe.journey.timeout + 5)
    due = max(0.0, lasted / probe.interval) * len(probe.regions)
    share = sum(bad.values()) / judged if judged else 0.0
    return _Window(
        bad=sum(bad.values()),
        regions=sum(count > 0 for count in bad.values()),
        too_fast=judged > 0 and share >= factor * (1 - objective.target) - 1e-9,
        surely=judged > 0 and judged >= COVERED * (due + len(probe.regions)),
        maybe=judged > 0 and judged >= COVERED * max(0.0, due - len(probe.regions)),
    )
