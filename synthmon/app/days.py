"""Keeps rollups of days, cut in the zone of reports; cut anew from hours and quarters when that zone changes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo

from synthmon.app.late import BEFORE
from synthmon.events import Events
from synthmon.model.rollup import HOUR, Grain, Rolled, Rollup, ceiling_of, floor_of
from synthmon.nouns import dataclass
from synthmon.reports.figures.coarser import merged, totals
from synthmon.reports.figures.period import Period, day
from synthmon.store.interface import Store

_log = Events()

DAYS = "rollups.days"


@dataclass(frozen=True, slots=True)
class DaysMark:
    """The days before `until` are there, cut in `zone`; of the next one those of probes up to `probe`, by name."""

    zone: str
    until: datetime
    probe: str = ""

    def __str__(self) -> str:
        return json.dumps({"zone": self.zone, "until": self.until.isoformat(), "probe": self.probe})

    @classmethod
    def parse(cls, text: str) -> DaysMark:
        """From the form of `str`."""
        found = json.loads(text)
        return cls(found["zone"], datetime.fromisoformat(found["until"]), found["probe"])


class Days:
    """`turn` makes what is due; `again` is what has to be made again with the quarters that it is made from."""

    def __init__(self, store: Store, zone: tzinfo) -> None:
        self._store, self._zone = store, zone

    def mark(self, notes: Mapping[str, str]) -> DaysMark | None:
        """How far it is; None where nothing is cut in this zone."""
        found = DaysMark.parse(notes[DAYS]) if DAYS in notes else None
        return found if found is not None and found.zone == str(self._zone) else None

    def turn(self, until: datetime, epoch: int | None, ends: float) -> bool:
        """Whether all days that are over by then are made, as far as it got before `ends` by the monotonic clock."""
        mark = self.mark(self._store.notes()) or self._begin(until, epoch)
        while mark is not None:
            today = self._day_of(mark.until)
            if today.end > until:
                return True
            for name in self._names(today, mark.probe):
                if time.monotonic() > ends:
                    self._store.note(DAYS, str(mark), epoch)
                    return False
                self._store.replace_rollups(name, self._made(name, today, ()))
                mark = DaysMark(mark.zone, mark.until, name)
            mark = DaysMark(mark.zone, today.end)
            self._store.note(DAYS, str(mark), epoch)
        return True

    def again(
        self, name: str, start: datetime, end: datetime, new: Iterable[Rolled], mark: DaysMark | None
    ) -> list[Rolled]:
        """The days that [start, end) is part of and that are there, with what is new in it."""
        if mark is None:
            return []
        stretches = tuple(new)
        last = min(end, mark.until if not mark.probe else self._day_of(mark.until).end)
        return [rolled for one in self._days(start, last) for rolled in self._made(name, one, stretches)]

    def _made(self, name: str, today: Period, new: tuple[Rolled, ...]) -> tuple[Rolled, Rolled]:
        parts, start, end = self._parts(name, today, new), today.start, today.end
        regions = tuple(merged(parts, start, end))
        return Rolled(Grain.DAY, start, end, regions), Rolled(Grain.TOTAL, start, end, tuple(totals(parts, start, end)))

    def _begin(self, until: datetime, epoch: int | None) -> DaysMark | None:
        """Begin with the first day that there is anything of, after whatever was cut in another zone is gone."""
        since = min((version.since for version in self._store.versions()), default=None)
        if since is None:
            return None
        self._store.forget_days()
        mark = DaysMark(str(self._zone), self._day_of(min(since, until)).start)
        self._store.note(DAYS, str(mark), epoch)
        _log.info("rollups.days_begun", zone=mark.zone, since=mark.until.isoformat())
        return mark

    def _day_of(self, instant: datetime) -> Period:
        """The day it lies in; where a zone leapt over a day, that has no length and is none."""
        return day(instant.astimezone(self._zone).date(), self._zone)

    def _days(self, start: datetime, end: datetime) -> Iterator[Period]:
        at = start
        while at < end:
            today = self._day_of(at)
            yield today
            at = today.end

    def _names(self, today: Period, after: str) -> list[str]:
        versions = self._store.versions(start=today.start - BEFORE, end=today.end)
        return sorted({one.probe for one in versions if one.probe > after})

    def _parts(self, name: str, today: Period, new: tuple[Rolled, ...]) -> list[Rollup]:
        """Hours that lie within, quarters at the ends: as they are kept, but for those that are new."""
        first, last = ceiling_of(today.start, HOUR), floor_of(today.end, HOUR)
        if first >= last:
            return self._current(name, Grain.QUARTER, today.start, today.end, new)
        return [
            *self._current(name, Grain.QUARTER, today.start, first, new),
            *self._current(name, Grain.HOUR, first, last, new),
            *self._current(name, Grain.QUARTER, last, today.end, new),
        ]

    def _current(
        self, name: str, grain: Grain, start: datetime, end: datetime, new: tuple[Rolled, ...]
    ) -> list[Rollup]:
        if start >= end:
            return []
        fresh = [one for one in new if one.grain is grain]
        kept = self._store.rollups(start, end, name, grain)
        stale = [one for one in kept if not any(part.start <= one.bucket < part.end for part in fresh)]
        added = [one for part in fresh for one in part.rollups if start <= one.bucket < end]
        return sorted((*stale, *added), key=lambda one: (one.bucket, one.region))
