"""Availability, success ratio and coverage from runs.

Each scheduled run owns the time from its slot to the next slot of that probe and region that left a trace (a run of any
outcome, or a missed slot), at most `staleness`. Owned time of a passed or degraded run is good, of a failed one bad;
any other outcome owns time that was not judged. Confirmations and manual runs count nowhere, and a slot that lies in
planned maintenance was not due, whatever became of it: its run only ends the time of the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, pairwise

from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.run import Outcome, RunKind
from synthmon.nouns import dataclass
from synthmon.reports.figures.planned import NOTHING, Planned
from synthmon.schedule import count_slots

IsGood = Callable[[RunRow], bool]


def good_outcome(run: RunRow) -> bool:
    """The measure of availability."""
    return run.outcome.good


def good_within(seconds: float) -> IsGood:
    """The measure of an objective on latency: passed or degraded, and not measured to be slower."""
    return lambda run: run.outcome.good and (run.measured or 0.0) <= seconds


@dataclass(frozen=True, slots=True)
class Tally:
    """Seconds and runs that were good and bad, and how many runs were due. Tallies of regions add up to the probe's.

    `planned` are the runs of slots in maintenance, which count in nothing else.
    """

    good: float = 0.0
    bad: float = 0.0
    good_runs: int = 0
    bad_runs: int = 0
    due: int = 0
    by_outcome: Mapping[Outcome, int] | None = None
    planned: int = 0

    @property
    def judged(self) -> float:
        return self.good + self.bad

    @property
    def judged_runs(self) -> int:
        return self.good_runs + self.bad_runs

    @property
    def availability(self) -> float | None:
        """Good time over judged time; None when nothing was judged."""
        return self.good / self.judged if self.judged else None

    @property
    def success(self) -> float | None:
        return self.good_runs / self.judged_runs if self.judged_runs else None

    @property
    def coverage(self) -> float | None:
        """Judged runs over due runs; None when none was due."""
        return min(1.0, self.judged_runs / self.due) if self.due else None

    def __add__(self, other: Tally) -> Tally:
        return add_up((self, other))


def add_up(tallies: Iterable[Tally]) -> Tally:
    """Their sum; of many much quicker than adding one after the other."""
    good = bad = 0.0
    good_runs = bad_runs = due = planned = 0
    counts = dict.fromkeys(Outcome, 0)
    for one in tallies:
        good, bad = exact(good + one.good), exact(bad + one.bad)
        good_runs, bad_runs = good_runs + one.good_runs, bad_runs + one.bad_runs
        due, planned = due + one.due, planned + one.planned
        for outcome, number in (one.by_outcome or {}).items():
            counts[outcome] += number
    return Tally(good, bad, good_runs, bad_runs, due, counts, planned)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is counted: from `start` to `end`, with the staleness limit in seconds.

    `limits` says from when on another limit held, ascending; slots in `planned` maintenance are left out.
    """

    start: datetime
    end: datetime
    staleness: float
    limits: tuple[tuple[datetime, float], ...] = ()
    planned: Planned = NOTHING

    def stale_after(self, slot: datetime) -> float:
        """Seconds that a run of this slot may own at most."""
        return next((seconds for since, seconds in reversed(self.limits) if since <= slot), self.staleness)


def tally(
    runs: Sequence[RunRow], missed: Iterable[MissedSlot], due: int, stretch: Stretch, is_good: IsGood = good_outcome
) -> Tally:
    """Count one probe in one region. `runs` may begin before the stretch: the last one may own time inside it."""
    scheduled = sorted((run for run in runs if run.kind is RunKind.SCHEDULED), key=lambda run: run.slot)
    boundaries = sorted(chain((run.slot for run in scheduled), (slot.slot for slot in missed)))
    ends = dict(pairwise(boundaries))
    good = bad = 0.0
    for run in scheduled:
        if run.outcome.judged and not stretch.planned.holds(run.slot):
            owned = _owned(run.slot, ends.get(run.slot), stretch)
            if is_good(run):
                good += owned
            else:
                bad += owned
    within = [run for run in scheduled if stretch.start <= run.slot < stretch.end]
    inside = [run for run in within if not stretch.planned.holds(run.slot)]
    judged = [run for run in inside if run.outcome.judged]
    good_runs = sum(is_good(run) for run in judged)
    counts = {outcome: sum(run.outcome is outcome for run in inside) for outcome in Outcome}
    counts[Outcome.MISSED] += sum(
        stretch.start <= slot.slot < stretch.end and not stretch.planned.holds(slot.slot) for slot in missed
    )
    return Tally(exact(good), exact(bad), good_runs, len(judged) - good_runs, due, counts, len(within) - len(inside))


def exact(seconds: float) -> float:
    """To the microsecond: the same in whatever order, and in however many steps, a sum was made."""
    return round(seconds, 6)


def _owned(slot: datetime, next_slot: datetime | None, stretch: Stretch) -> float:
    limit = slot + timedelta(seconds=stretch.stale_after(slot))
    end = min(limit, stretch.end, next_slot or limit)
    return max(0.0, (end - max(slot, stretch.start)).total_seconds())


def due_slots(
    versions: Iterable[ProbeVersion],
    probe: str,
    region: str,
    start: datetime,
    end: datetime,
    without: Planned = NOTHING,
) -> int:
    """Slots in [start, end) and not in planned maintenance, each counted against the version then in force.

    The last version of a probe that was removed counts up to its removal: `removed` says why it ended, not that it
    never was.
    """
    known = [version for version in versions if version.probe == probe and region in version.regions]
    left_out = sum(_slots(known, region, *part) for part in without.within(start, end))
    return _slots(known, region, start, end) - left_out


def _slots(versions: Iterable[ProbeVersion], region: str, start: datetime, end: datetime) -> int:
    return sum(
        count_slots(version.probe, region, version.timing, *_in_force(version, start, end)) for version in versions
    )


def _in_force(version: ProbeVersion, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """As (after, until]: the slots computed are those after the first and up to the second instant."""
    tick = timedelta(milliseconds=1)
    first = max(start, version.since) - tick
    last = min(end, version.until or end) - tick
    return (first, max(first, last))


def staleness(interval: float, timeout: float) -> float:
    """After so many seconds without a run a belief is stale: two slots, the timeout and five seconds."""
    return 2 * interval + timeout + 5.0
