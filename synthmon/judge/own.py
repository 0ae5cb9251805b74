"""synthmon's own troubles as incidents: it cannot judge, a channel does not take messages, a region is suspect.

They are told like any other, under keys of their own, and never as an outage of a target.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from synthmon.judge import life, telling
from synthmon.judge.change import Change
from synthmon.judge.policy import Policy
from synthmon.judge.restraint import restrained
from synthmon.model.incident import Decision, Incident, IncidentEvent, IncidentStatus, RunNote
from synthmon.model.probe import OWN_TRACKS, Severity, Track

LASTING = timedelta(seconds=30)  # what passes sooner is not worth a word
OVER = "it has not been so for half a minute"

_SEVERITY = {Track.SYNTHMON: Severity.PAGE, Track.NOTIFY: Severity.TICKET, Track.REGION: Severity.TICKET}
Subject = tuple[Track, str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """`subject` has it: `synthmon`, a channel, a region; `since` when it was first seen; `text` says what it is."""

    track: Track
    subject: str
    title: str
    text: str
    since: datetime

    @property
    def key(self) -> Subject:
        return (self.track, self.subject)


def decide_own(
    troubles: Iterable[Trouble],
    healed: Iterable[tuple[Subject, datetime]],
    incidents: Sequence[Incident],
    channels: Sequence[str],
    policy: Policy,
    now: datetime,
) -> Decision:
    """What changes about synthmon's own incidents.

    `healed` are the subjects that are well, with the instant since which they are; of a subject that is in neither
    nothing is known, and nothing changes. `incidents` are at least the current ones and the latest of each. `channels`
    are all that there are: one that refuses cannot tell of it, so the others do.
    """
    latest = _latest(incidents)
    # A channel whose test message got lost (`pager/canary`) is not relied on either.
    refusing = {trouble.subject.partition("/")[0] for trouble in troubles if trouble.track is Track.NOTIFY}
    takers = [name for name in channels if name not in refusing]
    changes = []
    for trouble in troubles:
        last = latest.get(trouble.key)
        if last is not None and last.current:
            changes.append(_age(last, policy, now))
        elif now - trouble.since >= LASTING:
            changes.append(_open(trouble, last, _told(takers, policy), policy, now))
    well = dict(healed)
    for key, last in latest.items():
        if last.current and key in well and now - well[key] >= LASTING:
            changes.append(_resolve(last, policy, now))
    made = [restrained(change, None, now) for change in changes if change is not None]
    return Decision(
        watermark=0,
        incidents=tuple(change.incident for change in made),
        events=tuple(event for change in made for event in change.events),
        notifications=tuple(owed for change in made for owed in change.notifications),
    )


def _latest(incidents: Sequence[Incident]) -> dict[Subject, Incident]:
    found: dict[Subject, Incident] = {}
    for incident in sorted(incidents, key=lambda one: (one.current, one.opened_at)):
        if incident.track in OWN_TRACKS:
            found[incident.track, incident.probe] = incident
    return found


def _told(takers: Sequence[str], policy: Policy) -> tuple[str, ...]:
    """The usual ones; where none of them takes anything, everybody who does."""
    usual = tuple(name for name in policy.default_channels if name in takers)
    return usual or tuple(takers)


def _open(trouble: Trouble, last: Incident | None, channels: tuple[str, ...], policy: Policy, now: datetime) -> Change:
    cause = RunNote(run_id="", slot=trouble.since, region="", message=trouble.text)
    recent = last is not None and last.resolved_at is not None and now - last.resolved_at <= policy.reopen_within
    incident = Incident(
        environment=policy.environment,
        probe=trouble.subject,
        probe_title=trouble.title,
        track=trouble.track,
        generation=last.generation + 1 if recent and last is not None else 1,
        severity=_SEVERITY[trouble.track],
        opened_at=now,
        began_at=trouble.since,
        regions=(),
        reason=telling.what_is_wrong(trouble.track, cause),
        cause=cause,
        channels=channels,
        alert="synthmon itself",
    )
    told = ", ".join(channels) or "nobody: no channel takes anything"
    event = IncidentEvent(incident.id, now, "opened", f"{incident.reason}; told: {told}")
    message = telling.trigger(incident, telling.Ground(now, link_base=policy.link_base))
    return Change(incident, (event,), telling.owed(incident, channels, message))


def _age(incident: Incident, policy: Policy, now: datetime) -> Change | None:
    return life.age(incident, life.Moment(policy, now, None, telling.Ground(now, link_base=policy.link_base)))


def _resolve(incident: Incident, policy: Policy, now: datetime) -> Change:
    ended = replace(incident, status=IncidentStatus.RESOLVED, resolved_at=now, resolved_because=OVER)
    message = telling.resolve(ended, telling.Ground(now, link_base=policy.link_base))
    event = IncidentEvent(ended.id, now, "resolved", OVER)
    return Change(ended, (event,), telling.owed(ended, ended.told, message))
