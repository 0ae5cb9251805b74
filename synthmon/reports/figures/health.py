"""The judge's timeline: how long a probe was believed to be in which state; the states add up to the period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from synthmon.model.incident import Health, HealthChange
from synthmon.nouns import dataclass
from synthmon.reports.figures.planned import NOTHING, Planned

MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Span:
    """A probe was believed to be in one state from `start` to `end`, for that reason; `planned`: in maintenance."""

    start: datetime
    end: datetime
    health: Health
    reason: str = ""
    planned: bool = False

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()

    @property
    def state(self) -> str:
        """What it is shown as."""
        return MAINTENANCE if self.planned else self.health.value


def timeline(
    changes: Iterable[HealthChange], start: datetime, end: datetime, planned: Planned = NOTHING
) -> tuple[Span, ...]:
    """Spans that fill [start, end) without a gap; before the first change nothing was known.

    `changes` are of one probe and one region (or of all regions), in any order; one before `start` tells how it began.
    Maintenance is shown as such, whatever was believed while it lasted.
    """
    spans: list[Span] = []
    at, health, reason = start, Health.UNKNOWN, "no run yet"
    for change in sorted(changes, key=lambda change: change.at):
        if change.at >= end:
            break
        if change.at > at and change.health is not health:
            spans.append(Span(at, change.at, health, reason))
            at = change.at
        if change.health is not health:
            health, reason = change.health, change.reason
    if end > at:
        spans.append(Span(at, end, health, reason))
    return tuple(part for span in spans for part in _around(span, planned))


def _around(span: Span, planned: Planned) -> Iterator[Span]:
    """The span cut where maintenance begins and ends."""
    at = span.start
    for start, end in planned.within(span.start, span.end):
        if at < start:
            yield replace(span, start=at, end=start)
        yield replace(span, start=start, end=end, planned=True)
        at = end
    if at < span.end:
        yield replace(span, start=at)


def seconds_per_state(spans: Iterable[Span]) -> Mapping[Health, float]:
    """Outside of maintenance; with its seconds they add up to the period."""
    totals = dict.fromkeys(Health, 0.0)
    for span in spans:
        if not span.planned:
            totals[span.health] += span.seconds
    return totals


def seconds_planned(spans: Iterable[Span]) -> float:
    return sum(span.seconds for span in spans if span.planned)
