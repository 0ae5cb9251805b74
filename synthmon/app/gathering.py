"""Gathers what is known of the probes of a report: rollups where there are any that nothing has changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from synthmon.app import late
from synthmon.app.days import Days
from synthmon.app.late import Changed
from synthmon.app.shelf import Shelf
from synthmon.judge.windows import Window, occurrences
from synthmon.model.history import ProbeVersion, RunRow
from synthmon.model.incident import Delivery, DeliveryStatus, HealthChange, Incident, Occasion
from synthmon.model.probe import OWN_TRACKS, Probe
from synthmon.model.quiet import Quiet
from synthmon.model.rollup import Grain, Rollup, ceiling_of, floor_of
from synthmon.model.run import Outcome, RunResult
from synthmon.nouns import dataclass
from synthmon.reports.figures.cover import Known
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.past import Day, days_from, days_of
from synthmon.reports.figures.period import Period
from synthmon.reports.figures.rolling import raw_from, reach
from synthmon.store.interface import Store

T = TypeVar("T")

Stretches = list[tuple[datetime, datetime]]
AROUND = 1000  # stretches of runs around those that failed, above which all runs between them are read


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about which probes (as they are declared now), over which period, and as of when."""

    names: Sequence[str]
    probes: Mapping[str, Probe]
    period: Period
    as_of: datetime
    raw: bool = False  # count runs alone, as far as they are there
    objectives: bool = True  # whether the windows of objectives are asked for too

    @property
    def until(self) -> datetime:
        return self.period.until(self.as_of)

    def windows(self, name: str) -> list[datetime]:
        """Where the windows of its objectives begin."""
        probe = self.probes.get(name)
        declared = probe.objectives if probe is not None and self.objectives else ()
        return [self.until - timedelta(seconds=one.window) for one in declared]


