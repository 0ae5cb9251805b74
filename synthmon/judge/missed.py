"""Slots that passed without a run, and why: what was due minus what was kept, once nothing can be expected any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.model.history import MissedSlot, ProbeVersion
from synthmon.nouns import dataclass

NOT_RUNNING, NO_RESULT = "not_running", "no_result"

Stretch = tuple[datetime, datetime]
"""After the first instant, up to and including the second."""


@dataclass(frozen=True, slots=True)
class Due:
    """Slots of one probe in one region whose deadlines have passed, ascending."""

    probe: str
    region: str
    slots: tuple[datetime, ...]

    @property
    def pair(self) -> tuple[str, str]:
        return (self.probe, self.region)


def deadline(version: ProbeVersion) -> timedelta:
    """After a slot, until a run that is not kept counts as missed: an interval, the timeout and five seconds."""
    return timedelta(seconds=version.interval + version.timeout + 5)


def given_up(version: ProbeVersion, after: datetime, until: datetime) -> Stretch:
    """The stretch of the version's slots whose deadline passed in (after, until], while the version was in force.

    Called with adjoining stretches, it covers every slot of the version's time [since, until) exactly once.
    """
    tick, wait = timedelta(milliseconds=1), deadline(version)
    first = max(after - wait, version.since - tick)
    last = until - wait if version.until is None else min(until - wait, version.until - tick)
    return (first, max(first, last))


def missed(
    some: Iterable[Due], kept: Mapping[tuple[str, str], Collection[datetime]], downtimes: Sequence[Stretch]
) -> list[MissedSlot]:
    """The due slots without a run. `kept` has the slots with one, by (probe, region)."""
    return [
        MissedSlot(one.probe, one.region, slot, reason(slot, downtimes))
        for one in some
        for slot in one.slots
        if slot not in kept.get((one.probe, one.region), ())
    ]


def reason(slot: datetime, downtimes: Sequence[Stretch]) -> str:
    """`not_running` where nothing was there to run it, else `no_result`."""
    return NOT_RUNNING if any(after < slot <= until for after, until in downtimes) else NO_RESULT


def density(versions: Iterable[ProbeVersion]) -> float:
    """Slots a second over all probes and regions, if all versions were in force at once."""
    return sum(len(version.regions) / version.interval for version in versions)
