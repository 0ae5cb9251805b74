"""Keeps rollups of runs: of each quarter as soon as it is not likely to change any more, and again if it does.

Behind the mark nothing is left to do but for what changes late. Hours are made with their quarters, days when they are
over; to roll anything up twice gives the same rows.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from synthmon.app import late
from synthmon.app.days import Days
from synthmon.app.gathering import quiets_about
from synthmon.app.late import ARRIVAL, BEFORE, QUIETS, UNTIL, rolled_until
from synthmon.centre.lookout import looked_until
from synthmon.events import Events
from synthmon.judge.missed import deadline
from synthmon.judge.windows import Window
from synthmon.model.history import ProbeVersion
from synthmon.model.probe import Probe
from synthmon.model.rollup import HOUR, Grain, Rolled, Rollup, ceiling_of, floor_of
from synthmon.nouns import dataclass
from synthmon.reports.figures.coarser import merged
from synthmon.reports.figures.planned import planned
from synthmon.reports.figures.rolling import Seen, raw_from, reach, roll_up
from synthmon.store.interface import Store

_log = Events()

SETTLED = timedelta(hours=1)  # after which results hardly ever come; those that do are found
AT_ONCE = timedelta(hours=1)
AGAIN_AT_ONCE = timedelta(days=1)
KNOWN_FOR = timedelta(minutes=1)
AT_MOST = 5.0  # seconds in one turn: the other one of the two waits meanwhile, and so does the end of the process


@dataclass(frozen=True, slots=True)
class Sources:
    """What rollups are made from. `kept_for` is how long runs are kept: older ones may be gone, or go at any moment.

    `zone` is where days are cut.
    """

    store: Store
    probes: Callable[[], Mapping[str, Probe]]
    windows: Callable[[], Sequence[Window]]
    kept_for: Callable[[], timedelta]
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class _Versions:
    """What every turn asks of all versions, as it was at that time: when the first one was declared, and one of those
    of late whose runs own time for the longest.
    """

    at: datetime
    since: datetime
    widest: tuple[ProbeVersion, ...]


class Rolling:
    """`turn` does what is due for a few seconds at most; what is left then is the next turn's."""

    def __init__(self, sources: Sources, now: Callable[[], datetime]) -> None:
        self._from, self._store, self._now = sources, sources.store, now
        self._days = Days(sources.store, sources.zone)
        self._versions: _Versions | None = None

    def turn(self, epoch: int | None = None) -> bool:
        """Whether nothing is left to do. Its marks are written as the leader of that term."""
        now, ends = self._now(), time.monotonic() + AT_MOST
        notes = self._store.notes()
        until = rolled_until(notes) or self._beginning(now)
        looked = looked_until(notes)
        if until is None or looked is None:
            return True  # nothing is declared, or nobody has looked for missed slots yet
        # Nearly always nothing new has come: what is declared is read only to say how far a new stretch reaches.
        horizon = self._horizon(looked, now) if floor_of(min(now - SETTLED, looked)) > until else until
        done = self._again(notes, epoch)
        known = frozenset(json.loads(self._store.notes().get(QUIETS, "[]")))
        while until < horizon and time.monotonic() < ends:
            end = min(until + AT_ONCE, horizon)
            known |= late.maintenance(self._store, self._from.windows(), until, end)
            self.roll(until, end)
            until = end
            self._note(QUIETS, json.dumps(sorted(known)), epoch)
            self._store.note(UNTIL, until.isoformat(), epoch)
        return self._days.turn(until, epoch, ends) and done and until >= horizon

    def rebuild(self) -> Iterator[tuple[datetime, int]]:
        """Count again everything that there are runs of; how far it is, and how many rollups that stretch has."""
        now = self._now()
        until, first = rolled_until(self._store.notes()), self._beginning(now)
        if until is None or first is None:
            return
        at = max(first, self.kept_from(now))
        while at < until:
            end = min(floor_of(at, AGAIN_AT_ONCE) + AGAIN_AT_ONCE, until)
            yield end, self.roll(at, end)
            at = end
        self._days.turn(until, None, math.inf)

    def roll(self, start: datetime, end: datetime, probe: str | None = None) -> int:
        """Replace the rollups of [start, end), of one probe or of all, and the hours and days they are part of.

        How many quarters there are now.
        """
        notes = self._store.notes()
        until, days = max(end, rolled_until(notes) or end), self._days.mark(notes)
        versions = self._store.versions(start=start - BEFORE, end=end)
        names = sorted({version.probe for version in versions if probe in {None, version.probe}})
        made = 0
        for name in names:
            quarters = self._quarters(name, [one for one in versions if one.probe == name], start, end)
            hours = self._hours(name, start, end, quarters, until)
            again = self._days.again(name, start, end, (quarters, *hours), days)
            self._store.replace_rollups(name, (quarters, *hours, *again))
            made += len(quarters.rollups)
        return made

    def _quarters(self, name: str, versions: Sequence[ProbeVersion], start: datetime, end: datetime) -> Rolled:
        earlier = start - reach(versions)
        probe = self._from.probes().get(name)
        quiets = quiets_about(name, probe, self._store, self._from.windows(), earlier, end)
        seen = Seen(
            probe=name,
            rows=self._store.run_rows(probe=name, start=earlier, end=end, newest_first=False),
            results=list(self._store.runs(start, end, name)),
            missed=self._store.missed(earlier, end, name),
            versions=versions,
            planned=planned(quiets),
            bounds=frozenset(one.within for one in probe.objectives if one.within is not None)
            if probe
            else frozenset(),
        )
        return Rolled(Grain.QUARTER, start, end, tuple(roll_up(seen, start, end)))

    def _hours(self, name: str, start: datetime, end: datetime, new: Rolled, until: datetime) -> list[Rolled]:
        """Those that the quarters are part of and that are whole."""
        first, last = floor_of(start, HOUR), min(ceiling_of(end, HOUR), floor_of(until, HOUR))
        if first >= last:
            return []
        around = [*self._store.rollups(first, start, name), *new.rollups, *self._store.rollups(end, last, name)]
        hours: list[Rollup] = []
        at = first
        while at < last:
            hours += merged(around, at, at + HOUR)
            at += HOUR
        return [Rolled(Grain.HOUR, first, last, tuple(hours))]

    # How far

    def kept_from(self, now: datetime) -> datetime:
        """From when on every run is there, and those before it that own time after it."""
        return raw_from(now, self._from.kept_for(), self._store.versions(start=now - BEFORE, end=now))

    def runs_end_before(self) -> datetime | None:
        """Up to when was counted, where every run before that is gone by now, or about to go."""
        until = rolled_until(self._store.notes())
        return until if until is not None and until <= self.kept_from(self._now()) else None

    def _beginning(self, now: datetime) -> datetime | None:
        known = self._known(now)
        return None if known is None else max(floor_of(known.since), self._kept_from(known, now))

    def _kept_from(self, known: _Versions | None, now: datetime) -> datetime:
        return raw_from(now, self._from.kept_for(), known.widest if known is not None else ())

    def _known(self, now: datetime) -> _Versions | None:
        """Read again once a minute, as with ten thousand probes that takes a tenth of a second; None without any."""
        known = self._versions
        if known is None or not known.at <= now < known.at + KNOWN_FOR:
            versions = self._store.versions()
            since = min((one.since for one in versions), default=None)
            late = (one for one in versions if one.since < now and (one.until is None or one.until > now - BEFORE))
            widest = max(late, key=lambda one: reach([one]), default=None)
            known = _Versions(now, since, (widest,) if widest is not None else ()) if since is not None else None
            self._versions = known
        return known

    def _horizon(self, looked: datetime, now: datetime) -> datetime:
        """Up to where everything has come or been given up."""
        longest = max(map(deadline, self._store.versions(start=now - BEFORE, end=now)), default=timedelta(0))
        return floor_of(min(now - SETTLED, looked - longest))

    # What changed late

    def _again(self, notes: Mapping[str, str], epoch: int | None) -> bool:
        now = self._now()
        since = self._kept_from(self._known(now), now)
        until = rolled_until(notes) or since
        found = late.look(self._store, self._from.windows(), notes, since)
        for one in found.changed:
            first, last = max(floor_of(one.start), since), min(ceiling_of(one.end), until)
            if first < last:
                self.roll(first, last, one.probe)
                _log.info("rollups.counted_again", probe=one.probe, start=first.isoformat(), end=last.isoformat())
        self._note(ARRIVAL, str(found.arrival), epoch)
        self._note(QUIETS, json.dumps(sorted(found.quiets)), epoch)
        return found.complete

    def _note(self, name: str, value: str, epoch: int | None) -> None:
        if self._store.notes().get(name) != value:
            self._store.note(name, value, epoch)
