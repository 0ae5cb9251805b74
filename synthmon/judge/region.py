"""What is believed of one probe in one region: each run moves `down`, `slow` and `cleanup` through one table.

NEW        nothing judged yet
UP         good
SOFT_DOWN  bad, but not often enough to be believed: nobody is told
DOWN       a rule's condition was met
SOFT_UP    good again, but not often enough to be believed
BLIND      too long without a judged run; what was believed before is kept and taken up again
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from synthmon.judge import measures
from synthmon.judge.policy import Watch
from synthmon.model.incident import RegionPhase, RegionState, RunNote, TrackState
from synthmon.model.probe import Probe, Track
from synthmon.model.run import Outcome, RunKind, RunResult, StepResult, to_millis


class Evidence(StrEnum):
    """What a run says about a track, or that no run has said anything for too long."""

    GOOD = "good"
    BAD = "bad"
    STALE = "stale"


NEXT: Mapping[tuple[RegionPhase, Evidence], RegionPhase] = {
    (RegionPhase.NEW, Evidence.GOOD): RegionPhase.UP,
    (RegionPhase.NEW, Evidence.BAD): RegionPhase.SOFT_DOWN,
    (RegionPhase.NEW, Evidence.STALE): RegionPhase.BLIND,
    (RegionPhase.UP, Evidence.BAD): RegionPhase.SOFT_DOWN,
    (RegionPhase.UP, Evidence.STALE): RegionPhase.BLIND,
    (RegionPhase.SOFT_DOWN, Evidence.GOOD): RegionPhase.UP,
    (RegionPhase.SOFT_DOWN, Evidence.STALE): RegionPhase.BLIND,
    (RegionPhase.DOWN, Evidence.GOOD): RegionPhase.SOFT_UP,
    (RegionPhase.DOWN, Evidence.STALE): RegionPhase.BLIND,
    (RegionPhase.SOFT_UP, Evidence.BAD): RegionPhase.DOWN,
    (RegionPhase.SOFT_UP, Evidence.STALE): RegionPhase.BLIND,
}
"""What is absent changes no phase. A SOFT phase hardens to DOWN or UP when it has been seen often enough."""

SAYS: Mapping[tuple[Track, Outcome], Evidence] = {
    (Track.DOWN, Outcome.PASSED): Evidence.GOOD,
    (Track.DOWN, Outcome.DEGRADED): Evidence.GOOD,
    (Track.DOWN, Outcome.FAILED): Evidence.BAD,
    (Track.SLOW, Outcome.PASSED): Evidence.GOOD,
    (Track.SLOW, Outcome.DEGRADED): Evidence.BAD,
}
"""What is absent is no evidence: our own errors on any track; a failed run about speed."""

BELIEVED_DOWN = frozenset({RegionPhase.DOWN, RegionPhase.SOFT_UP})
NOT_KNOWN = frozenset({RegionPhase.NEW, RegionPhase.BLIND})

_NOTHING = measures.Measured()
_SOFT = frozenset({RegionPhase.SOFT_DOWN, RegionPhase.SOFT_UP})
_KIND_ORDER: Mapping[str, int] = {RunKind.SCHEDULED: 0, RunKind.CONFIRM: 1, RunKind.MANUAL: 2}


class Standing(StrEnum):
    """Whether a run moves the state of its region, or why not."""

    CURRENT = "current"
    LATE = "late"  # not newer than the newest run judged: history only
    NOT_JUDGED = "not judged"  # error, skipped: says nothing about the target
    MANUAL = "manual"  # somebody pressed a button: neither pages nor resolves


def phase_of(state: RegionState) -> RegionPhase:
    """Where it stands on the track `down`."""
    track = state.tracks.get(Track.DOWN)
    return track.phase if track else RegionPhase.NEW


def is_soft(state: RegionState) -> bool:
    """Whether it has failed, and it is not sure yet."""
    return phase_of(state) is RegionPhase.SOFT_DOWN


def patience(probe: Probe) -> timedelta:
    """Two intervals, the timeout, five seconds more, whatever pauses a cron expression makes."""
    return timedelta(seconds=2 * probe.interval + probe.journey.timeout + 5)


def staleness(probe: Probe, slot: datetime) -> timedelta:
    """From the slot of the last judged run until the belief is stale: two slots, the timeout, five seconds more."""
    return probe.later(slot, 2) - slot + timedelta(seconds=probe.journey.timeout + 5)


def order(run: RunResult) -> tuple[int, str, int]:
    """The run's place as it is kept in a state; compare it with `place`."""
    return (to_millis(run.key.slot), run.key.kind.value, run.key.n)


