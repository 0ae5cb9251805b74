"""Slots that nobody ran: looked for behind the judge, a stretch at a time, and told apart by whether we were there."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.events import Events
from synthmon.judge.missed import Due, Stretch, density, given_up, missed
from synthmon.judge.situation import Pair
from synthmon.model.history import ProbeVersion
from synthmon.schedule import slots
from synthmon.store.interface import Store

_log = Events()

LOOK_EVERY = timedelta(seconds=10)
ABSENT_AFTER = timedelta(seconds=30)  # a process that looked away for so long was suspended, or starved
FARTHEST_BACK = timedelta(hours=48)  # older slots have no row: counting due against kept runs still shows them
MOST_SLOTS = 5000  # looked at in one go
_ROWS_A_QUESTION = 50  # read in the time that one more question of the database takes

UNTIL, _ACTIVE, _DOWNTIMES = "centre.missed_until", "centre.active_at", "centre.downtimes"
_TICK = timedelta(milliseconds=1)
_MOMENT = timedelta(seconds=2)  # by which the clocks of processes that take turns may differ
_DAY = timedelta(days=1)


class Lookout:
    """Notes missed slots. What it has to remember over a restart is kept as notes in the store.

    `runs_here`: what is due is run by this process alone, so that nothing ran while it was not there. Otherwise agents
    run on while centres come and go, and nothing is noted before what waits there has `arrived`: the note would be
    taken back, the line in the log would not.
    """

    def __init__(
        self, store: Store, *, runs_here: bool = True, arrived: Callable[[datetime], bool] = lambda _: True
    ) -> None:
        self._store, self._runs_here, self._arrived = store, runs_here, arrived
        self._looked_at: datetime | None = None
        self._behind = False  # there is more to look through than was taken at once

    def look(self, now: datetime, epoch: int | None = None) -> None:
        """Look, if it is time to, or if the last look did not get to the end."""
        since = now - self._looked_at if self._looked_at else LOOK_EVERY
        if self._behind or not timedelta(0) <= since < LOOK_EVERY:
            self.note_missed(now, epoch)

    def note_missed(self, now: datetime, epoch: int | None = None) -> int:
        """Record slots whose deadline passed since the last look; how many were new. `epoch` is the leader's."""
        notes = self._store.notes()
        self._mind_the_clock(notes, now, epoch)
        downtimes = self._mind_absence(notes, now, epoch)
        if not self._arrived(now):
            return 0
        after = max(_instant(notes.get(UNTIL)) or now - FARTHEST_BACK, now - FARTHEST_BACK)
        versions = self._store.versions(start=after - _DAY, end=now)
        # Nothing was due before the first version: a new installation does not look through days that it never had.
        after = max(after, min((version.since for version in versions), default=now) - _TICK)
        until = _reach(versions, after, now)
        self._behind = until < now
        new = self._note(versions, (after, until), downtimes, epoch) if until > after else 0
        self._store.note(UNTIL, min(until, now).isoformat(), epoch)
        return new

    def _note(
        self, versions: Sequence[ProbeVersion], stretch: Stretch, downtimes: Sequence[Stretch], epoch: int | None
    ) -> int:
        some = due(versions, *stretch)
        slots = missed(some, self._kept(some, stretch[1] - stretch[0]), downtimes)
        new = self._store.note_missed(slots, epoch) if slots else 0
        if new:
            _log.warning("run.missed", slots=new, names=sorted({slot.probe for slot in slots})[:10])
        return new

    def _kept(self, some: Sequence[Due], width: timedelta) -> Mapping[Pair, Collection[datetime]]:
        """The slots with a run. Those of many pairs that lie close together are asked for at once."""
        kept: dict[Pair, Collection[datetime]] = {}
        for close in together(some, width):
            if len(close) * _ROWS_A_QUESTION < len(some):
                kept |= {
                    one.pair: self._store.run_keys(*one.pair, one.slots[0], one.slots[-1] + _TICK) for one in close
                }
                continue
            last = max(one.slots[-1] for one in close)
            there = self._store.kept_slots(close[0].slots[0], last + _TICK)
            kept |= {one.pair: [slot for slot in one.slots if (*one.pair, slot) in there] for one in close}
        return kept

    def _mind_the_clock(self, notes: Mapping[str, str], now: datetime, epoch: int | None) -> None:
        """A clock that was ahead and is put right: what seemed to pass meanwhile is still to come."""
        until = _instant(notes.get(UNTIL))
        if until is None or until <= now + _MOMENT:
            return
        if withdrawn := self._store.withdraw_missed(now, epoch):
            _log.warning("run.not_missed", slots=withdrawn, why="the clock was ahead, and they were not due yet")

    def _mind_absence(self, notes: Mapping[str, str], now: datetime, epoch: int | None) -> list[Stretch]:
        """Times in which no process was there, or it was suspended; a start ends one, however short."""
        active, first = _instant(notes.get(_ACTIVE)), self._looked_at is None
        known = (stretch for stretch in _read(notes.get(_DOWNTIMES)) if stretch[1] > now - FARTHEST_BACK - _DAY)
        kept = [stretch for stretch in known if stretch[1] <= now + _MOMENT]  # else a clock leapt: nobody was away
        absent = active is not None and active < now and (first or now - active > ABSENT_AFTER)
        if self._runs_here and active is not None and absent:
            kept.append((active, now))
            written = json.dumps([[after.isoformat(), until.isoformat()] for after, until in kept])
            self._store.note(_DOWNTIMES, written, epoch)
        self._store.note(_ACTIVE, now.isoformat(), epoch)
        self._looked_at = now
        return kept


def due(versions: Iterable[ProbeVersion], after: datetime, until: datetime) -> tuple[Due, ...]:
    """Slots whose deadline passed in (after, until], counted against the version of the probe then in force."""
    found = (
        Due(version.probe, region, slots(version.probe, region, version.timing, *stretch))
        for version in versions
        if (stretch := given_up(version, after, until))[0] < stretch[1]
        for region in version.regions
    )
    return tuple(one for one in found if one.slots)


def together(some: Iterable[Due], width: timedelta) -> Iterator[list[Due]]:
    """In groups whose slots lie within `width` of each other: such of one interval and timeout do."""
    group: list[Due] = []
    for one in sorted(some, key=lambda one: one.slots[0]):
        if group and one.slots[-1] > group[0].slots[0] + width:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _reach(versions: Sequence[ProbeVersion], after: datetime, now: datetime) -> datetime:
    """How far to look this time: all the way, or as far as so many slots are likely to be found."""
    rate = density(versions)
    return min(now, after + timedelta(seconds=max(10.0, MOST_SLOTS / rate))) if rate else now


def active_at(notes: Mapping[str, str]) -> datetime | None:
    """When some centre on this database last said that it was there."""
    return _instant(notes.get(_ACTIVE))


def _read(note: str | None) -> list[Stretch]:
    return [(datetime.fromisoformat(after), datetime.fromisoformat(until)) for after, until in json.loads(note or "[]")]


def looked_until(notes: Mapping[str, str]) -> datetime | None:
    """Up to when deadlines have passed and slots without a run were noted; None before the first look."""
    return _instant(notes.get(UNTIL))


def _instant(note: str | None) -> datetime | None:
    return datetime.fromisoformat(note) if note else None
