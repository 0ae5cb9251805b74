"""synthmon's own troubles as incidents: it cannot judge, a channel takes nothing, a region or a probe is not heard of.

They are told like any other, under keys of their own, and never as an outage of a target.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge import life, telling
from synthmon.judge.change import Change
from synthmon.judge.policy import RANK, Policy
from synthmon.judge.restraint import restrained
from synthmon.model.incident import Decision, Incident, IncidentEvent, IncidentStatus, RunNote
from synthmon.model.probe import OWN_TRACKS, Severity, Track
from synthmon.nouns import dataclass

LASTING = timedelta(seconds=30)  # what passes sooner is not worth a word
CHANGES_AT_MOST_EVERY = timedelta(minutes=5)
OVER = "it has not been so for half a minute"

_SEVERITY = {Track.SYNTHMON: Severity.PAGE, Track.NOTIFY: Severity.TICKET, Track.REGION: Severity.TICKET}
Subject = tuple[Track, str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """`subject` is what has it: `synthmon`, a channel, a region, a probe. `text` says what is wrong since `since`.

    `condition` is what follows `is`, where the track alone does not say it. `channels` are told besides the usual ones.
    """

    track: Track
    subject: str
    title: str
    text: str
    since: datetime
    condition: str | None = None
    severity: Severity | None = None  # None: as is usual for its track
    regions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def key(self) -> Subject:
        return (self.track, self.subject)

    @property
    def weight(self) -> Severity:
        return self.severity or _SEVERITY[self.track]

    def note(self) -> RunNote:
        return RunNote(run_id="", slot=self.since, region="", message=self.text, condition=self.condition)


@dataclass(frozen=True, slots=True)
class Healed:
    """A subject that is well, on evidence, and by what that is known; `since` when, or from now on.

    `lasting`: it has to be so for a while before it is believed.
    """

    subject: Subject
    since: datetime | None = None
    because: str = OVER
    lasting: bool = True


def decide_own(
    troubles: Iterable[Trouble],
    healed: Iterable[Healed],
    incidents: Sequence[Incident],
    channels: Sequence[str],
    policy: Policy,
    now: datetime,
) -> Decision:
    """What changes about synthmon's own incidents.

    Of a subject that is neither in trouble nor healed nothing is known, and nothing changes. `incidents` are at least
    the current ones and the latest of each. `channels` are all that there are: one that refuses cannot tell of it, so
    the others do.
    """
    latest, known = _latest(incidents), {trouble.key: trouble for trouble in troubles}
    # A channel whose test message got lost (`pager/canary`) is not relied on either.
    refusing = {trouble.subject.partition("/")[0] for trouble in known.values() if trouble.track is Track.NOTIFY}
    takers = [name for name in channels if name not in refusing]
    changes: list[Change | None] = []
    for trouble in known.values():
        last, told = latest.get(trouble.key), _told(trouble, takers, policy)
        if last is not None and last.current:
            changes.append(_follow(trouble, last, told, policy, now) or _age(last, policy, now))
        elif now - trouble.since >= LASTING:
            changes.append(_open(trouble, last, told, policy, now))
    for one in healed:
        last = latest.get(one.subject)
        if last is not None and last.current and one.subject not in known:
            changes.append(_end(last, one, policy, now))
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


def _told(trouble: Trouble, takers: Sequence[str], policy: Policy) -> tuple[str, ...]:
    """The usual ones, and those that it concerns; where none of them takes anything, everybody who does.

    Of a channel that refuses all the others are told: nobody knows who relies on it.
    """
    if trouble.track is Track.NOTIFY:
        return tuple(takers)
    wanted = dict.fromkeys((*policy.default_channels, *trouble.channels))
    usual = tuple(name for name in wanted if name in takers)
    return usual or tuple(takers)


def _open(trouble: Trouble, last: Incident | None, channels: tuple[str, ...], policy: Policy, now: datetime) -> Change:
    cause = trouble.note()
    recent = last is not None and last.resolved_at is not None and now - last.resolved_at <= policy.reopen_within
    incident = Incident(
        environment=policy.environment,
        probe=trouble.subject,
        probe_title=trouble.title,
        track=trouble.track,
        generation=last.generation + 1 if recent and last is not None else 1,
        severity=trouble.weight,
        opened_at=now,
        began_at=trouble.since,
        regions=trouble.regions,
        reason=telling.what_is_wrong(trouble.track, cause),
        cause=cause,
        channels=channels,
        alert="synthmon itself",
    )
    told = ", ".join(channels) or "nobody: no channel takes anything"
    event = IncidentEvent(incident.id, now, "opened", f"{incident.reason}; told: {told}")
    message = telling.trigger(incident, _ground(policy, now))
    return Change(incident, (event,), telling.owed(incident, channels, message))


def _follow(trouble: Trouble, last: Incident, told: tuple[str, ...], policy: Policy, now: datetime) -> Change | None:
    """It got worse, or is of another kind by now: whoever was told hears so, and whoever it concerns since then."""
    raised = RANK[trouble.weight] > RANK[last.severity]
    recent = now - (last.changed_at or last.opened_at) < CHANGES_AT_MOST_EVERY
    other = trouble.condition != last.cause.condition and not recent
    fresh = tuple(name for name in told if name not in last.channels and name in trouble.channels)
    again = raised or other or bool(fresh)
    cause = trouble.note() if again else last.cause
    grown = replace(
        last,
        severity=trouble.weight if raised else last.severity,
        channels=(*last.channels, *fresh),
        regions=tuple(dict.fromkeys((*last.regions, *trouble.regions))),
        cause=cause,
        reason=telling.what_is_wrong(trouble.track, cause),
        told_at=None if raised else last.told_at,  # a page is a new beginning: reminders count from it
        reminded=0 if raised else last.reminded,
        changed_at=now if other else last.changed_at,
        held_since=None,
    )
    if grown == last:
        return None
    message = telling.trigger(grown, _ground(policy, now))
    owed = telling.owed(grown, fresh, message)
    if raised or other:
        owed = telling.owed(grown, last.told, message, sequence=int((now - last.opened_at).total_seconds())) + owed
    return Change(grown, _growth(last, grown, raised=raised, other=other, now=now), owed)


def _growth(
    before: Incident, after: Incident, *, raised: bool, other: bool, now: datetime
) -> tuple[IncidentEvent, ...]:
    lines = []
    if joined := [region for region in after.regions if region not in before.regions]:
        lines.append(("spread", f"now also in {', '.join(joined)}"))
    if raised:
        lines.append(("raised", f"from {before.severity} to {after.severity}: {after.reason}"))
    elif other:
        lines.append(("changed", f"now {after.reason}"))
    if after.channels != before.channels:
        lines.append(("widened", f"told: {', '.join(after.channels)}"))
    return tuple(IncidentEvent(after.id, now, what, text) for what, text in lines)


def _ground(policy: Policy, now: datetime) -> telling.Ground:
    return telling.Ground(now, link_base=policy.link_base)


def _age(incident: Incident, policy: Policy, now: datetime) -> Change | None:
    return life.age(incident, life.Moment(policy, now, None, _ground(policy, now)))


def _end(last: Incident, healed: Healed, policy: Policy, now: datetime) -> Change | None:
    """Since when it is well is kept with the incident, so that a restart neither ends it nor begins anew."""
    since = last.held_since or min(healed.since or now, now)
    if not healed.lasting or now - since >= LASTING:
        return _resolve(last, healed.because, policy, now)
    return Change(replace(last, held_since=since), ()) if last.held_since is None else None


def _resolve(incident: Incident, because: str, policy: Policy, now: datetime) -> Change:
    ended = replace(incident, status=IncidentStatus.RESOLVED, resolved_at=now, resolved_because=because)
    message = telling.resolve(ended, _ground(policy, now))
    event = IncidentEvent(ended.id, now, "resolved", because)
    return Change(ended, (event,), telling.owed(ended, ended.told, message))
