"""Regions that nothing is heard of: what runs there is not known, and one incident says so for all of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from synthmon.model.agent import Heartbeat
from synthmon.nouns import dataclass

SILENT_AFTER = timedelta(seconds=90)  # six heartbeats
_NOTHING = timedelta(0)

Stretch = tuple[datetime, datetime]
"""From the first instant to the second."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What is heard of one region: when it last gave a sign of life, and until when what happened there has arrived.

    `reach` lags behind where results wait to be delivered, or where the clock there is behind. `started`: when whoever
    runs its probes began; a process that was killed took the runs with it that were under way.
    """

    heard: datetime
    reach: datetime
    standstills: tuple[Stretch, ...] = ()  # in which nothing ran there, though it goes on now
    started: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is heard of all regions. Who began to listen a moment ago has not heard anybody, and that means nothing.

    `standstills`: when nobody looked, as this process stood still, and its own region with it. Of what fell due
    meanwhile nothing could be heard: that time counts against nobody.
    """

    listening_since: datetime
    voices: Mapping[str, Voice]
    standstills: tuple[Stretch, ...] = ()

    def silent(self, regions: Iterable[str], now: datetime) -> dict[str, datetime]:
        """Those of the regions that are silent, and since when."""
        last = {name: self.last_word(name) for name in regions}
        return {name: since for name, since in last.items() if now - max(since, self.listening_since) > SILENT_AFTER}

    def heard(self, regions: Iterable[str], now: datetime) -> frozenset[str]:
        """Those of which there is a sign of life. A region can be neither: one that there was no time to hear yet."""
        known = {name: self.voices[name].heard for name in regions if name in self.voices}
        return frozenset(name for name, heard in known.items() if now - heard <= SILENT_AFTER)

    def watched(self, region: str, since: datetime, until: datetime) -> timedelta:
        """How much of that time somebody looked, and the region did not stand still either."""
        there = self.voices[region].standstills if region in self.voices else ()
        return awake([*self.standstills, *there], since, until)

    def last_word(self, region: str) -> datetime:
        return self.voices[region].heard if region in self.voices else self.listening_since


def awake(standstills: Iterable[Stretch], since: datetime, until: datetime) -> timedelta:
    """How much of the time is none of theirs; they may overlap."""
    covered, reached = _NOTHING, since
    for start, end in sorted(standstills):
        first, last = max(start, reached), min(end, until)
        if first < last:
            covered, reached = covered + (last - first), last
    return until - since - covered


def voices_of(
    heartbeats: Iterable[Heartbeat],
    ended: Mapping[str, datetime],
    here: Collection[str],
    now: datetime,
    started: datetime | None = None,
) -> dict[str, Voice]:
    """From the last heartbeat of each agent and the end of the newest run by region; `here` are those of our process,
    which `started` then.

    A region speaks through any of its agents, and all that happened there has arrived when the last of them that lives,
    or of their workers, has delivered it. Workers alone are no region: nobody tells them what is due.
    """
    found = {region: Voice(min(end, now), min(end, now)) for region, end in ended.items()}
    for region, some in _by_region(heartbeats).items():
        heard = max((one.at for one in some if not one.worker), default=None)
        if heard is None:
            continue
        living = [one for one in some if heard - one.at <= SILENT_AFTER]
        reach = min(_reach(one) for one in living)
        stood = tuple(stretch for one in living for stretch in one.standstills)
        began = max(one.started_at for one in living)  # of their clocks, as slots are
        found[region] = Voice(max(heard, found[region].heard) if region in found else heard, reach, stood, began)
    return found | {region: Voice(now, now, started=started) for region in here}


def _by_region(heartbeats: Iterable[Heartbeat]) -> dict[str, list[Heartbeat]]:
    found: dict[str, list[Heartbeat]] = {}
    for heartbeat in heartbeats:
        found.setdefault(heartbeat.region, []).append(heartbeat)
    return found


def _reach(heartbeat: Heartbeat) -> datetime:
    """Slots are of the agent's clock; what it has not delivered is not known yet, from the oldest on."""
    there = heartbeat.at + timedelta(seconds=min(0.0, heartbeat.offset or 0.0))
    return min(there, heartbeat.spool_oldest) if heartbeat.spool_oldest else there
