"""Why people are not told for now, although they ought to be.

Nothing here keeps a judgement back: incidents open and end as they would. Only messages wait, each with its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from synthmon.judge.change import Change
from synthmon.model import words
from synthmon.model.incident import Health, HealthChange, IncidentEvent, Occasion
from synthmon.model.probe import Probe, Severity
from synthmon.model.quiet import Quiet

WAIT_FOR_PARENT = timedelta(seconds=30)
_ALARMS = frozenset({Occasion.TRIGGER, Occasion.REMIND})


@dataclass(frozen=True, slots=True)
class Restraint:
    """Why, in words for people; `parent` names the probe whose outage explains this one, if that is why."""

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
    waiting = replace(incident, withheld=held.why, parent=held.parent)
    events = change.events
    if incident.withheld != held.why:
        events = (*events, IncidentEvent(incident.id, now, "withheld", f"nobody is told for now: {held.why}"))
    return Change(waiting, events, others)
