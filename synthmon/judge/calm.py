"""What a turn changes about a probe that is well everywhere, told at once: good runs move on what is known, no more.

Of a hundred thousand pairs of probe and region nearly all are like that, whenever one looks. Whatever is not as plain
as that is None here, and is judged in full (`synthmon.judge.bench`), which in these cases decides the same;
`tests/judge/test_calm.py` holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from synthmon.judge.policy import Policy
from synthmon.judge.quorum import WELL
from synthmon.judge.region import heard_of, order, place, staleness
from synthmon.judge.situation import Part
from synthmon.model.incident import Decision, Health, HealthChange, RegionPhase, RegionState, TrackState
from synthmon.model.probe import Probe, Track
from synthmon.model.run import Outcome, RunKind, RunResult
from synthmon.nouns import maker

_PLAIN = frozenset({Track.DOWN, Track.SLOW})
_NOTHING = Decision(0)
# A member of an enumeration is looked up in its class each time, and there are five looks for each of 100,000 pairs.
_DOWN, _SLOW, _UP = Track.DOWN, Track.SLOW, RegionPhase.UP
_BELIEVED_UP, _UNKNOWN = Health.UP, Health.UNKNOWN
_TICK = timedelta(milliseconds=1)
_decision, _state, _track = maker(Decision), maker(RegionState), maker(TrackState)


def calm(part: Part, policy: Policy, now: datetime) -> Decision | None:
    """What changes about the probe; None: more may than its states, so judge it in full."""
    probe = part.probe
    if probe is None or not _is_plain(probe) or any(incident.current for incident in part.incidents.values()):
        return None
    names = [region.name for region in probe.regions]
    if not (part.silent.keys().isdisjoint(names) and part.suspect.keys().isdisjoint(names)):
        return None
    if not part.states and not part.runs:  # nothing has come of it yet
        return _NOTHING if all(_UNKNOWN is change.health for change in part.health.values()) else None
    lasts = staleness(probe, now)  # the same whatever the slot: it is no cron expression's
    if not _is_well(part, names, now - lasts, policy.min_known):
        return None
    if not part.runs:
        return _NOTHING
    states = dict(part.states)
    for run in sorted(part.runs, key=lambda run: (place(order(run)), run.key.region)):
        region = run.key.region
        moved = _moved(states.get(region), run, lasts, policy, probe, now) if region in names else None
        if moved is None:
            return None
        states[region] = moved
    changed = {region: state for region, state in states.items() if state is not part.states.get(region)}
    health = [_first(part, region, now) for region in changed if region not in part.states]
    return _decision(0, states=tuple(changed.values()), health=tuple(health))


def _first(part: Part, region: str, now: datetime) -> HealthChange:
    """What the first run in a region brings: until then nothing was known of it."""
    before = part.health.get(region)
    at = now if before is None or now > before.at else before.at + _TICK  # beliefs follow one another in time
    return HealthChange(part.name, region, at, Health.UP, WELL)


def _is_plain(probe: Probe) -> bool:
    """Whether its rules count bad runs, and nothing else, of what every probe is judged by."""
    return probe.cron is None and all(rule.condition is None and rule.track in _PLAIN for rule in probe.alerts)


def _is_well(part: Part, names: Collection[str], horizon: datetime, least: int) -> bool:
    """Whether each region of which anything is known is up and fresh, and that is what is believed, also of the whole.

    In one pass: a sweep asks it of every probe, and of a region in which none runs any more nothing may be known.
    """
    states, health = part.states, part.health
    known = believed = 0
    for region in names:
        belief, state = health.get(region), states.get(region)
        believed += belief is not None
        if state is None:
            if belief is not None and belief.health is not _UNKNOWN:
                return False
            continue
        known += 1
        last, tracks = state.last_slot, state.tracks
        if last is None or last < horizon or belief is None or belief.health is not _BELIEVED_UP:
            return False
        down, slow = tracks.get(_DOWN), tracks.get(_SLOW)
        if down is None or down.phase is not _UP or (slow is not None and slow.phase is not _UP):
            return False
        if state.watched_since is not None:
            return False
    whole = health.get(None)
    if known < max(1, least) or whole is None or whole.health is not _BELIEVED_UP:
        return False
    return (known == len(states) and believed + 1 == len(health)) or _left_well(part, names)


def _left_well(part: Part, names: Collection[str]) -> bool:
    """Whether nothing is believed of the regions in which the probe does not run any more."""
    states = [state for region, state in part.states.items() if region not in names]
    changes = [change for region, change in part.health.items() if region is not None and region not in names]
    return not any(state.tracks or state.watched_since for state in states) and all(
        change.health is Health.UNKNOWN for change in changes
    )


def _moved(
    state: RegionState | None, run: RunResult, lasts: timedelta, policy: Policy, probe: Probe, now: datetime
) -> RegionState | None:
    """The state after a scheduled run that passed, and is the newest; None for any other, and after a gap."""
    if run.outcome is not Outcome.PASSED or run.key.kind is not RunKind.SCHEDULED:
        return None
    state = state or RegionState(probe.name, run.key.region)
    last, slot, at = state.last_slot, run.key.slot, order(run)
    if slot < now - lasts or (last is not None and (last + lasts < slot or last - now > lasts / 2)):
        return None  # out of a backlog; after a gap; a clock was ahead
    if state.last_order is not None and place(at) <= place(state.last_order):
        return None
    tracks = {track: _good(state.tracks.get(track), slot, _memory(probe, track, policy)) for track in _PLAIN}
    moved = {track: after for track, after in tracks.items() if after is not None}
    if len(moved) < len(tracks):
        return None
    heard = heard_of(state, run, now)
    return _state(
        probe=state.probe,
        region=state.region,
        tracks=moved,
        last_order=at,
        last_slot=slot,
        last_good_slot=slot,
        last_outcome=run.outcome.value,
        last_run_id=run.id,
        heard_slot=heard.heard_slot,
    )


def _memory(probe: Probe, track: Track, policy: Policy) -> int:
    """How many runs the track remembers, as `Watch.memory` has it."""
    return max((rule.of for rule in probe.alerts if rule.track is track), default=policy.bad_runs)


def _good(track: TrackState | None, slot: datetime, memory: int) -> TrackState | None:
    """A track after one good run more, the first one if there was none; None where it remembers something bad."""
    if track is None:
        return TrackState(phase=RegionPhase.UP, since=slot, recent=(False,), last_good_slot=slot)
    if track.first_bad is not None or any(track.recent):
        return None
    recent = track.recent if len(track.recent) == memory else (*track.recent, False)[-memory:]
    return _track(
        phase=track.phase,
        since=track.since,
        recent=recent,
        last_good_slot=slot,
        recovered_slot=track.recovered_slot,
    )
