"""From what was believed of probes to what everybody is told of a component: its state now and its days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

from synthmon.model.incident import IncidentEvent
from synthmon.reports.figures.health import Span
from synthmon.web.public.model import PublicComponent, PublicDay, PublicUpdate, State, worst

DAYS = 90
PUBLIC, WITHDRAWN = "public", "withdrawn"  # lines of an incident's timeline: a sentence for everybody; none any more

Stretch = tuple[datetime, datetime, State]


def first_day(now: datetime, zone: tzinfo) -> date:
    return now.astimezone(zone).date() - timedelta(days=DAYS - 1)


def begins(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day of the zone."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def component(title: str, timelines: Sequence[Sequence[Span]], now: datetime, zone: tzinfo) -> PublicComponent:
    """`timelines` are those of its probes, each filling the time from the first day until now."""
    stretches = together(timelines)
    first = first_day(now, zone)
    days = tuple(_day(first + timedelta(days=index), stretches, now, zone) for index in range(DAYS))
    return PublicComponent(title, stretches[-1][2] if stretches else State.UNKNOWN, days)


def together(timelines: Sequence[Sequence[Span]]) -> list[Stretch]:
    """At each instant the worst of what is known."""
    edges = sorted({edge for spans in timelines for span in spans for edge in (span.start, span.end)})
    places = [0] * len(timelines)
    found: list[Stretch] = []
    for start, end in pairwise(edges):
        states = []
        for index, spans in enumerate(timelines):
            while places[index] < len(spans) and spans[places[index]].end <= start:
                places[index] += 1
            if places[index] < len(spans) and spans[places[index]].start <= start:
                states.append(State(spans[places[index]].state))
        state = worst(states)
        if found and found[-1][1] == start and found[-1][2] is state:
            found[-1] = (found[-1][0], end, state)
        else:
            found.append((start, end, state))
    return found


def _day(day: date, stretches: Sequence[Stretch], now: datetime, zone: tzinfo) -> PublicDay:
    start, end = begins(day, zone), min(begins(day + timedelta(days=1), zone), now)
    totals = dict.fromkeys(State, 0.0)
    for first, last, state in stretches:
        if first < end and last > start:
            totals[state] += (min(last, end) - max(first, start)).total_seconds()
    known = totals[State.UP] + totals[State.DEGRADED] + totals[State.DOWN]
    length = max(0.0, (end - start).total_seconds())
    state = worst(state for state, spent in totals.items() if spent)
    return PublicDay(day, state, totals[State.DOWN], known, length, totals[State.MAINTENANCE])


def updates(events: Iterable[IncidentEvent], zone: tzinfo = UTC) -> tuple[PublicUpdate, ...]:
    """What is meant for everybody since the last withdrawal, the newest first."""
    kept: list[PublicUpdate] = []
    for event in sorted(events, key=lambda event: event.at):
        if event.what == WITHDRAWN:
            kept.clear()
        elif event.what == PUBLIC:
            kept.append(PublicUpdate(event.at.astimezone(zone), event.text))
    return tuple(reversed(kept))
