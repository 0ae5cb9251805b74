"""Proving a probe: its good run replayed once for every fault that applies, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from synthmon.engine.redaction import Redaction
from synthmon.errors import ConfigurationError
from synthmon.model.probe import Probe
from synthmon.model.run import Outcome, RunResult, StepResult
from synthmon.model.secret import Scrubber
from synthmon.nouns import dataclass
from synthmon.prove.known import known_at
from synthmon.prove.mutation import Excuse, Fault
from synthmon.prove.mutations import MUTATIONS
from synthmon.prove.proof import Noticed, Proof, Tried
from synthmon.prove.replay import UNANSWERED, Replayed, Stage, replay
from synthmon.prove.subject import Subject


@dataclass(frozen=True, slots=True)
class Choice:
    """`only`: ids of mutations, all of them if it is empty. `seed` picks the items that stand for their lists."""

    only: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    seed: int = 0


def not_good(result: RunResult) -> str | None:
    """Why a run is none that anything can be held against; None for a good one."""
    if result.outcome is not Outcome.PASSED:
        why = result.failures[0].message if result.failures else result.reason or "for no reason that it told"
        step = f" at `{result.failed_step}`" if result.failed_step else ""
        return f"the run is {result.outcome}{step}: {why}"
    broken = next((step for step in result.cleanup if step.outcome.broken), None)
    if broken is not None:
        why = broken.failures[0].message if broken.failures else broken.outcome.value
        return f"the cleanup is {broken.outcome} at `{broken.id}`: {why}"
    return None


def prove(stage: Stage, choice: Choice, progress: Callable[[int, int], None] | None = None) -> Proof:
    """Every fault, tried. Raises `ConfigurationError` if the run is not good when it is replayed as it was."""
    good = good_replay(stage)
    bare = replace(stage, probe=unredacted(stage.probe))
    scrubber = Scrubber(good.secrets)
    subjects = list(_subjects(stage, good, choice, scrubber))
    faults, excuses = _collected(subjects, choice)
    tried = []
    for number, fault in enumerate(faults):
        if progress is not None:
            progress(number, len(faults))
        outcome = _tried(bare, fault)
        excuses.append(outcome) if isinstance(outcome, Excuse) else tried.append(outcome)
    return Proof(
        stage.probe,
        stage.region.name,
        tuple(tried),
        tuple(excuses),
        tuple(_left_out(stage, good)),
        stage.recording.masked,
    )


def good_replay(stage: Stage) -> Replayed:
    """The run once more without a fault. Raises `ConfigurationError` if it is not good then."""
    good = replay(stage)
    if (reason := not_good(good.result)) is not None:
        hint = "record it again: the probe is no longer the one that was recorded, or its answers cannot be replayed"
        raise ConfigurationError(f"replayed as it was recorded, {reason}", hint=hint)
    return good


def unredacted(probe: Probe) -> Probe:
    """The probe without `redact`: hiding values takes most of a replay's time, and only outcomes are kept of these."""
    return replace(probe, journey=replace(probe.journey, redact_json=()))


def _collected(subjects: list[Subject], choice: Choice) -> tuple[list[Fault], list[Excuse]]:
    faults: list[Fault] = []
    excuses: list[Excuse] = []
    for subject in subjects:
        for mutation in MUTATIONS:
            if choice.only and mutation.id not in choice.only:
                continue
            for made in mutation.make(mutation, subject):
                faults.append(made) if isinstance(made, Fault) else excuses.append(made)
    return faults, excuses


def _tried(stage: Stage, fault: Fault) -> Tried | Excuse:
    replayed = replay(stage, fault.change)
    if replayed.unanswered:
        return Excuse(fault.mutation, fault.step, fault.place, UNANSWERED)
    result = replayed.result
    in_cleanup = next((step for step in result.cleanup if step.id == fault.step), None)
    if in_cleanup is not None:  # a fault there never changes the run's outcome; it has alerts of its own
        return _told(fault, in_cleanup, in_cleanup.id)
    return _told(fault, result, result.failed_step)


def _told(fault: Fault, found: RunResult | StepResult, where: str | None) -> Tried:
    kind = found.failures[0].kind.value if found.failures else None
    return Tried(fault, _how(found.outcome), where, kind)


def _how(outcome: Outcome) -> Noticed:
    known = {Outcome.FAILED: Noticed.FAILED, Outcome.DEGRADED: Noticed.DEGRADED, Outcome.ERROR: Noticed.NOT_JUDGED}
    return known.get(outcome, Noticed.NO)


def _subjects(stage: Stage, good: Replayed, choice: Choice, scrubber: Scrubber) -> Iterator[Subject]:
    journey, recording = stage.probe.journey, stage.recording
    for step in (*journey.steps, *journey.cleanup):
        lane = recording.lane((step.id, False))
        result = good.result.step(step.id)
        if (choice.steps and step.id not in choice.steps) or not lane or result is None or lane[-1].answer is None:
            continue
        if step.allow_failure:
            continue
        yield Subject(
            stage=stage,
            step=step,
            result=result,
            taken=lane[-1],
            at=len(lane) - 1,
            known=tuple(known_at(stage, good, step, scrubber)),
            scrubber=scrubber,
            redaction=Redaction(journey.redact_json),
            request=good.sent[step.id, False][-1],
            latency=good.result.latency or 0.0,
            cleanup=step in journey.cleanup,
            seed=choice.seed,
        )


def _left_out(stage: Stage, good: Replayed) -> Iterator[tuple[str, str]]:
    for step in (*stage.probe.journey.steps, *stage.probe.journey.cleanup):
        result = good.result.step(step.id)
        if step.allow_failure:
            yield step.id, "it may fail"
        elif result is not None and result.outcome is Outcome.SKIPPED:
            yield step.id, result.skipped_because or "it was skipped in the good run"
