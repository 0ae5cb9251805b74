"""Rates and latencies over a sliding window of one region's scheduled runs, which are remembered for that long.

A window ends at the newest run rather than at the present: where runs stop coming, nothing is measured any more.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import ceil, fsum

from synthmon.judge.policy import Watch
from synthmon.model import words
from synthmon.model.condition import MOST_RUNS, FailureRate, Latency
from synthmon.model.incident import RunNote, Sample
from synthmon.model.probe import Probe, Track
from synthmon.model.run import FailureKind, Outcome, RunKind, RunResult
from synthmon.nouns import dataclass

Samples = tuple[Sample, ...]
Measure = FailureRate | Latency


@dataclass(frozen=True, slots=True)
class Measured:
    """Names of the rules of a track whose figure is out of bounds, what people are told of it, and what lingers.

    `lingers`: a window still holds a run of the kind that led to it, so the present trouble began with an earlier one.
    """

    holding: tuple[str, ...] = ()
    text: str = ""
    lingers: bool = False


def remembered(probe: Probe, samples: Samples, run: RunResult) -> Samples:
    """The samples that the rules of the probe need, with the run if it is one; none where no rule needs any."""
    spans = [rule.condition.over for rule in probe.alerts if isinstance(rule.condition, FailureRate | Latency)]
    if not spans:
        return ()
    grown = (*samples, sample_of(run)) if run.key.kind is RunKind.SCHEDULED and run.outcome.judged else samples
    after = run.key.slot - timedelta(seconds=max(spans))
    return tuple(one for one in grown if one.slot > after)[-MOST_RUNS:]


def sample_of(run: RunResult) -> Sample:
    """What is remembered of a run that judged the target."""
    trusted = run.outcome.good and not run.quality.suspect
    return Sample(run.key.slot, run.outcome is Outcome.FAILED, run.latency if trusted else None)


def measure(watch: Watch, samples: Samples) -> Measured:
    """How the rates and latencies of a track stand at the newest sample."""
    held = [(name, text) for name, condition in _measures(watch) if (text := out_of_bounds(condition, samples))]
    lingers = any(_strays(condition, one) for _, condition in _measures(watch) for one in _within(condition, samples))
    return Measured(tuple(name for name, _ in held), held[0][1] if held else "", lingers)


def out_of_bounds(condition: Measure, samples: Samples) -> str | None:
    """What is wrong with the figure, in words; None: it is within bounds, or of too few runs to say."""
    window = _within(condition, samples)
    over = words.span(condition.over)
    if isinstance(condition, FailureRate):
        failed = sum(one.bad for one in window)
        if len(window) < condition.min_runs or failed <= condition.more_than * len(window) + 1e-9:
            return None
        return f"{failed} of {len(window)} runs failed over {over}, more than {condition.more_than * 100:g} %"
    figure = _figure(condition, [one.latency for one in window if one.latency is not None])
    if figure is None or figure <= condition.above:
        return None
    return f"{condition.figure} is {words.seconds(figure)} over {over}, {condition.bar}"


def strays(watch: Watch, run: RunResult) -> bool | None:
    """Whether the run was slower than a latency rule of the track allows; None: nothing can be said of it."""
    if watch.track is not Track.SLOW or not any(isinstance(one, Latency) for _, one in _measures(watch)):
        return None
    one = sample_of(run)
    return None if one.latency is None else any(_strays(condition, one) for _, condition in _measures(watch))


def told(note: RunNote, run: RunResult, measured: Measured) -> RunNote:
    """The note of a run that no budget calls slow: what a latency rule finds about it."""
    if run.outcome is not Outcome.PASSED:
        return note
    message = measured.text or f"took {words.seconds(run.latency)}"
    return replace(note, kind=FailureKind.BUDGET, message=message)


def _measures(watch: Watch) -> list[tuple[str, Measure]]:
    return [(rule.name, rule.condition) for rule in watch.rules if isinstance(rule.condition, FailureRate | Latency)]


def _within(condition: Measure, samples: Samples) -> Samples:
    if not samples:
        return ()
    after = samples[-1].slot - timedelta(seconds=condition.over)
    return tuple(one for one in samples if one.slot > after)


def _strays(condition: Measure, one: Sample) -> bool:
    if isinstance(condition, FailureRate):
        return one.bad
    return one.latency is not None and one.latency > condition.above


def _figure(condition: Latency, latencies: list[float]) -> float | None:
    """The mean, or the percentile of nearest rank, in seconds; None of too few."""
    if len(latencies) < condition.min_runs:
        return None
    if condition.percentile is None:
        return fsum(latencies) / len(latencies)
    rank = ceil(condition.percentile * len(latencies) / 100)
    return sorted(latencies)[rank - 1]
