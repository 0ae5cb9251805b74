"""How fast the error budget of an objective is used up: bad runs over two windows at once, all regions together.

The long window says that it matters, the short one that it still goes on. Source: `synthmon.model.condition.BURNS`.
Runs are counted in buckets, which are kept with what is believed of a region; what is not known counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from synthmon.judge.region import NOT_KNOWN
from synthmon.judge.telling import judged_on
from synthmon.judge.whole import Whole
from synthmon.model import words
from synthmon.model.condition import FEWEST_BAD, FEWEST_REGIONS, Burn, BurnWindows
from synthmon.model.incident import Bucket, Incident, RegionState, RunNote, Spending
from synthmon.model.probe import AlertRule, Objective, Probe, Severity, Track
from synthmon.model.run import RunKind, RunResult, from_millis, to_millis
from synthmon.nouns import dataclass

COVERAGE = 0.8  # of the due runs must have been judged, in either window
_SCALES: Mapping[str, tuple[int, int]] = {"minutes": (60, 60), "fives": (300, 72), "hours": (3600, 72)}
"""The width of a bucket in seconds, and how many are looked at."""


@dataclass(frozen=True, slots=True)
class _Count:
    """The runs of one window. `due` are the slots that ought to have been judged by now."""

    due: int
    judged: int
    bad: int
    regions: tuple[str, ...]  # with a bad run
    first_bad: datetime | None = None  # where the bucket of the first bad run begins
    last_bad: datetime | None = None

    @property
    def covered(self) -> bool:
        return self.judged > 0 and self.judged >= COVERAGE * self.due

    def burn(self, objective: Objective) -> float:
        """How many times as fast as it may; 1 uses the whole budget up just when the objective's window ends."""
        return self.bad / self.judged / (1 - objective.target) if self.judged else 0.0


def spent(probe: Probe, spending: Mapping[str, Spending], run: RunResult, *, excused: bool) -> Mapping[str, Spending]:
    """The counts of a region with one more scheduled run, for every objective that a rule asks about.

    `excused`: it fell into maintenance, so that it is neither bad nor missing.
    """
    if run.key.kind is not RunKind.SCHEDULED or not run.outcome.judged:
        return spending
    return {
        objective.name: _counted(spending.get(objective.name, Spending()), objective, run, excused=excused)
        for objective in {objective.name: objective for _, _, objective in _rules(probe)}.values()
    }


def is_bad(objective: Objective, run: RunResult) -> bool:
    """Whether the run spends budget: it failed, or it was slower than the objective allows.

    A latency that we spoilt ourselves is held against nobody.
    """
    slow = objective.within is not None and run.latency is not None and run.latency > objective.within
    return not run.outcome.good or (slow and not run.quality.suspect)


