"""The rules beside `failures` that some probes of a world ask about, and what their runs have to say about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from random import Random
from typing import TYPE_CHECKING

from synthmon.model.condition import Burn, BurnSpeed, Condition, FailureRate, Latency, NoData
from synthmon.model.probe import AlertRule, Objective, Probe, RegionQuorum, Severity, Track
from synthmon.model.run import Outcome, RunKey, RunResult, StepResult
from tests import making

if TYPE_CHECKING:
    from tests.simulation.plan import Plan

USUAL = 0.25  # seconds that runs took in the days before a world
ENOUGH = 3  # of those days
SHARE = 0.25  # of the probes, for each condition
TICKETS = ("chat",)
CLEANUP = {outcome: (making.step("undo", outcome),) for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Found:
    """What a run finds; it takes so many milliseconds. `latency` is in seconds."""

    outcome: Outcome
    takes: int
    latency: float | None = None
    cleanup: tuple[StepResult, ...] = ()
    stalled: bool = False
    transport: bool = False  # it did not get through


def asked(probe: Probe, chance: Random) -> Probe:
    """The probe with some more rules."""
    rules, objectives = list(probe.alerts), list(probe.objectives)

    def ask(track: Track, condition: Condition | None = None, of: int = 1, regions: int | RegionQuorum = 1) -> None:
        severity = chance.choice((Severity.PAGE, Severity.TICKET))
        notify = ("pager",) if severity is Severity.PAGE else TICKETS
        rules.append(AlertRule(f"{probe.name} {len(rules)}", track, of, of, regions, severity, notify, None, condition))

    if chance.random() < SHARE:
        rate = FailureRate(chance.choice((600.0, 900.0)), chance.choice((0.1, 0.3)))
        ask(Track.DOWN, rate, regions=RegionQuorum.MAJORITY)
    if chance.random() < SHARE:
        ask(Track.SLOW, Latency(600.0, 0.8, chance.choice((50.0, 95.0, None))), regions=RegionQuorum.MAJORITY)
    if chance.random() < SHARE:
        ask(Track.SLOW, of=chance.choice((1, 2, 3)), regions=chance.choice((RegionQuorum.ANY, RegionQuorum.MAJORITY)))
    if chance.random() < SHARE:
        ask(Track.CLEANUP, of=chance.choice((1, 2)), regions=RegionQuorum.ANY)
    if chance.random() < SHARE:
        ask(Track.NO_DATA, NoData(chance.choice((3, 5)) * probe.interval))
    if chance.random() < SHARE and probe.name.endswith("-0"):
        usual = Latency(600.0, inf, chance.choice((50.0, 95.0)), above_usual=0.5)
        ask(Track.SLOW, usual, regions=RegionQuorum.MAJORITY)
    if chance.random() < SHARE:
        objectives.append(Objective("most", chance.choice((0.99, 0.999)), 30 * 86400.0, chance.choice((None, 0.8))))
        ask(Track.BUDGET, Burn("most", BurnSpeed.FAST))
    return replace(probe, alerts=tuple(rules), objectives=tuple(objectives))


def days_before(probe: Probe) -> int:
    """Of how many days runs are known before the world begins; with three of them it is known what is usual."""
    asks = any(isinstance(rule.condition, Latency) and rule.condition.above_usual for rule in probe.alerts)
    return 2 + int(probe.name.split("-")[1]) % 3 if asks else 0


def history(probe: Probe) -> Iterator[RunResult]:
    """The runs of those days, which took what is usual."""
    for region in probe.regions:
        for day in range(1, days_before(probe) + 1):
            for hour in range(24):
                slot = making.NOON - timedelta(days=day) + timedelta(hours=hour - 12)
                yield making.run(slot, name=probe.name, region=region.name, latency=USUAL)


def bound(probe: Probe, condition: Latency) -> float:
    """What the figure is held against, in seconds."""
    if condition.above_usual is None:
        return condition.above
    return USUAL * (1 + condition.above_usual) if days_before(probe) >= ENOUGH else inf


def more_of(plan: Plan, found: Found, key: RunKey, at: int, chance: Random) -> Found:
    """What else a run finds out: how long the target took, whether it cleaned up, whether we stood still."""
    about = next(probe for probe in plan.probes if probe.name == key.probe)
    tracks = {rule.track for rule in about.alerts}
    if tracks <= {Track.DOWN}:
        return found
    calm = at >= plan.chaos
    cleanup: tuple[StepResult, ...] = ()
    if Track.CLEANUP in tracks:
        left = any(one.met(key.probe, key.region, at) for one in plan.litter)
        luck = chance.random()
        odd = Outcome.ERROR if luck < 0.1 else Outcome.SKIPPED if luck < 0.2 else Outcome.PASSED
        cleanup = CLEANUP[Outcome.FAILED if left else odd]
    if not found.outcome.good:
        return replace(found, cleanup=cleanup)
    stalled = not calm and chance.random() < plan.stalls
    slow = next((one.takes for one in plan.slow if one.met(key.probe, key.region, at)), None)
    took = 2000 if stalled else slow or int(found.takes * 0.4)
    worse = slow is not None and slow > 1000 and not stalled
    return Found(Outcome.DEGRADED if worse else found.outcome, max(took, found.takes), took / 1000, cleanup, stalled)
