"""What everybody may know, and nothing else: no type here has room for a name, a reason, a region or an id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from synthmon.model import words
from synthmon.nouns import dataclass

DAY = 86_400.0
KNOWN_ENOUGH = 0.95  # share of the days of which something is known, below which the share is not said for all of them


class State(StrEnum):
    """How a component is, the worst first."""

    DOWN = "down"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"
    UP = "up"
    UNKNOWN = "unknown"


_ORDER = list(State)


def worst(states: Iterable[State]) -> State:
    """The worst of those that are known; UNKNOWN only where none is."""
    return min(states, key=_ORDER.index, default=State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class PublicDay:
    """A day so far: its worst state, the seconds down, of how many outside of maintenance anything is known, its own
    length, and how much of that was maintenance.
    """

    day: date
    state: State
    down: float = 0.0
    known: float = 0.0
    length: float = DAY
    planned: float = 0.0

    @property
    def missing(self) -> float:
        """Seconds of which nothing is known, though something should be."""
        return max(0.0, self.length - self.known - self.planned)

    @property
    def said(self) -> str:
        """`2 March: down for 12 min`."""
        how = f"down for {words.span(self.down)}" if self.down else SAID[self.state]
        return f"{self.day:%-d %B %Y}: {how}"


SAID = {
    State.DOWN: "down",
    State.DEGRADED: "slow or partly disturbed",
    State.MAINTENANCE: "maintenance",
    State.UP: "no disturbance",
    State.UNKNOWN: "not known",
}


@dataclass(frozen=True, slots=True)
class PublicComponent:
    """`days` are the last ones, today last."""

    title: str
    state: State
    days: tuple[PublicDay, ...] = ()

    def share(self, number: int) -> str:
        """How much of the last so many days it was not down, rounded down; with of how much it is known.

        100 % only where it was never down and nothing is missing.
        """
        days = self.days[-number:]
        known, down = sum(day.known for day in days), sum(day.down for day in days)
        if not known:
            return "not known yet"
        whole, missing = sum(day.length for day in days), sum(day.missing for day in days)
        if not down and missing >= 1:
            return f"not down in the {words.span(known)} that are known"
        share = words.percent(1 - down / known)
        return (
            share if whole - missing >= KNOWN_ENOUGH * whole else f"{share} of the {words.span(known)} that are known"
        )


@dataclass(frozen=True, slots=True)
class PublicGroup:
    title: str | None
    components: tuple[PublicComponent, ...]


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    """A sentence that an operator wrote for everybody."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """Told of only if there is an update; the newest update first."""

    components: tuple[str, ...]
    began_at: datetime
    resolved_at: datetime | None
    updates: tuple[PublicUpdate, ...]


@dataclass(frozen=True, slots=True)
class PublicMaintenance:
    components: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """The whole page. Open incidents come first, then the newest; maintenance by its start."""

    title: str
    as_of: datetime
    groups: tuple[PublicGroup, ...]
    incidents: tuple[PublicIncident, ...] = ()
    maintenance: tuple[PublicMaintenance, ...] = ()

    @property
    def components(self) -> Iterator[PublicComponent]:
        return (component for group in self.groups for component in group.components)

    @property
    def state(self) -> State:
        return worst(component.state for component in self.components)

    @property
    def heading(self) -> str:
        """A sentence about everything."""
        found = [component for component in self.components if component.state is self.state]
        everything = len(found) == len(list(self.components))
        names = ", ".join(component.title for component in found[:3]) + (", …" if len(found) > 3 else "")
        if self.state is State.UP:
            return "Everything works" if everything else "What is known works"
        if self.state is State.UNKNOWN:
            return "Nothing is known at the moment"
        if everything and len(found) > 1:
            names = "Everything"
        return f"{names} {'are' if len(found) > 1 and not everything else 'is'} {HEADINGS[self.state]}"


HEADINGS = {
    State.DOWN: "down",
    State.DEGRADED: "slow or partly disturbed",
    State.MAINTENANCE: "in maintenance",
}


def to_json(status: PublicStatus) -> dict[str, Any]:
    """The same for programs; `not_down` are sentences like those of the page."""
    return {
        "title": status.title,
        "as_of": _instant(status.as_of),
        "state": status.state.value,
        "groups": [
            {"title": group.title, "components": [_component(one) for one in group.components]}
            for group in status.groups
        ],
        "incidents": [
            {
                "components": list(one.components),
                "began_at": _instant(one.began_at),
                "resolved_at": _instant(one.resolved_at) if one.resolved_at else None,
                "updates": [{"at": _instant(update.at), "text": update.text} for update in one.updates],
            }
            for one in status.incidents
        ],
        "maintenance": [
            {"components": list(one.components), "start": _instant(one.start), "end": _instant(one.end)}
            for one in status.maintenance
        ],
    }


def _component(one: PublicComponent) -> dict[str, Any]:
    return {
        "title": one.title,
        "state": one.state.value,
        "not_down": {"30_days": one.share(30), "90_days": one.share(90)},
        "days": [
            {"day": day.day.isoformat(), "state": day.state.value, "down_seconds": round(day.down)} for day in one.days
        ],
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
