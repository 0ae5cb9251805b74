"""What becomes of an incident while time passes: who waits is told, who forgets is reminded, who sleeps is passed over.

Every timer is derived from an instant that is kept with the incident, so a restart neither loses nor repeats anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge import telling
from synthmon.judge.change import Change
from synthmon.judge.policy import Policy
from synthmon.judge.restraint import Restraint
from synthmon.model import words
from synthmon.model.incident import Incident, IncidentEvent, IncidentStatus, Notification
from synthmon.model.probe import Severity
from synthmon.nouns import dataclass

_PAGE_OFTEN, _PAGE_OFTEN_FOR, _PAGE_LATER = timedelta(minutes=30), timedelta(hours=2), timedelta(hours=4)
_TICKET = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Moment:
    """An incident is looked at: by which rules, when, and what keeps messages back."""

    policy: Policy
    now: datetime
    held: Restraint | None
    ground: telling.Ground


def age(incident: Incident, moment: Moment) -> Change | None:
    """What time changes about a current incident; None: nothing. A step at a time: the next turn takes the next one."""
    if moment.held is not None:
        return _withhold(incident, moment)
    if incident.withheld is not None:
        return _release(incident, moment)
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        return _expire(incident, moment)
    if incident.held_since is not None:
        return None  # it is up: nobody has to hurry
    return _escalate(incident, moment) or _remind(incident, moment)


def _withhold(incident: Incident, moment: Moment) -> Change | None:
    """Whoever was told knows. Who was not waits, and the reason is the present one."""
    assert moment.held is not None
    if incident.withheld is None or incident.withheld == moment.held.why:
        return None
    waiting = replace(incident, withheld=moment.held.why, parent=moment.held.parent)
    return Change(waiting, (_event(incident, moment, "withheld", f"nobody is told for now: {moment.held.why}"),))


def _release(incident: Incident, moment: Moment) -> Change:
    """What kept messages back is over and the trouble is not. Who was told all of it before is not told again."""
    unheard = incident.told_at is None
    known = replace(incident, withheld=None, parent=None, reminded=0 if unheard else incident.reminded)
    message = telling.trigger(known, moment.ground)
    text = f"told now, as what kept it back is over: {', '.join(incident.channels) or 'nobody, no channel is declared'}"
    fresh = [channel for channel in incident.channels if channel not in incident.told]
    again = telling.owed(known, incident.told if unheard else (), message, sequence=_since_opened(incident, moment))
    owed = telling.owed(known, fresh, message) + again
    if known.status is IncidentStatus.ACKNOWLEDGED and known.acknowledged_by:
        # A pager that hears of it only now has to know as well that somebody has it.
        taken = telling.acknowledge(known, known.acknowledged_by, moment.ground)
        owed += telling.owed(known, fresh, taken)
    return Change(known, (_event(incident, moment, "released", text),), owed)


def _expire(incident: Incident, moment: Moment) -> Change | None:
    """Nobody works on the same thing for ever."""
    since = incident.acknowledged_at
    if since is None or moment.now - since < moment.policy.acknowledged_for:
        return None
    text = f"the acknowledgement by {incident.acknowledged_by} has expired"
    freed = replace(
        incident,
        status=IncidentStatus.OPEN,
        acknowledged_at=None,
        acknowledged_by=None,
        acknowledgement_ended_at=moment.now,
        reminded=0,
    )
    return Change(freed, (_event(incident, moment, "expired", text),), _reminders(freed, moment, text))


def _escalate(incident: Incident, moment: Moment) -> Change | None:
    for channel in incident.told:
        for number, level in enumerate(moment.policy.escalations.get(channel, ()), start=1):
            name = f"{channel}/{number}"
            if name not in incident.escalated and _waited(incident, moment) >= level.after:
                return _raise_level(incident, moment, name, level.channels)
    return None


def _raise_level(incident: Incident, moment: Moment, name: str, channels: tuple[str, ...]) -> Change:
    level = len(incident.escalated) + 1
    higher = replace(incident, escalated=(*incident.escalated, name))
    waited = words.span(_waited(incident, moment).total_seconds())
    text = f"nobody has taken it on for {waited}: told {', '.join(channels)}"
    message = telling.trigger(higher, moment.ground, prefix="Not acknowledged")
    owed = tuple(replace(one, level=level) for one in telling.owed(higher, channels, message))
    return Change(higher, (_event(incident, moment, "escalated", text),), owed)


def _remind(incident: Incident, moment: Moment) -> Change | None:
    number = _reminders_due(incident.severity, _waited(incident, moment))
    if number <= incident.reminded:
        return None
    again = replace(incident, reminded=number)
    lasted = words.span((moment.now - incident.began_at).total_seconds())
    text = f"it still goes on after {lasted}, and nobody has taken it on"
    return Change(again, (_event(incident, moment, "reminded", text),), _reminders(again, moment, text))


def _reminders(incident: Incident, moment: Moment, text: str) -> tuple[Notification, ...]:
    message = telling.remind(incident, text, moment.ground)
    return telling.owed(incident, incident.told, message, sequence=_since_opened(incident, moment))


def _since_opened(incident: Incident, moment: Moment) -> int:
    """Whole seconds: they tell one message to a channel from the next of its kind."""
    return int((moment.now - incident.opened_at).total_seconds())


def _reminders_due(severity: Severity, waited: timedelta) -> int:
    """How many reminders ought to have been sent: pages often at first and then seldom, tickets once a day."""
    if severity is Severity.TICKET:
        return waited // _TICKET
    often = min(waited, _PAGE_OFTEN_FOR) // _PAGE_OFTEN
    return often + max(timedelta(0), waited - _PAGE_OFTEN_FOR) // _PAGE_LATER


def _waited(incident: Incident, moment: Moment) -> timedelta:
    """Since somebody was told, or since an acknowledgement expired."""
    since = incident.acknowledgement_ended_at or incident.told_at
    return moment.now - since if since else timedelta(0)


def _event(incident: Incident, moment: Moment, what: str, text: str) -> IncidentEvent:
    return IncidentEvent(incident.id, moment.now, what, text)
