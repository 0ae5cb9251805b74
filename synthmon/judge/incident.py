"""When an incident opens, grows and ends, and who is owed a message about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge import flapping, telling
from synthmon.judge.change import Change
from synthmon.judge.policy import RANK, Policy
from synthmon.judge.quorum import Tally
from synthmon.judge.whole import Whole
from synthmon.model.incident import Incident, IncidentEvent, IncidentStatus, RunNote
from synthmon.model.probe import AlertRule, Probe, Severity, Track
from synthmon.nouns import dataclass

CHANGES_AT_MOST_EVERY = timedelta(minutes=5)
REGIONAL_AFTER = 2  # intervals from the first bad run until an outage of too few regions becomes a ticket


@dataclass(frozen=True, slots=True)
class Scene:
    """One track of one probe as it stands at `now`. `good_news`: it stands so because a good run was just judged.

    `settled`: all runs of the turn have been. Until then, a good one may still come that was there before `now`.
    """

    probe: Probe
    tally: Tally | Whole
    policy: Policy
    now: datetime
    good_news: bool
    settled: bool = True

    @property
    def track(self) -> Track:
        return self.tally.track

    def ground(self) -> telling.Ground:
        return telling.Ground(self.now, self.tally.basis, self.tally.last_good_slot, self.policy.link_base)


@dataclass(frozen=True, slots=True)
class _Call:
    """A rule that asks for an incident, and the severity with which it does so."""

    rule: AlertRule
    severity: Severity


def consider(scene: Scene, last: Incident | None) -> Change | None:
    """What the scene changes about the incident of its probe and track; None: nothing.

    `last` is the current incident, or the latest one that was resolved. Unknown health changes nothing.
    """
    calls = _calls(scene)
    current = last if last is not None and last.current else None
    if calls:
        return _strengthen(scene, current, calls) if current else _open(scene, last, calls)
    if current and scene.good_news and scene.tally.recovered:
        if flapping.calm(current, scene.tally.recovered_slot, scene.now):
            return _resolve(scene, current)
        return _hold(scene, current)
    return None


def close_unwatched(incident: Incident, policy: Policy, now: datetime, because: str = telling.REMOVED) -> Change:
    """The end of a current incident of which nothing more will be heard: its probe, or what asked for it, is gone."""
    ended = replace(incident, status=IncidentStatus.RESOLVED, resolved_at=now, resolved_because=because)
    message = telling.resolve(ended, telling.Ground(now, link_base=policy.link_base))
    event = IncidentEvent(ended.id, now, "resolved", because)
    return Change(ended, (event,), telling.owed(ended, ended.told, message))


def _calls(scene: Scene) -> tuple[_Call, ...]:
    tally = scene.tally
    if not tally.alerting:
        return ()
    if tally.holding:
        return tuple(_Call(rule, rule.severity) for rule in tally.holding)
    if scene.track is Track.DOWN and scene.settled and _lasting(scene):
        return tuple(_Call(rule, Severity.TICKET) for rule in tally.regional)
    return ()


def _lasting(scene: Scene) -> bool:
    first = scene.tally.first
    return first is not None and scene.now - first.slot >= timedelta(seconds=REGIONAL_AFTER * scene.probe.interval)


def _open(scene: Scene, last: Incident | None, calls: Sequence[_Call]) -> Change | None:
    probe, tally = scene.probe, scene.tally
    cause, first = tally.cause, tally.first
    if cause is None or first is None:  # a region that is down always has a bad run; without one there is no story
        return None
    leading = _leading(calls)
    incident = Incident(
        environment=scene.policy.environment,
        probe=probe.name,
        probe_title=probe.title,
        track=scene.track,
        generation=_generation(scene, last),
        severity=leading.severity,
        opened_at=scene.now,
        began_at=first.slot,
        regions=tally.down,
        reason=_reason(scene, cause),
        cause=cause,
        channels=_channels(scene, calls, scene.now),
        alert=leading.rule.name,
        owner=probe.owner,
        runbook=leading.rule.runbook or probe.runbook,
        turns=flapping.turned(last.turns if last else (), scene.now),
    )
    what = "reopened" if incident.generation > 1 else "opened"
    began = IncidentEvent(incident.id, first.slot, "began", f"first bad run: {telling.cause_text(first)}")
    opened = IncidentEvent(incident.id, scene.now, what, _told(scene, incident))
    message = telling.trigger(incident, scene.ground())
    return Change(incident, (began, opened), telling.owed(incident, incident.channels, message))


def _strengthen(scene: Scene, current: Incident, calls: Sequence[_Call]) -> Change | None:
    """More regions, more channels or a higher severity; an incident never loses any of them before it ends."""
    leading = _leading(calls)
    raised = RANK[leading.severity] > RANK[current.severity]
    other = _is_another_cause(scene, current)
    cause = scene.tally.cause if raised or other or current.held_since else None
    # Who is on duty counts when it is decided to tell people: who comes later is not told by the clock alone.
    routed_at = scene.now if raised else current.told_at or scene.now
    grown = replace(
        current,
        regions=_union(current.regions, scene.tally.down),
        channels=_union(current.channels if current.told else (), _channels(scene, calls, routed_at)),
        severity=leading.severity if raised else current.severity,
        told_at=None if raised else current.told_at,  # a page is a new beginning: reminders count from it
        reminded=0 if raised else current.reminded,
        alert=leading.rule.name if raised else current.alert,
        runbook=(leading.rule.runbook or scene.probe.runbook) if raised else current.runbook,
        cause=cause or current.cause,
        reason=_reason(scene, cause or current.cause) if scene.tally.holding or other else current.reason,
        held_since=None,
        held=None,
        changed_at=scene.now if other else current.changed_at,
    )
    if other and current.held_since and current.acknowledged_at:  # who took on the last cause did not take on this one
        grown = replace(
            grown,
            status=IncidentStatus.OPEN,
            acknowledged_at=None,
            acknowledged_by=None,
            acknowledgement_ended_at=scene.now,
        )
    if grown == current:
        return None
    message = telling.trigger(grown, scene.ground(), again=current.held_since is not None)
    fresh = [channel for channel in grown.channels if channel not in current.channels]
    owed = telling.owed(grown, fresh, message)
    if raised:  # who heard of a ticket has to hear that it is a page now
        owed = telling.owed(grown, current.channels, message, sequence=1) + owed
    elif other:
        since_opened = int((scene.now - current.opened_at).total_seconds())
        owed = telling.owed(grown, current.told, message, sequence=since_opened) + owed
    return Change(grown, _growth(scene, current, grown), owed)


def _growth(scene: Scene, before: Incident, after: Incident) -> tuple[IncidentEvent, ...]:
    lines = []
    if before.held_since is not None:
        lines.append(("again", after.reason))
    elif after.changed_at != before.changed_at:
        lines.append(("changed", f"now {after.reason}"))
    if joined := [region for region in after.regions if region not in before.regions]:
        lines.append(("spread", f"now also in {', '.join(joined)} ({scene.tally.basis})"))
    if after.severity is not before.severity:
        lines.append(("raised", f"from {before.severity} to {after.severity}; {_told(scene, after)}"))
    elif after.channels != before.channels:
        lines.append(("widened", _told(scene, after)))
    return tuple(IncidentEvent(after.id, scene.now, what, text) for what, text in lines)


def _is_another_cause(scene: Scene, current: Incident) -> bool:
    """Whether an outage has become another one: another step is broken, or in another way.

    While it lasts, causes may alternate between regions; so it is asked again only after a while.
    """
    cause = scene.tally.cause
    if scene.track is not Track.DOWN or cause is None:
        return False
    recent = scene.now - (current.changed_at or current.opened_at) < CHANGES_AT_MOST_EVERY
    if recent and current.held_since is None:
        return False
    return (cause.step, cause.kind) != (current.cause.step, current.cause.kind)


def _hold(scene: Scene, current: Incident) -> Change | None:
    """It is up, and stays open: once said, there is nothing to add."""
    if current.held_since is not None:
        return None
    since = scene.tally.recovered_slot or scene.now
    held = replace(current, held_since=since, held=flapping.held_text(since))
    return Change(held, (IncidentEvent(held.id, scene.now, "held", held.held or ""),))


def _resolve(scene: Scene, current: Incident) -> Change:
    because = scene.tally.because
    ended = replace(
        current,
        status=IncidentStatus.RESOLVED,
        resolved_at=scene.now,
        resolved_because=because,
        turns=flapping.turned(current.turns, scene.now),
    )
    message = telling.resolve(ended, scene.ground())
    event = IncidentEvent(ended.id, scene.now, "resolved", f"{because} ({scene.tally.basis})")
    return Change(ended, (event,), telling.owed(ended, ended.told, message))


def _reason(scene: Scene, cause: RunNote) -> str:
    only_in = () if scene.tally.holding else scene.tally.down
    return telling.what_is_wrong(scene.track, cause, only_in)


def _told(scene: Scene, incident: Incident) -> str:
    names = ", ".join(incident.channels)  # who is meant to hear; whether something keeps it back is told by itself
    whom = f"channels: {names}" if names else "nobody is told: no channel is declared"
    return f'{incident.reason} ({scene.tally.basis}); rule "{incident.alert}", {incident.severity}; {whom}'


def _generation(scene: Scene, last: Incident | None) -> int:
    if last is None or last.resolved_at is None or scene.now - last.resolved_at > scene.policy.reopen_within:
        return 1
    return last.generation + 1


def _leading(calls: Sequence[_Call]) -> _Call:
    return max(calls, key=lambda call: RANK[call.severity])


def _channels(scene: Scene, calls: Sequence[_Call], at: datetime) -> tuple[str, ...]:
    return _union(*(scene.policy.route(scene.probe, call.rule, at, call.severity) for call in calls))


def _union(*some: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in some for name in names))
