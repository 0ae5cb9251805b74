"""The judge's timeline: how long a probe was believed to be in which state; the states add up to the period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from synthmon.model.incident import Health, HealthChange


@dataclass(frozen=True, slots=True)
class Span:
    """A probe was believed to be in one state from `start` to `end`, for that reason."""

    start: datetime
    end: datetime
    health: Health
    reason: str = ""

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


def timeline(changes: Iterable[HealthChange], start: datetime, end: datetime) -> tuple[Span, ...]:
    """Spans that fill [start, end) without a gap; before the first change nothing was known.

    `changes` are of one probe and one region (or of all regions), in any order; one before `start` tells how it began.
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
    return tuple(spans)


def seconds_per_state(spans: Iterable[Span]) -> Mapping[Health, float]:
    totals = dict.fromkeys(Health, 0.0)
    for span in spans:
        totals[span.health] += span.seconds
    return totals
