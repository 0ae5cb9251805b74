"""Keeps rollups of runs: of each quarter as soon as it is not likely to change any more, and again if it does.

Behind the mark nothing is left to do but for what changes late: runs that arrive after their quarter was rolled up, and
maintenance that somebody asked for afterwards. Both are found from what was remembered of the last turn, so that a new
leader goes on where the last one was; to roll a quarter up twice gives the same rows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from synthmon.app.reporting import quiets_about
from synthmon.centre.lookout import looked_until
from synthmon.judge.missed import deadline
from synthmon.judge.windows import Window
from synthmon.model.history import ProbeVersion
from synthmon.model.probe import Probe
from synthmon.model.rollup import ceiling_of, floor_of
from synthmon.reports.figures.planned import planned
from synthmon.reports.figures.rolling import Seen, raw_from, reach, roll_up
from synthmon.store.interface import Store

_log = structlog.get_logger()

UNTIL, ARRIVAL, QUIETS = "rollups.until", "rollups.arrival", "rollups.quiets"
SETTLED = timedelta(hours=1)  # after which results hardly ever come; those that do are found
AT_ONCE = timedelta(hours=1)
LATE_AT_ONCE = 5000  # runs
AT_MOST = 5.0  # seconds in one turn: other chores wait meanwhile
_BEFORE = timedelta(days=3)  # a version that ended may still own time for two of its intervals


@dataclass(frozen=True, slots=True)
class Sources:
    """What rollups are made from. `kept_for` is how long runs are kept: older ones may be gone, or go at any moment."""

    store: Store
    probes: Callable[[], Mapping[str, Probe]]
    windows: Callable[[], Sequence[Window]]
    kept_for: Callable[[], timedelta]


class Rolling:
    """`turn` does what is due for a few seconds at most; what is left then is the next turn's."""

    def __init__(self, sources: Sources, now: Callable[[], datetime]) -> None:
        self._from, self._store, self._now = sources, sources.store, now

    def turn(self, epoch: int | None = None) -> bool:
        """Whether nothing is left to do. Its marks are written as the leader of that term."""
        now, ends = self._now(), time.monotonic() + AT_MOST
        notes = self._store.notes()
        until = rolled_until(notes) or self._beginning(now)
        horizon = self._horizon(notes, now)
        if until is None or horizon is None:
            return True
        done = self._again(notes, until, epoch)
        while until < horizon and time.monotonic() < ends:
            end = min(until + AT_ONCE, horizon)
            self.roll(until, end)
            until = end
            self._store.note(UNTIL, until.isoformat(), epoch)
        return done and until >= horizon

    def rebuild(self) -> Iterator[tuple[datetime, int]]:
        """Count again everything that there are runs of; how far it is, and how many rollups that hour has."""
        now = self._now()
        until, first = rolled_until(self._store.notes()), self._beginning(now)
        if until is None or first is None:
            return
        at = max(first, self.kept_from(now))
        while at < until:
            end = min(at + AT_ONCE, until)
            yield end, self.roll(at, end)
            at = end

    def roll(self, start: datetime, end: datetime, probe: str | None = None) -> int:
        """Replace the rollups of [start, end), of one probe or of all; how many there are now."""
        versions = self._store.versions(start=start - _BEFORE, end=end)
        names = sorted({version.probe for version in versions if probe in {None, version.probe}})
        return sum(self._roll(name, [one for one in versions if one.probe == name], start, end) for name in names)

    def _roll(self, name: str, versions: Sequence[ProbeVersion], start: datetime, end: datetime) -> int:
        earlier = start - reach(versions)
        quiets = quiets_about(name, self._from.probes().get(name), self._store, self._from.windows(), earlier, end)
        seen = Seen(
            probe=name,
            rows=self._store.run_rows(probe=name, start=earlier, end=end, newest_first=False),
            results=list(self._store.runs(start, end, name)),
            missed=self._store.missed(earlier, end, name),
            versions=versions,
            planned=planned(quiets),
        )
        rollups = roll_up(seen, start, end)
        self._store.replace_rollups(name, start, end, rollups)
        return len(rollups)

    # How far

    def kept_from(self, now: datetime) -> datetime:
        """From when on every run is there, and those before it that own time after it."""
        return raw_from(now, self._from.kept_for(), self._store.versions(start=now - _BEFORE, end=now))

    def _beginning(self, now: datetime) -> datetime | None:
        since = min((version.since for version in self._store.versions()), default=None)
        return None if since is None else max(floor_of(since), self.kept_from(now))

    def _horizon(self, notes: Mapping[str, str], now: datetime) -> datetime | None:
        """Up to where everything has come or been given up. None: nobody has looked for missed slots yet."""
        looked = looked_until(notes)
        if looked is None:
            return None
        longest = max(map(deadline, self._store.versions(start=now - _BEFORE, end=now)), default=timedelta(0))
        return floor_of(min(now - SETTLED, looked - longest))

    # What changed late

    def _again(self, notes: Mapping[str, str], until: datetime, epoch: int | None) -> bool:
        arrival = int(notes.get(ARRIVAL, "0"))
        late = self._store.late_runs(arrival, LATE_AT_ONCE)
        stretches = self._around((probe, slot) for _, probe, slot in late if slot < until)
        over = self._over(until)
        known = set(json.loads(notes.get(QUIETS, "[]")))
        stretches += [(None, start, end) for name, (start, end) in over.items() if name not in known]
        since = self.kept_from(self._now())
        for probe, start, end in stretches:
            first, last = max(floor_of(start), since), min(ceiling_of(end), until)
            if first < last:
                self.roll(first, last, probe)
                _log.info("rollups.counted_again", probe=probe, start=first.isoformat(), end=last.isoformat())
        if late:
            self._store.note(ARRIVAL, str(late[-1][0]), epoch)
        if known != over.keys():
            self._store.note(QUIETS, json.dumps(sorted(over)), epoch)
        return len(late) < LATE_AT_ONCE

    def _around(self, runs: Iterable[tuple[str, datetime]]) -> list[tuple[str | None, datetime, datetime]]:
        """A late run ends the time of the one before it, and owns time itself: both by as much as one may own."""
        found: dict[str, list[datetime]] = {}
        for probe, slot in runs:
            found.setdefault(probe, []).append(slot)
        stretches: list[tuple[str | None, datetime, datetime]] = []
        for probe, slots in found.items():
            first, last = min(slots), max(slots)
            versions = self._store.versions(start=first - _BEFORE, end=last + _BEFORE)
            back = reach(one for one in versions if one.probe == probe)
            stretches.append((probe, first - back, last + back))
        return stretches

    def _over(self, until: datetime) -> dict[str, tuple[datetime, datetime]]:
        """Maintenance and silences that are over and rolled up: each counts once more when it first is, or changes."""
        quiets = self._store.quiets(self.kept_from(self._now()), until)
        return {
            f"{one.id} {one.start.isoformat()} {one.ends_at.isoformat()}": (one.start, one.ends_at)
            for one in quiets
            if one.ends_at <= until
        }


def rolled_until(notes: Mapping[str, str]) -> datetime | None:
    """Before that instant everything is rolled up."""
    return datetime.fromisoformat(notes[UNTIL]) if UNTIL in notes else None
