"""The judge alone, millions of runs of it: how often independent flakes page, and how soon an outage does.

Three regions, `failures: 2`, a majority, one run a minute with a timeout of 10 seconds; confirmations as agents make
them. No store and no sender: what is measured is the judge's decision.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from synthmon.judge import Policy, Situation, decide
from synthmon.judge.confirm import CONFIRM_AFTER, confirmation_due
from synthmon.judge.situation import HealthKey
from synthmon.model.incident import Decision, HealthChange, Incident, RegionState
from synthmon.model.probe import AlertRule, Probe, ProbeRegion, Severity, Track
from synthmon.model.run import Failure, FailureKind, Outcome, RunKey, RunResult
from synthmon.schedule import phase
from tests import making

REGIONS = ("eu", "us", "ap")
INTERVAL, TIMEOUT = 60.0, 10.0
BOUND = INTERVAL + 2 * TIMEOUT + 7  # seconds, as docs/alerts.md has it
KEEP = 0.05  # seconds from the end of a run to its judgement
BASE = making.NOON.replace(hour=0)  # the epoch's grid of minutes meets it
FAILURES = (Failure(FailureKind.STATUS, "answered 500, expected 201", expected="201", actual="500"),)
POLICY = Policy("test", default_channels=("pager",))


def declared(name: str, names: Sequence[str] = REGIONS) -> Probe:
    regions = tuple(ProbeRegion(region) for region in names)
    return making.probe(name, regions=regions, alerts=(AlertRule(f"{name} is down", Track.DOWN, 2, 2),))


def outcome_of(key: RunKey, started_at: datetime, seconds: float, *, bad: bool) -> RunResult:
    return RunResult(
        key=key,
        started_at=started_at,
        duration=seconds,
        outcome=Outcome.FAILED if bad else Outcome.PASSED,
        failures=FAILURES if bad else (),
        failed_step="pay" if bad else None,
    )


@dataclass(slots=True)
class Court:
    """One probe before the judge: what was decided is remembered as a store would."""

    probe: Probe
    states: dict[str, RegionState] = field(default_factory=dict)
    incidents: dict[Track, Incident] = field(default_factory=dict)
    health: dict[HealthKey, HealthChange] = field(default_factory=dict)
    last: dict[str, Outcome] = field(default_factory=dict)  # what each region's agent remembers
    steps: int = 0

    def step(self, run: RunResult, now: datetime) -> Decision:
        self.steps += 1
        situation = Situation(
            probes={self.probe.name: self.probe},
            runs=(run,),
            states=tuple(self.states.values()),
            incidents=tuple(self.incidents.values()),
            health=self.health,
        )
        decision = decide(situation, POLICY, now)
        for state in decision.states:
            self.states[state.region] = state
        for incident in decision.incidents:
            self.incidents[incident.track] = incident
        for change in decision.health:
            self.health[change.probe, change.region] = change
        return decision

    def confirmation(self, run: RunResult) -> RunKey | None:
        key = confirmation_due(self.last.get(run.key.region), run)
        self.last[run.key.region] = run.outcome
        return key


@dataclass(frozen=True, slots=True)
class Flakes:
    """`runs` were judged; `pages` were triggered; the oracle expects `expected` of them, at most, on the average."""

    runs: int
    pages: int
    expected: float


def flakes(rate: float, runs: int, seed: int) -> Flakes:
    """A target that is always well, seen through runs of which each fails by itself with that chance."""
    chance, court, pages, paged = Random(f"flakes {seed}"), Court(declared("steady")), 0, ""
    regions = sorted(REGIONS, key=lambda region: phase("steady", region, INTERVAL))
    for slots in itertools.count():
        for region in regions:
            slot = BASE + timedelta(seconds=slots * INTERVAL + phase("steady", region, INTERVAL))
            key: RunKey | None = RunKey("test", "steady", region, slot)
            at = slot
            while key is not None:
                run = outcome_of(key, at, 0.2, bad=chance.random() < rate)
                at += timedelta(seconds=0.2 + KEEP)
                for incident in court.step(run, at).incidents:
                    if incident.current and incident.severity is Severity.PAGE and incident.id != paged:
                        pages, paged = pages + 1, incident.id
                key = court.confirmation(run)
                at += timedelta(seconds=CONFIRM_AFTER)
        if court.steps >= runs:
            break
    return Flakes(court.steps, pages, court.steps * expected_pages(rate))


def expected_pages(rate: float) -> float:
    """Pages for each run that the rules themselves bring about, from the chain of what three regions are believed.

    A region is up, down, or up again once (0, 1, 2). At each slot it fails with `rate`; a first failure is confirmed
    at once. Two regions that are not up page, unless that was told already; all up ends it. That further incidents are
    held together when it flaps, or share one that began as a ticket, only makes fewer pages.
    """
    believed: dict[tuple[tuple[int, ...], bool], float] = {((0, 0, 0), False): 1.0}
    for _ in range(400):  # rounds, until it does not change any more
        pages, runs = 0.0, 0.0
        for region in range(3):
            after: dict[tuple[tuple[int, ...], bool], float] = {}
            for (places, told), share in believed.items():
                for place, chance, count in _slot(places[region], rate):
                    now = (*places[:region], place, *places[region + 1 :])
                    sees = sum(one != 0 for one in now)
                    fresh = sees >= 2 and not told
                    pages += share * chance * fresh
                    runs += share * chance * count
                    state = (now, (told or fresh) and sees > 0)
                    after[state] = after.get(state, 0.0) + share * chance
            believed = after
    return pages / runs


def _slot(place: int, rate: float) -> Iterator[tuple[int, float, int]]:
    """Where a region is after a slot, with what chance, and how many runs that took."""
    if place == 1:
        yield from ((1, rate, 1), (2, 1 - rate, 1))
        return
    failed_again = (1, rate * rate, 2)
    yield from ((0, 1 - rate, 1), failed_again, (place, rate * (1 - rate), 2))


@dataclass(frozen=True, slots=True)
class Outages:
    """`seconds` from the start of each outage to the decision to page, ascending; `missed`: none within the bound."""

    seconds: tuple[float, ...]
    missed: int
    steps: int

    def quantile(self, share: float) -> float:
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))] if self.seconds else math.inf


def outages(count: int, seed: int, *, takes: float) -> Outages:
    """So many outages of probes with phases of their own; a run that meets one lasts for `takes` seconds."""
    chance, seconds, missed, steps = Random(f"outages {seed} {takes}"), [], 0, 0
    for number in range(count):
        court = Court(declared(f"probe-{seed}-{number}"))
        told = tell(court, 2 * INTERVAL + chance.random() * INTERVAL, takes)
        steps += court.steps
        if told is None or told > BOUND:
            missed += 1
        else:
            seconds.append(told)
    return Outages(tuple(sorted(seconds)), missed, steps)


def tell(court: Court, begins: float, takes: float) -> float | None:
    """Seconds from `begins` to the decision to page; None if there is none within twice the bound."""
    name, number = court.probe.name, itertools.count()
    queue: list[tuple[float, int, RunKey, bool | None]] = []  # when, a number, what; bad is None where a run begins

    for region in (region.name for region in court.probe.regions):
        for slot in range(5):
            due = slot * INTERVAL + phase(name, region, INTERVAL)
            key = RunKey("test", name, region, BASE + timedelta(seconds=due))
            heapq.heappush(queue, (due, next(number), key, None))
    while queue:
        at, _, key, bad = heapq.heappop(queue)
        if bad is None:
            meets = at >= begins
            heapq.heappush(queue, (at + (takes if meets else 0.2), next(number), key, meets))
            continue
        lasted = takes if bad else 0.2
        run = outcome_of(key, BASE + timedelta(seconds=at - lasted), lasted, bad=bad)
        decision = court.step(run, BASE + timedelta(seconds=at + KEEP))
        if any(told.message.severity is Severity.PAGE for told in decision.notifications):
            return at + KEEP - begins
        if again := court.confirmation(run):
            heapq.heappush(queue, (at + CONFIRM_AFTER, next(number), again, None))
    return None