def place(kept: tuple[int, str, int]) -> tuple[int, int, int]:
    """Sorts by slot, then a run before its confirmations, whatever the order in which they arrived."""
    return (kept[0], _KIND_ORDER[kept[1]], kept[2])


def standing(state: RegionState, run: RunResult) -> Standing:
    """Why the run counts for its region, or does not."""
    if run.key.kind is RunKind.MANUAL:
        return Standing.MANUAL
    if state.last_order is not None and place(order(run)) <= place(state.last_order):
        return Standing.LATE
    return Standing.CURRENT if run.outcome.judged else Standing.NOT_JUDGED


def evidence_of(run: RunResult, watch: Watch) -> Evidence | None:
    """What the run says about the track; None: nothing."""
    if watch.track is Track.CLEANUP:
        return _left_behind(run)
    if watch.track is not Track.SLOW:
        return SAYS.get((watch.track, run.outcome))
    if run.key.kind is not RunKind.SCHEDULED:
        return None  # confirmations count in no latency; they would give one bad moment two votes
    return Evidence.BAD if measures.strays(watch, run) else SAYS.get((watch.track, run.outcome))


def judge_run(
    state: RegionState,
    run: RunResult,
    watches: Mapping[Track, Watch],
    samples: measures.Samples = (),
    mute: Collection[Track] = (),
) -> RegionState:
    """The state after a run whose standing is CURRENT. `samples` are those of the region, the run among them.

    Of the tracks that are `mute` it says nothing.
    """
    tracks = {track: kept for track, kept in state.tracks.items() if track in watches}
    for track, watch in watches.items():
        evidence = None if track in mute else evidence_of(run, watch)
        if evidence is not None:
            measured = measures.measure(watch, samples)
            bad = evidence is Evidence.BAD
            note = _note(run, watch, measured) if bad else note_of(run)
            counts = bad and not (track is Track.SLOW and run.outcome is Outcome.PASSED)
            tracks[track] = judge_track(tracks.get(track, TrackState()), evidence, note, watch, measured, counts=counts)
    return replace(
        state,
        tracks=tracks,
        samples=samples,
        last_order=order(run),
        last_slot=run.key.slot,
        last_good_slot=run.key.slot if run.outcome.good else state.last_good_slot,
        last_outcome=run.outcome.value,
        last_run_id=run.id,
    )


def heard_of(state: RegionState, run: RunResult, now: datetime) -> RegionState:
    """The state once the run has come, whatever it says: its slot was seen to. The same object if a newer one was."""
    known, slot = state.heard_slot, min(run.key.slot, now)
    if run.key.kind is not RunKind.SCHEDULED or (known is not None and slot <= known <= now):
        return state
    return replace(state, heard_slot=slot)


def remember_run(state: RegionState, run: RunResult) -> RegionState:
    """The state after a run that is news but no evidence: shown as the last one, moves nothing."""
    return replace(state, last_outcome=run.outcome.value, last_run_id=run.id)


def judge_track(
    state: TrackState,
    evidence: Evidence,
    note: RunNote,
    watch: Watch,
    measured: measures.Measured = _NOTHING,
    *,
    counts: bool | None = None,
) -> TrackState:
    """The track after one piece of evidence, GOOD or BAD, from the run that `note` is of.

    `counts`: whether rules that count bad runs count it; if they do not, only what is measured may hold.
    """
    base = _sighted(state)
    bad = evidence is Evidence.BAD
    recent = (*base.recent, bad if counts is None else counts)[-watch.memory :]
    holding = watch.holding(recent) + measured.holding
    soft = NEXT.get((base.phase, evidence), base.phase)
    count = (base.count + 1 if soft is base.phase else 1) if soft in _SOFT else 0
    phase = _harden(soft, count, holding, watch)
    lingers = measured.lingers or (watch.window > 0 and any(recent[-watch.window :]))
    first_bad = base.first_bad or note if bad else _first_bad(base, phase, lingers=lingers)
    return TrackState(
        phase=phase,
        count=count if phase in _SOFT else 0,
        since=_since(state, phase, note.slot, first_bad),
        recent=recent,
        first_bad=first_bad,
        last_bad=note if bad else base.last_bad if first_bad else None,
        held=tuple(dict.fromkeys(base.held + holding)) if phase in BELIEVED_DOWN else (),
        last_good_slot=base.last_good_slot if bad else note.slot,
        recovered_slot=note.slot if _recovers(base, phase) else base.recovered_slot,
    )


def stale_since(state: RegionState, probe: Probe, now: datetime) -> datetime | None:
    """When the belief in that state went stale; None while it is fresh, or when nothing was ever judged."""
    if state.last_slot is None:
        return None
    limit = state.last_slot + staleness(probe, state.last_slot)
    return limit if limit < now else None


