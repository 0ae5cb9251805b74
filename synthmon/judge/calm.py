"""What a turn changes about a probe that is well everywhere, told at once: good runs move on what is known, no more.

Of a hundred thousand pairs of probe and region nearly all are like that, whenever one looks. Whatever is not as plain
as that is None here, and is judged in full (`synthmon.judge.bench`), which in these cases decides the same;
`tests/judge/test_calm.py` holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from synthmon.judge.policy import Policy
from synthmon.judge.quorum import WELL
from synthmon.judge.region import heard_of, order, place, staleness
from synthmon.judge.situation import Part
from synthmon.model.incident import Decision, Health, HealthChange, RegionPhase, RegionState, TrackState
from synthmon.model.probe import Probe, Track
from synthmon.model.run import Outcome, RunKind, RunResult

_PLAIN = frozenset({Track.DOWN, Track.SLOW})
_NOTHING = Decision(0)
_TICK = timedelta(milliseconds=1)


def calm(part: Part, policy: Policy, now: datetime) -> Decision | None:
    """What changes about the probe; None: more may than its states, so judge it in full."""
    probe = part.probe
    if probe is None or not _is_plain(probe) or any(incident.current for incident in part.incidents.values()):
        return None
    names = [region.name for region in probe.regions]
    if not (part.silent.keys().isdisjoint(names) and part.suspect.keys().isdisjoint(names)):
        return None
    lasts = staleness(probe, now)  # the same whatever the slot: it is no cron expression's
    if not _all_up(part.states, names, now - lasts) or not _believed_up(part, names, policy.min_known):
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
    return Decision(0, states=tuple(changed.values()), health=tuple(health))


def _first(part: Part, region: str, now: datetime) -> HealthChange:
    """What the first run in a region brings: until then nothing was known of it."""
    before = part.health.get(region)
    at = now if before is None or now > before.at else before.at + _TICK  # beliefs follow one another in time
    return HealthChange(part.name, region, at, Health.UP, WELL)


def _is_plain(probe: Probe) -> bool:
    """Whether its rules count bad runs, and nothing else, of what every probe is judged by."""
    return probe.cron is None and all(rule.condition is None and rule.track in _PLAIN for rule in probe.alerts)


def _all_up(states: Mapping[str, RegionState], names: Collection[str], horizon: datetime) -> bool:
    """Whether each region of which anything is known is up and fresh; of those it has left nothing is."""
    for region, state in states.items():
        if state.watched_since is not None:
            return False
        if region not in names:
            if state.tracks:
                return False
            continue
        last, down, slow = state.last_slot, state.tracks.get(Track.DOWN), state.tracks.get(Track.SLOW)
        if last is None or last < horizon or down is None or down.phase is not RegionPhase.UP:
            return False
        if slow is not None and slow.phase is not RegionPhase.UP:
            return False
    return True


def _believed_up(part: Part, names: Collection[str], least: int) -> bool:
    """Whether what is believed of the regions and of the probe is what follows from that."""
    known = sum(region in part.states for region in names)
    if known < max(1, least) or not _is(part.health.get(None), Health.UP):
        return False
    for region in names:
        if not _is(part.health.get(region), Health.UP if region in part.states else Health.UNKNOWN):
            return False
    left = (region for region in part.health if region is not None and region not in names)
    return all(_is(part.health[region], Health.UNKNOWN) for region in left)


def _is(believed: HealthChange | None, health: Health) -> bool:
    return (believed.health if believed is not None else Health.UNKNOWN) is health


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
    return RegionState(
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
    return TrackState(
        phase=track.phase,
        since=track.since,
        recent=recent,
        last_good_slot=slot,
        recovered_slot=track.recovered_slot,
    )