def burning(
    probe: Probe, states: Mapping[str, RegionState], run: RunResult | None, outage: Incident | None, now: datetime
) -> Whole | None:
    """How the budgets stand, and which rules hold because of `run`, which was just judged; None: no rule asks.

    Nothing opens without a new bad run: that windows change while time passes is no news. `outage` is the current or
    the latest incident of the track `down`, which tells of the same bad runs already.
    """
    rules = _rules(probe)
    if not rules:
        return None
    states = {region.name: states[region.name] for region in probe.regions if region.name in states}
    pairs = {rule.name: _pairs(probe, states, burn, objective, now) for rule, burn, objective in rules}
    holding = tuple(
        rule
        for rule, _, objective in rules
        if _is_news(states, run, objective)
        and any(pair.holds and not pair.explained(rule, outage, now) for pair in pairs[rule.name])
    )
    every = [pair for some in pairs.values() for pair in some]
    told = next((pair for rule in holding for pair in pairs[rule.name] if pair.holds), every[0])
    known = [name for name, state in states.items() if _known(state)]
    return Whole(
        track=Track.BUDGET,
        holding=holding,
        down=told.long.regions,
        cause=_note(told, run, run.key.slot) if run else None,
        first=_note(told, run, told.long.first_bad or run.key.slot) if run else None,
        recovered=2 * len(known) >= len(probe.regions) and all(pair.clear for pair in every),
        because="the budget is used up no faster than it may",
        basis=judged_on(len(known), len(probe.regions)),
        last_good_slot=max((slot for state in states.values() if (slot := state.last_good_slot)), default=None),
        recovered_slot=max((slot for pair in every if (slot := pair.long.last_bad)), default=None),
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """One objective over a long and a short window."""

    windows: BurnWindows
    objective: Objective
    long: _Count
    short: _Count
    regions: int

    @property
    def holds(self) -> bool:
        enough = self.long.bad >= FEWEST_BAD and len(self.long.regions) >= min(FEWEST_REGIONS, self.regions)
        return enough and all(one.covered and self._too_fast(one) for one in (self.long, self.short))

    @property
    def clear(self) -> bool:
        """Whether it is known to be over: absence is no recovery."""
        return any(one.covered and not self._too_fast(one) for one in (self.long, self.short))

    def explained(self, rule: AlertRule, outage: Incident | None, now: datetime) -> bool:
        """Whether an outage that was told at least as loudly explains what the short window holds."""
        if outage is None or (rule.severity is Severity.PAGE and outage.severity is Severity.TICKET):
            return False
        over = outage.resolved_at
        return over is None or now - over < timedelta(seconds=self.windows.short)

    def text(self) -> str:
        allowed, one = words.percent(1 - self.objective.target, 3).rstrip(" %").rstrip("0").rstrip("."), self.long
        return (
            f"{self.objective.name}: {one.bad} of {one.judged} runs were bad over {words.span(self.windows.long)}, "
            f"{one.burn(self.objective):.1f} times the {allowed} % that the objective allows"
        )

    def _too_fast(self, one: _Count) -> bool:
        return one.burn(self.objective) >= self.windows.factor - 1e-9


def short_window(windows: BurnWindows, interval: float) -> float:
    """Seconds; a probe that runs seldom needs a longer one, or a single run would decide."""
    return min(windows.long, max(windows.short, 3 * interval))


def _pairs(
    probe: Probe, states: Mapping[str, RegionState], burn: Burn, objective: Objective, now: datetime
) -> list[_Pair]:
    spending = {name: state.spending.get(objective.name, Spending()) for name, state in states.items()}
    return [
        _Pair(
            replace(windows, short=short),
            objective,
            _count(probe, spending, windows.long, now),
            _count(probe, spending, short, now),
            len(probe.regions),
        )
        for windows in burn.pairs
        for short in [short_window(windows, probe.interval)]
    ]


def _rules(probe: Probe) -> list[tuple[AlertRule, Burn, Objective]]:
    objectives = {objective.name: objective for objective in probe.objectives}
    return [
        (rule, rule.condition, objectives[rule.condition.objective])
        for rule in probe.alerts
        if isinstance(rule.condition, Burn) and rule.condition.objective in objectives
    ]


def _is_news(states: Mapping[str, RegionState], run: RunResult | None, objective: Objective) -> bool:
    """Whether a bad run of the present was just judged; one of a backlog leaves its region blind."""
    if run is None or run.key.kind is not RunKind.SCHEDULED or not is_bad(objective, run):
        return False
    return run.key.region in states and _known(states[run.key.region])


def _known(state: RegionState) -> bool:
    track = state.tracks.get(Track.DOWN)
    return track is not None and track.phase not in NOT_KNOWN


def _note(pair: _Pair, run: RunResult, slot: datetime) -> RunNote:
    return RunNote(run.id, slot, run.key.region, message=pair.text())


def _counted(spent: Spending, objective: Objective, run: RunResult, *, excused: bool) -> Spending:
    one = Bucket(0, 0, 0, 1) if excused else Bucket(0, 1, int(is_bad(objective, run)))
    second = to_millis(run.key.slot) // 1000
    return Spending(**{name: _grown(getattr(spent, name), name, second, one) for name in _SCALES})


def _grown(buckets: Sequence[Bucket], scale: str, second: int, one: Bucket) -> tuple[Bucket, ...]:
    width, looked_at = _SCALES[scale]
    number = second // width
    known = {bucket.number: bucket for bucket in buckets if number - bucket.number <= looked_at}
    old = known.get(number, Bucket(number))
    known[number] = Bucket(number, old.judged + one.judged, old.bad + one.bad, old.excused + one.excused)
    return tuple(known[key] for key in sorted(known))


def slots_due(probe: Probe, start: int, now: datetime) -> int:
    """Slots of a region since then (seconds of the epoch).

    One of which nothing was heard yet may still be answered until its deadline; see `missed.deadline`.
    """
    waited = probe.interval + probe.journey.timeout + 5
    if probe.cron is not None:
        return len(probe.cron.between(from_millis(start * 1000), now - timedelta(seconds=waited)))
    return max(0, int((to_millis(now) / 1000 - start - waited) // probe.interval))


def _count(probe: Probe, spending: Mapping[str, Spending], window: float, now: datetime) -> _Count:
    """Whole buckets, the last one being that of the present: the window is shorter than its name by less than one."""
    scale = next((name for name, (width, many) in _SCALES.items() if window <= width * many), "hours")
    width = _SCALES[scale][0]
    current = to_millis(now) // 1000 // width
    first = current - ceil(window / width) + 1
    chosen = {
        region: [one for one in getattr(spent, scale) if first <= one.number <= current]
        for region, spent in spending.items()
    }
    every = [one for some in chosen.values() for one in some]
    bad = sorted(one.number * width * 1000 for one in every if one.bad)
    due = len(probe.regions) * slots_due(probe, first * width, now) - sum(one.excused for one in every)
    return _Count(
        due=due,
        judged=sum(one.judged for one in every),
        bad=sum(one.bad for one in every),
        regions=tuple(region for region, some in chosen.items() if any(one.bad for one in some)),
        first_bad=from_millis(bad[0]) if bad else None,
        last_bad=from_millis(bad[-1]) if bad else None,
    )