class Gathering:
    """Of one report: what is read for all of its probes is read once."""

    def __init__(self, store: Store, question: Question, windows: Sequence[Window], kept_for: timedelta | None) -> None:
        self._store, self._asked, self._windows, self._kept_for = store, question, windows, kept_for
        notes, period = store.notes(), question.period
        self._rolled = late.rolled_until(notes)
        mark = Days(store, period.zone).mark(notes)
        self._earliest = min([days_of(period)[0][0], *(at for name in question.names for at in question.windows(name))])
        known = Known(period.zone, mark.until if mark is not None else None)
        self._shelf = Shelf(store, known, len(question.names), self._earliest)
        self._versions = _by(store.versions(self._earliest, period.end), lambda one: one.probe)
        self._incidents = _by(store.incidents(start=period.start, end=period.end), lambda one: one.probe)
        self._changes = self._health()
        quiets = (*store.quiets(self._before(), period.end), *occurrences(windows, self._before(), period.end))
        self._quiets = sorted(quiets, key=lambda quiet: (quiet.start, quiet.id))
        self._changed = self._changed_late(notes)

    def materials(self) -> Iterator[Material]:
        return (self._material(name) for name in self._asked.names)

    def _material(self, name: str) -> Material:
        period, probe, versions = self._asked.period, self._asked.probes.get(name), self._versions[name]
        known = [one for one in versions if one.since < period.end and (one.until is None or one.until > period.start)]
        latest, kept, mark = known[-1], self._kept_from(versions), self._mark(name)
        windows = self._asked.windows(name)
        cuts = sorted({ceiling_of(at) for at in (*windows, period.start)})
        before, rollups = self._rollups(name, cuts, mark)
        wholes = self._wholes(name, mark)
        counting = [one for one in versions if one.until is None or one.until > cuts[0]]
        back = reach(counting)
        counted = self._counted(name, mark, back)
        about = self._incidents.get(name, [])
        return Material(
            name=name,
            title=latest.title,
            regions=tuple(dict.fromkeys(region for version in reversed(known) for region in version.regions)),
            interval=latest.interval,
            timeout=latest.timeout,
            owner=probe.owner if probe else None,
            tags=probe.tags if probe else (),
            objectives=probe.objectives if probe else (),
            rows=self._rows(name, counted),
            results=self._results(name, mark),
            missed=[slot for start, last in counted for slot in self._store.missed(start, last, name)],
            versions=counting,
            changes=self._changes.get(name, []),
            incidents=[one for one in about if one.track not in OWN_TRACKS],  # a channel can be called like a probe
            quiets=[one for one in self._quiets if is_about(one, name, probe)],
            rollups=rollups,
            wholes=wholes,
            before=before,
            raw_from=mark,
            days=self._days(name, self._settled(name)),
            since=min(one.since for one in versions),
            accepted=self._accepted(about),
            kept_from=kept,
            finer=lambda start, end, grain: self._shelf.between(name, start, end, grain, shared=False),
            around=lambda: self._rows(name, _merged([*counted, *self._around_failures(rollups, back)])),
        )

    # How far back

    def _before(self) -> datetime:
        """A run from before the first instant that is counted may own time after it."""
        return self._earliest - timedelta(days=1)

    def _kept_from(self, versions: Sequence[ProbeVersion]) -> datetime | None:
        return None if self._kept_for is None else raw_from(self._asked.as_of, self._kept_for, versions)

    def _mark(self, name: str) -> datetime | None:
        """Up to where rollups are counted."""
        settled, kept = self._settled(name), self._kept_from(self._versions[name])
        if not self._asked.raw or settled is None:
            return settled
        return min(settled, kept) if kept is not None else None

    def _settled(self, name: str) -> datetime | None:
        """Up to where they are what runs came to: up to what changed after it was rolled up, which runs still know."""
        if self._rolled is None:
            return None
        mark = min(self._rolled, floor_of(self._asked.until))
        kept = self._kept_from(self._versions[name])
        mine = (one for one in self._changed if one.probe in {None, name} and one.end > self._earliest)
        changed = [floor_of(one.start) for one in mine]
        return min([mark, *(max(at, kept) if kept is not None else at for at in changed)])

    def _changed_late(self, notes: Mapping[str, str]) -> Sequence[Changed]:
        if self._rolled is None:
            return ()
        since = self._kept_from([one for known in self._versions.values() for one in known]) or self._before()
        return late.everything(self._store, self._windows, notes, since)

    # What is read

    def _rollups(self, name: str, cuts: Sequence[datetime], mark: datetime | None) -> tuple[list[Rollup], list[Rollup]]:
        """Those before the period, regions together, and those of it, both cut where something begins."""
        before: list[Rollup] = []
        rollups: list[Rollup] = []
        if mark is None:
            return before, rollups
        start = self._asked.period.start
        for first, last in zip(cuts, (*cuts[1:], mark), strict=True):
            shared = last < mark or mark == floor_of(self._asked.until)
            if last <= start:
                before += self._shelf.between(name, first, min(last, mark), Grain.TOTAL, shared=shared)
            else:
                rollups += self._shelf.between(name, first, min(last, mark), Grain.DAY, shared=shared)
        return before, rollups

    def _wholes(self, name: str, mark: datetime | None) -> list[Rollup]:
        start = self._asked.period.start
        if mark is None or mark <= start:
            return []
        return self._shelf.between(name, start, mark, Grain.TOTAL, shared=mark == floor_of(self._asked.until))

    def _days(self, name: str, mark: datetime | None) -> tuple[Day, ...]:
        days = days_of(self._asked.period)
        end = min(days[-1][1], mark) if mark is not None else days[0][0]
        return days_from(self._shelf.between(name, days[0][0], end, Grain.TOTAL), self._asked.period)

    def _counted(self, name: str, mark: datetime | None, back: timedelta) -> Stretches:
        """Of which single runs are counted, with the time before in which they may own time."""
        start, end = self._asked.period.start, self._asked.period.end
        windows = self._asked.windows(name)
        begins = min([start, *windows])
        raw_from = max(mark, begins) if mark is not None else begins
        stretches = [(raw_from - back, end)] if raw_from < self._asked.until else []
        stretches += [(at - back, ceiling_of(at)) for at in windows if at < raw_from and ceiling_of(at) != at]
        return _merged(stretches)

    def _rows(self, name: str, stretches: Stretches) -> list[RunRow]:
        return [row for start, last in stretches for row in self._store.run_rows(probe=name, start=start, end=last)]

    def _around_failures(self, rollups: Sequence[Rollup], back: timedelta) -> Stretches:
        """Where regions may have disagreed: runs on both sides of those that failed."""
        if len({one.region for one in rollups}) < 2:
            return []
        failed = sorted(slot for one in rollups if one.count(Outcome.FAILED) for slot in one.detail.failed)
        end, tick = self._asked.period.end, timedelta(milliseconds=1)
        stretches = _merged((slot - back, min(slot + back + tick, end)) for slot in failed)
        return stretches if len(stretches) <= AROUND else [(stretches[0][0], stretches[-1][1])]

    def _results(self, name: str, mark: datetime | None) -> Iterable[RunResult]:
        period = self._asked.period
        start = max(period.start, mark) if mark is not None else period.start
        return self._store.runs(start, period.end, name) if start < self._asked.until else ()

    def _health(self) -> Mapping[str, list[HealthChange]]:
        period, names = self._asked.period, self._asked.names
        if len(names) < 10:
            return {name: self._store.health_changes(period.start, period.end, name) for name in names}
        return _by(self._store.health_changes(period.start, period.end), lambda one: one.probe)

    def _accepted(self, incidents: Iterable[Incident]) -> dict[str, datetime]:
        """By incident, when a receiver first accepted what was owed about it."""
        found = {}
        for one in incidents:
            sent = [each.sent_at for each in self._store.deliveries(one.id) if each.sent_at is not None and _told(each)]
            if sent:
                found[one.id] = min(sent)
        return found


def _told(delivery: Delivery) -> bool:
    return delivery.status is DeliveryStatus.SENT and delivery.notification.occasion is Occasion.TRIGGER


def quiets_about(
    name: str, probe: Probe | None, store: Store, windows: Sequence[Window], start: datetime, end: datetime
) -> list[Quiet]:
    """What somebody asked for about the probe and what recurs, by its beginning."""
    quiets = [*store.quiets(start, end), *occurrences(windows, start, end)]
    return sorted((one for one in quiets if is_about(one, name, probe)), key=lambda quiet: (quiet.start, quiet.id))


def is_about(quiet: Quiet, name: str, probe: Probe | None) -> bool:
    """Tags and owner of a probe that is no longer declared are not known: then only its name can be meant."""
    return quiet.covers.covers(probe) if probe else quiet.covers.covers_name(name)


def _merged(stretches: Iterable[tuple[datetime, datetime]]) -> Stretches:
    """The same time in stretches that do not overlap, ascending."""
    merged: Stretches = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return merged


def _by(values: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for value in values:
        found[key(value)].append(value)
    return found
