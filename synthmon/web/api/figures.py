"""Figures of a period: the JSON document of a report, and what it says of one probe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from synthmon.model.probe import Objective
from synthmon.reports.figures.budget import Standing
from synthmon.web.api.fields import Answer, AskedInstant, Instant, Name, Question
from synthmon.web.api.operation import Call
from synthmon.web.api.probes import declared
from synthmon.web.api.problem import Refused
from synthmon.web.ports import Chosen
from synthmon.web.views import View

AT_ONCE = 2  # periods that are counted; whoever asks for more is told to wait
DAY, LONGEST = timedelta(days=1), timedelta(days=366)
NOTHING = {**dict.fromkeys(("availability", "success", "coverage")), **dict.fromkeys(("good", "bad"), 0.0)}
NOTHING |= dict.fromkeys(("good_runs", "bad_runs", "due"), 0)
_turns = threading.BoundedSemaphore(AT_ONCE)


class Stretch(Question):
    """From when until when."""

    start: AskedInstant | None = Field(default=None, description="Included; a day before the end without it.")
    end: AskedInstant | None = Field(default=None, description="Excluded, at most 366 days later; now without it.")

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """Start and end; refuses those that are no period."""
        end = self.end or now
        start = self.start or end - DAY
        if not start < end <= start + LONGEST:
            raise Refused(422, f"the end lies after the start, at most {LONGEST.days} days")
        return start, end


Names = Annotated[list[Name], Field(default_factory=list, max_length=100)]


class FiguresWanted(Stretch):
    """Which probes: those that have one of the names, tags or owners; all of them where none is given."""

    probe: Names
    tag: Names
    owner: Names


class FiguresAnswer(BaseModel):
    """The JSON document of a report, as `synthmon report --format json` writes it. Unrounded; durations are seconds.

    It grows: a program must not mind fields that it does not know.
    """

    model_config = ConfigDict(extra="allow")

    format: int
    environment: str
    as_of: str
    closed: bool = Field(description="Whether the period was over when it was counted.")
    configuration: str
    period: dict[str, Any]
    probes: list[dict[str, Any]]


class TallyItem(Answer):
    """What the runs of a stretch come to. Availability is good seconds of all judged ones, never without coverage."""

    availability: float | None
    success: float | None = Field(description="The same by runs.")
    coverage: float | None = Field(description="Judged runs of those that were due.")
    good: float = Field(description="Seconds.")
    bad: float = Field(description="Seconds.")
    good_runs: int
    bad_runs: int
    due: int


class Availability(Answer):
    """How available a probe was."""

    probe: str
    start: Instant
    end: Instant
    as_of: Instant
    trusted: bool = Field(description="Whether enough of the due runs were judged for the figures to mean something.")
    total: TallyItem
    regions: dict[str, TallyItem]
    states: dict[str, float] = Field(description="Seconds in each state of health.")


class ObjectiveItem(Answer):
    """How an objective stands over its window, which ends now."""

    name: str
    target: float = Field(description="A fraction.")
    window: float = Field(description="Seconds.")
    within: float | None = Field(description="Seconds that a good run may take.")
    standing: str = Field(description="`met`, `below`, `missed`, or `none` without data.")
    achieved: float | None
    budget: float = Field(description="Seconds of bad time that it allows.")
    used: float = Field(description="Seconds of it that are used.")
    left: float = Field(description="Seconds of it that are left; negative when overspent.")


class ObjectiveList(Answer):
    probe: str
    as_of: Instant
    items: list[ObjectiveItem]


def figures(view: View, call: Call) -> FiguresAnswer:
    wanted: FiguresWanted = call.query if call.query is not None else call.body
    chosen = Chosen(tuple(wanted.probe), tuple(wanted.tag), tuple(wanted.owner))
    return FiguresAnswer.model_validate(_document(view, wanted.bounds(view.ports.now()), chosen))


def availability(view: View, call: Call) -> Availability:
    name, now = declared(view, call.path["probe"]).name, view.ports.now()
    start, end = call.query.bounds(now)
    nothing = {"total": NOTHING, "regions": {}, "states": {}, "trusted": False}
    found = _probe(_document(view, (start, end), Chosen(names=(name,)))) or nothing
    return Availability.model_validate({**found, "probe": name, "start": start, "end": end, "as_of": now})


def objectives(view: View, call: Call) -> ObjectiveList:
    """As of now: what matters of the period is its end."""
    probe, now = declared(view, call.path["probe"]), view.ports.now()
    if not probe.objectives:
        return ObjectiveList(probe=probe.name, as_of=now, items=[])
    found = _probe(_document(view, (now - timedelta(hours=1), now), Chosen(names=(probe.name,))))
    told = found["objectives"] if found else [_unknown(one) for one in probe.objectives]
    items = [ObjectiveItem.model_validate({**one, "left": one["budget"] - one["used"]}) for one in told]
    return ObjectiveList(probe=probe.name, as_of=now, items=items)


def _unknown(one: Objective) -> dict[str, Any]:
    """An objective of a probe of which nothing is known yet."""
    declared_as = {"name": one.name, "target": one.target, "window": one.window, "within": one.within}
    budget = (1 - one.target) * one.window
    return {**declared_as, "standing": Standing.NO_DATA.value, "achieved": None, "budget": budget, "used": 0.0}


def _probe(document: dict[str, Any]) -> dict[str, Any] | None:
    """What the document says of its one probe; None where nothing is known of it in that period."""
    found: list[dict[str, Any]] = document["probes"]
    return found[0] if found else None


def _document(view: View, bounds: tuple[datetime, datetime], chosen: Chosen) -> dict[str, Any]:
    with _turn():
        return view.ports.figures(*bounds, chosen)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(blocking=False):
        raise Refused(429, "other figures are being counted; try again", headers={"retry-after": "2"})
    try:
        yield
    finally:
        _turns.release()
