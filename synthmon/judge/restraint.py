"""Why people are not told for now, although they ought to be, or not by themselves.

Nothing here keeps a judgement back: incidents open and end as they would. Only messages wait, each with its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge.change import Change
from synthmon.judge.suspect import Doubt
from synthmon.model import words
from synthmon.model.incident import Health, HealthChange, Incident, IncidentEvent, Occasion
from synthmon.model.probe import Probe, Severity, Track
from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass

WAIT_FOR_PARENT = timedelta(seconds=30)
_ALARMS = frozenset({Occasion.TRIGGER, Occasion.REMIND})


@dataclass(frozen=True, slots=True)
class Restraint:
    """Why, in words for people; `parent` names the probe or the region whose incident speaks for it, if that is why."""

    why: str
    parent: str | None = None


def restraint(
    probe: Probe, severity: Severity, quiets: Iterable[Quiet], parents: Iterable[HealthChange], now: datetime
) -> Restraint | None:
    """What keeps messages about the probe back at `now`; None: nothing does.

    `parents` is what is believed of the probes it depends on. One of which nothing is known keeps nothing back.
    """
    for quiet in sorted(quiets, key=lambda quiet: quiet.ends_at, reverse=True):
        if quiet.holds(now) and quiet.covers.covers(probe, severity):
            until = words.instant(quiet.ends_at)
            return Restraint(f'{quiet.kind} by {quiet.author} until {until}: "{quiet.reason}"')
    for parent in parents:
        if parent.health is Health.DOWN:
            return Restraint(f"{parent.probe}, on which it depends, is down", parent.probe)
    return None


def recovering(
    incident: Incident, last_bad: datetime | None, parents: Iterable[HealthChange], wait: timedelta, now: datetime
) -> Restraint | None:
    """What it depends on has just come back: whether it does too, only a run since then can tell.

    For what was held back because of that parent. `last_bad` is the slot of the newest run that failed; `wait` is how
    long such a run can be waited for: then the message goes out.
    """
    for parent in parents:
        if parent.probe != incident.parent or parent.health not in {Health.UP, Health.DEGRADED}:
            continue
        if (last_bad is None or last_bad < parent.at) and now - parent.at < wait:
            return Restraint(
                f"{parent.probe}, on which it depends, has just come back; its next run tells", parent.probe
            )
    return None


def spoken_for(
    probe: Probe, incident: Incident, suspect: Mapping[str, Doubt], silent: Collection[str]
) -> Restraint | None:
    """A region's own incident speaks for all that is wrong there alone, or of which nothing is heard from there.

    Only for what nobody was told of: who was told of it by itself hears of it by itself.
    """
    if incident.told:
        return None
    if incident.track is Track.NO_DATA and all(region.name in silent for region in probe.regions):
        names = ", ".join(region.name for region in probe.regions)
        return Restraint(f"nothing is heard of {names}, which is told as one", probe.regions[0].name)
    if incident.track is Track.DOWN and incident.regions and suspect.keys() >= set(incident.regions):
        names = ", ".join(incident.regions)
        return Restraint(f"{names} is suspect, and what fails from there alone is told as one", incident.regions[0])
    return None


def waiting_for(doubted: Collection[str], opened_at: datetime, now: datetime) -> Restraint | None:
    """A probe that it depends on has just failed for the first time: whether that is the cause is known in a moment."""
    if doubted and now - opened_at < WAIT_FOR_PARENT:
        names = ", ".join(sorted(doubted))
        return Restraint(f"{names}, on which it depends, is being looked at again", min(doubted))
    return None


def restrained(change: Change, held: Restraint | None, now: datetime) -> Change:
    """The change as people hear of it: alarms wait while something keeps them back."""
    incident = change.incident
    alarms = [owed for owed in change.notifications if owed.occasion in _ALARMS]
    others = tuple(owed for owed in change.notifications if owed.occasion not in _ALARMS)
    if not alarms:
        return change
    if held is None:
        told = tuple(dict.fromkeys((*incident.told, *(owed.channel for owed in alarms))))
        known = replace(incident, told=told, told_at=incident.told_at or now, withheld=None, parent=None)
        return replace(change, incident=known, notifications=(*alarms, *others))
    # Whoever was told before does not know this yet: `told_at` is empty until he does.
    unheard = any(owed.channel in incident.told for owed in alarms)
    told_at = None if unheard else incident.told_at
    waiting = replace(incident, withheld=held.why, parent=held.parent, told_at=told_at)
    events = change.events
    if incident.withheld != held.why:
        events = (*events, IncidentEvent(incident.id, now, "withheld", f"nobody is told for now: {held.why}"))
    return Change(waiting, events, others)
