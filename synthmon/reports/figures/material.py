"""What is known of a probe, as a report is made from it: rollups for what is settled, runs for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.incident import HealthChange, Incident
from synthmon.model.probe import Objective
from synthmon.model.quiet import Quiet
from synthmon.model.rollup import Grain, Rollup
from synthmon.model.run import RunResult
from synthmon.nouns import dataclass
from synthmon.reports.figures.counting import staleness
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.planned import Planned, planned


@dataclass(frozen=True, slots=True)
class Material:
    """All that is known of one probe. `versions` reach back over the longest window of its objectives.

    `regions` are those in which it ran at some time of the period; title, interval and timeout are the latest.
    Before `raw_from`, where a quarter of an hour begins, the `rollups` are counted: they are cut where the period
    begins, are longer the more of them fit, and ascend. `wholes` are the same time, days of all regions together, for
    what is not told region by region; where there are none, `rollups` stand in for them. `before` are those of the time
    before the period, cut where windows of objectives begin, some of them of all regions together. From `raw_from` on
    `rows` and `results` are counted; before it there are rows where a window begins within a quarter. `around` gives
    them and those around runs that failed. `kept_from`: before that instant runs are gone. `finer` gives the rollups of
    a stretch, none longer than that grain.
    `quiets` are silences and maintenance about it, those that recur included; silences change no figure.
    `days` are those of the period and some before, oldest first; `since` is when it was first declared, as far as that
    is known; `accepted` says by incident id when a receiver first accepted a notification of it.
    """

    name: str
    title: str
    regions: tuple[str, ...]
    interval: float
    timeout: float
    owner: str | None = None
    tags: tuple[str, ...] = ()
    objectives: tuple[Objective, ...] = ()
    rows: Sequence[RunRow] = ()
    results: Iterable[RunResult] = ()
    missed: Sequence[MissedSlot] = ()
    versions: Sequence[ProbeVersion] = ()
    changes: Sequence[HealthChange] = ()
    incidents: Sequence[Incident] = ()
    quiets: Sequence[Quiet] = ()
    rollups: Sequence[Rollup] = ()
    wholes: Sequence[Rollup] = ()
    before: Sequence[Rollup] = ()
    raw_from: datetime | None = None
    days: Sequence[Day] = ()
    since: datetime | None = None
    accepted: Mapping[str, datetime] = field(default_factory=dict)
    kept_from: datetime | None = None
    finer: Callable[[datetime, datetime, Grain], Sequence[Rollup]] | None = None
    around: Callable[[], Sequence[RunRow]] | None = None

    def planned(self) -> Planned:
        return planned(self.quiets)

    def rows_around(self) -> Sequence[RunRow]:
        """The rows, and those around runs that failed, as far as they are there."""
        return self.rows if self.around is None else self.around()

    def between(self, start: datetime, end: datetime, longest: Grain) -> Sequence[Rollup]:
        """The rollups that begin in [start, end), by their beginning; none longer than that, where there are finer."""
        if self.finer is not None:
            return self.finer(start, end, longest)
        return [one for one in self.rollups if start <= one.bucket < end]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a run may own at most: `latest`, and `since` when which other limit held, ascending."""

    latest: float
    since: tuple[tuple[datetime, float], ...]

    @property
    def longest(self) -> float:
        return max([self.latest, *(seconds for _, seconds in self.since)])

    def at(self, slot: datetime) -> float:
        return next((seconds for since, seconds in reversed(self.since) if since <= slot), self.latest)


def limits_of(material: Material) -> Limits:
    """A probe that ran every five minutes had another limit than it has now."""
    since = tuple(
        (version.since, staleness(version.interval, version.timeout))
        for version in sorted(material.versions, key=lambda version: version.since)
        if version.probe == material.name
    )
    return Limits(staleness(material.interval, material.timeout), since)
