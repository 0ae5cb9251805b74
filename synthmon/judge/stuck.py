"""Probes that are stuck: their region is heard of, and no slot of theirs is. That is our trouble, not the target's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from synthmon.judge.region import staleness
from synthmon.judge.silent import Hearing, Voice
from synthmon.judge.situation import Pair
from synthmon.model.incident import RegionState
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass

RESTARTS = (
    3  # so many times as long as is usual nothing has to come, where whoever runs the probe is started ever again
)


@dataclass(frozen=True, slots=True)
class Slots:
    """How the slots of the probes come: those that are stuck, each with since when, and those whose slots do come.

    A pair can be neither: where too little time has passed to say, or where its region was never heard of.
    """

    stuck: Mapping[Pair, datetime]
    coming: frozenset[Pair]


def slots_of(
    probes: Iterable[Probe],
    states: Mapping[Pair, RegionState],
    hearing: Hearing,
    declared: Mapping[str, datetime],
    now: datetime,
) -> Slots:
    """Any outcome will do, an error or a skipped run as well: the slot was seen to.

    `declared`: since when the probes are as they are now. Time in which nobody listened or looked, or in which what
    happened in the region has not arrived, is nobody's fault. Whoever was killed and started again has lost the run
    that was under way and the slots between, and has time for the next one.
    """
    stuck: dict[Pair, datetime] = {}
    coming: set[Pair] = set()
    for probe in probes:
        expected = max(declared.get(probe.name, hearing.listening_since), hearing.listening_since)
        always = staleness(probe, now) if probe.cron is None else None  # the same whatever the slot
        for region in probe.regions:
            pair = (probe.name, region.name)
            voice = hearing.voices.get(region.name)
            if voice is None:
                continue
            state = states.get(pair)
            newest = state.heard_slot if state and (state.heard_slot or now) <= now else None  # a clock was set back
            reach = min(voice.reach, now)
            since = max(newest, expected) if newest else expected
            if newest is not None and reach - newest <= (always or staleness(probe, newest)):
                coming.add(pair)
            elif _too_long(hearing, region.name, voice, (since, reach), always or staleness(probe, since)):
                stuck[pair] = max(newest, declared.get(probe.name, newest)) if newest else expected
    return Slots(stuck, frozenset(coming))


def _too_long(hearing: Hearing, region: str, voice: Voice, waited: tuple[datetime, datetime], usual: timedelta) -> bool:
    """Whether it was waited for longer than is usual: since the start, or over many starts."""
    since, until = waited
    if until - since <= usual:
        return False  # however much of it somebody looked
    whole = hearing.watched(region, since, until)
    if whole <= usual or voice.started is None or voice.started <= since:
        return whole > usual
    return hearing.watched(region, min(voice.started, until), until) > usual or whole > RESTARTS * usual
