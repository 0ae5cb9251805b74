"""Outages of a period: how many, how long, and how long it took to notice, to tell, to be taken on and to mend them.

An outage is an incident on the track `down` that not only maintenance knew, from `began_at` to the moment since which
the probe is up again. It belongs to every period that it reaches into, with the part that lies within; it counts once
where something is told about its beginning (to detect, to page, to acknowledge, MTBF) or its end (MTTR). Means over
nothing are None: there is no such thing as a repair in 0 seconds because nothing was repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime

from synthmon.model.incident import Incident
from synthmon.model.probe import Track
from synthmon.nouns import dataclass
from synthmon.reports.figures.planned import NOTHING, Planned


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took, of so many times: seconds in all, and at most."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Delay:
        known = [max(0.0, value) for value in values]
        return cls(len(known), sum(known), max(known, default=0.0))

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None

    def __add__(self, other: Delay) -> Delay:
        return Delay(self.count + other.count, self.total + other.total, max(self.longest, other.longest))


@dataclass(frozen=True, slots=True)
class Outages:
    """Of one probe or of several. `parts` are what lies within the period, merged where they overlap.

    `count` reach into the period, `began` of them began in it, `lasting` were not over at its end (or as of now).
    `working` are the seconds for which what is watched was believed to be up or degraded.
    """

    count: int = 0
    began: int = 0
    lasting: int = 0
    parts: tuple[tuple[datetime, datetime], ...] = ()
    repair: Delay = field(default_factory=Delay)
    detect: Delay = field(default_factory=Delay)
    page: Delay = field(default_factory=Delay)
    acknowledge: Delay = field(default_factory=Delay)
    working: float = 0.0

    @property
    def total(self) -> float:
        """Seconds of the period in which there was an outage, overlapping ones counted once."""
        return sum((end - start).total_seconds() for start, end in self.parts)

    @property
    def longest(self) -> float | None:
        """Seconds of the longest stretch of the period without a working moment."""
        return max(((end - start).total_seconds() for start, end in self.parts), default=None)

    @property
    def mttr(self) -> float | None:
        """Mean time to repair: from the first failure to the recovery, of those that ended in the period."""
        return self.repair.mean

    @property
    def mtbf(self) -> float | None:
        """Mean time between failures: working time by outages that began in the period."""
        return self.working / self.began if self.began else None


def outages(
    incidents: Iterable[Incident],
    start: datetime,
    end: datetime,
    working: float,
    accepted: Mapping[str, datetime],
    planned: Planned = NOTHING,
) -> Outages:
    """Those of [start, end), where `end` is that of what is known; `incidents` without those to be excused.

    `accepted` says by incident id when a receiver first accepted a notification about it. Of an outage that outlasts
    `planned` maintenance, the time within it is no time of outage, as it is no bad time.
    """
    down = [one for one in incidents if one.track is Track.DOWN and one.began_at < end and _over(one, end) > start]
    began = [one for one in down if start <= one.began_at]
    ended = [(one, over) for one in down if (over := over_at(one)) is not None and over < end]
    opened = [one for one in down if start <= one.opened_at < end]
    return Outages(
        count=len(down),
        began=len(began),
        lasting=len(down) - len(ended),
        parts=_merged(part for one in down for part in _unplanned(max(start, one.began_at), _over(one, end), planned)),
        repair=Delay.of((over - one.began_at).total_seconds() for one, over in ended),
        detect=Delay.of((one.opened_at - one.began_at).total_seconds() for one in opened),
        page=Delay.of((accepted[one.id] - one.opened_at).total_seconds() for one in opened if one.id in accepted),
        acknowledge=Delay.of(
            (one.acknowledged_at - one.opened_at).total_seconds() for one in opened if one.acknowledged_at is not None
        ),
        working=working,
    )


def in_all(parts: Iterable[Outages]) -> Outages:
    """Of several probes: counts and delays add up, time in which two of them were out is counted once."""
    known = list(parts)
    return Outages(
        count=sum(one.count for one in known),
        began=sum(one.began for one in known),
        lasting=sum(one.lasting for one in known),
        parts=_merged(part for one in known for part in one.parts),
        repair=sum((one.repair for one in known), Delay()),
        detect=sum((one.detect for one in known), Delay()),
        page=sum((one.page for one in known), Delay()),
        acknowledge=sum((one.acknowledge for one in known), Delay()),
        working=sum(one.working for one in known),
    )


def over_at(incident: Incident) -> datetime | None:
    """Since when what it is about is up again; one that flaps is kept open after that. None: it is not over."""
    return incident.held_since or incident.resolved_at


def _over(incident: Incident, end: datetime) -> datetime:
    over = over_at(incident)
    return end if over is None else min(over, end)


def _unplanned(start: datetime, end: datetime, planned: Planned) -> Iterator[tuple[datetime, datetime]]:
    at = start
    for first, last in planned.within(start, end):
        yield at, first
        at = last
    yield at, end


def _merged(parts: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(parts):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return tuple(merged)