def back_in_time(state: RegionState, run: RunResult, probe: Probe, now: datetime) -> RegionState:
    """The state that the run is held against: what lies ahead of now was seen by a clock that was ahead.

    A clock that was set back would otherwise make every run late until the time of the last one comes again: hours in
    which an outage pages nobody. The agent's own clock may be ahead of ours by as much as makes a belief stale.
    """
    horizon = now + patience(probe)
    if state.last_slot is None or state.last_slot <= horizon or run.key.slot > horizon:
        return state
    return replace(state, last_order=None, last_slot=None)


def blind(state: RegionState, at: datetime) -> RegionState:
    """The state with every track BLIND since `at`; what was believed is kept beneath. The same object if it was so."""
    if all(track.phase is RegionPhase.BLIND for track in state.tracks.values()):
        return state
    return replace(state, tracks={name: _blinded(track, at) for name, track in state.tracks.items()})


def note_of(run: RunResult) -> RunNote:
    """The little of a run that judging and telling need."""
    failure = run.failures[0] if run.failures else None
    step = run.step(run.failed_step) if run.failed_step else None
    phases = step.phases if step else None
    names = ("dns", "connect", "tls", "send", "first_byte", "transfer", "total")
    return RunNote(
        run_id=run.id,
        slot=run.key.slot,
        region=run.key.region,
        step=run.failed_step,
        step_name=step.name if step else None,
        kind=failure.kind if failure else None,
        message=failure.message if failure else "",
        expected=failure.expected if failure else None,
        actual=failure.actual if failure else None,
        phases={name: value for name in names if (value := getattr(phases, name, None)) is not None},
    )


def _left_behind(run: RunResult) -> Evidence | None:
    """Whether the cleanup cleaned up; nothing is said where there was nothing to do, or where we are at fault."""
    outcomes = {step.outcome for step in _cleaning(run)}
    if Outcome.FAILED in outcomes:
        return Evidence.BAD
    if Outcome.ERROR in outcomes or outcomes <= {Outcome.SKIPPED}:
        return None
    return Evidence.GOOD


def _cleaning(run: RunResult) -> tuple[StepResult, ...]:
    """What the run did to leave nothing behind, and to take away what earlier ones left."""
    leftovers = (step for leftover in run.leftovers for step in leftover.steps)
    return tuple(step for step in (*run.cleanup, *leftovers) if not step.excused)


def _note(run: RunResult, watch: Watch, measured: measures.Measured) -> RunNote:
    """What a bad run is remembered by on that track."""
    if watch.track is Track.SLOW:
        return measures.told(note_of(run), run, measured)
    if watch.track is not Track.CLEANUP:
        return note_of(run)
    broken = next(step for step in _cleaning(run) if step.outcome is Outcome.FAILED)
    return note_of(replace(run, failures=broken.failures, failed_step=broken.id))


def _harden(soft: RegionPhase, count: int, holding: tuple[str, ...], watch: Watch) -> RegionPhase:
    """Enough bad runs make it DOWN; enough good ones UP, unless a rule like `3 of 5` still holds."""
    if soft is RegionPhase.SOFT_DOWN and holding:
        return RegionPhase.DOWN
    if soft is RegionPhase.SOFT_UP and count >= watch.good_runs and not holding:
        return RegionPhase.UP
    return soft


def _first_bad(base: TrackState, phase: RegionPhase, *, lingers: bool) -> RunNote | None:
    """The run in which the present trouble began. Under a rule like `3 of 5` a good run between does not end it."""
    if _recovers(base, phase) or (phase is RegionPhase.UP and not lingers):
        return None
    return base.first_bad


def _recovers(base: TrackState, phase: RegionPhase) -> bool:
    return phase is RegionPhase.UP and base.phase in BELIEVED_DOWN


def _since(state: TrackState, phase: RegionPhase, slot: datetime, first_bad: RunNote | None) -> datetime | None:
    if phase is state.phase:
        return state.since
    return first_bad.slot if phase is RegionPhase.DOWN and first_bad else slot


def _sighted(state: TrackState) -> TrackState:
    """A blind track as it was before, ready for the next run."""
    if state.phase is not RegionPhase.BLIND:
        return state
    return replace(state, phase=state.before_blind or RegionPhase.NEW, before_blind=None)


def _blinded(track: TrackState, at: datetime) -> TrackState:
    if NEXT.get((track.phase, Evidence.STALE)) is None:
        return track
    recovering = track.phase is RegionPhase.SOFT_UP  # half a recovery does not outlast the silence
    before = RegionPhase.DOWN if recovering else track.phase
    count = 0 if recovering else track.count
    return replace(track, phase=RegionPhase.BLIND, before_blind=before, count=count, since=at)
