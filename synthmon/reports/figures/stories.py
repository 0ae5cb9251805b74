"""What a report tells of an incident beyond its times: step, first error, evidence, trace, release, its cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from synthmon.model.incident import Incident
from synthmon.nouns import dataclass
from synthmon.reports.figures.releases import Marker


@dataclass(frozen=True, slots=True)
class Story:
    """`run` is the id of the first bad run, which has the evidence, `trace` that of its trace. `release` ran then."""

    step: str | None
    error: str
    run: str | None
    trace: str | None = None
    release: str | None = None
    cause: str | None = None


def stories(
    incidents: Iterable[Incident], traces: Mapping[str, str], markers: Mapping[str, Sequence[Marker]]
) -> dict[str, Story]:
    """By incident; `traces` are by run, `markers` the releases of each probe."""
    return {one.id: _story(one, traces, markers.get(one.probe, ())) for one in incidents}


def _story(one: Incident, traces: Mapping[str, str], markers: Sequence[Marker]) -> Story:
    first = one.cause
    return Story(
        step=first.step_name or first.step,
        error=first.message,
        run=first.run_id or None,
        trace=traces.get(first.run_id),
        release=running(markers, one.began_at),
        cause=one.found,
    )


def running(markers: Sequence[Marker], at: datetime) -> str | None:
    """The release that ran then, as far as the markers of the period know."""
    named = sorted((one for one in markers if one.release is not None), key=lambda one: one.at)
    before = [one for one in named if one.at <= at]
    if before:
        return before[-1].release
    return named[0].before if named else None
