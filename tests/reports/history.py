"""A real history as a report needs it: runs every five minutes, outages and beliefs, from rows of changes of state."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from synthmon.model.history import RunRow
from synthmon.model.incident import Health, Incident
from synthmon.model.probe import Objective
from synthmon.model.run import FailureKind, Outcome, Phases, RunResult
from synthmon.reports.figures.period import week
from synthmon.reports.figures.report import Frame, Material, Report, build
from tests.making import change, failure, incident, row, run, step, version

HISTORY = Path(__file__).parent.parent / "data" / "history" / "search-company.csv"
EVERY = timedelta(minutes=5)  # between the checks of that monitor
WEEK = week(date(2026, 8, 12), UTC)
OBJECTIVE = Objective("availability", 0.995, WEEK.seconds)


@dataclass(frozen=True, slots=True)
class Spell:
    """A service was up or down from `start` to `end`; `status` and `latency` are of the check that saw it first."""

    service: str
    start: datetime
    end: datetime
    up: bool
    status: int
    latency: float


def spells() -> Mapping[str, Sequence[Spell]]:
    """Each service from its first row to the end of what is known; rows that change nothing are none of their own."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with HISTORY.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            rows[line["service"]].append(line)
    last = max(datetime.fromisoformat(line["at"]) for lines in rows.values() for line in lines)
    return {service: list(_spells(service, lines, last)) for service, lines in sorted(rows.items())}


def _spells(service: str, lines: list[dict[str, str]], last: datetime) -> Iterator[Spell]:
    lines.sort(key=lambda line: line["at"])
    instants = [*(datetime.fromisoformat(line["at"]) for line in lines), last]
    for line, (start, end) in zip(lines, pairwise(instants), strict=True):
        if end > start:
            yield Spell(service, start, end, line["state"] == "up", int(line["status"]), int(line["latency_ms"]) / 1000)


def slots(spell: Spell) -> Iterator[datetime]:
    at = spell.start
    while at < min(spell.end, WEEK.end):
        yield at
        at += EVERY


def named(service: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", service.lower()).strip("-")


def material(service: str, known: Sequence[Spell]) -> Material:
    name, began = named(service), known[0].start
    return Material(
        name,
        service,
        ("local",),
        EVERY.total_seconds(),
        60.0,
        objectives=(OBJECTIVE,),
        rows=[one for spell in known for one in _rows(name, spell)],
        results=[one for spell in known for one in _results(name, spell)],
        versions=[version(name, began, interval=EVERY.total_seconds(), timeout=60.0)],
        changes=[change(spell.start, Health.UP if spell.up else Health.DOWN, name=name) for spell in known],
        incidents=[_outage(name, spell) for spell in known if not spell.up and spell.start < WEEK.end],
        since=began,
    )


def _outage(name: str, spell: Spell) -> Incident:
    said = f"answered {spell.status}" if spell.status else "no answer"
    return incident(
        spell.start,
        probe=name,
        probe_title=spell.service,
        opened_at=spell.start + timedelta(seconds=5),
        resolved_at=spell.end,
        reason=f"down: {said}",
    )


def _rows(name: str, spell: Spell) -> Iterator[RunRow]:
    outcome = Outcome.PASSED if spell.up else Outcome.FAILED
    yield from (row(slot, outcome, probe=name, latency=spell.latency) for slot in slots(spell))


def _results(name: str, spell: Spell) -> Iterator[RunResult]:
    """All of them are as the check was that saw the change: of others nothing was written down."""
    outcome = Outcome.PASSED if spell.up else Outcome.FAILED
    told = () if spell.up else (failure(FailureKind.STATUS if spell.status else FailureKind.TIMEOUT),)
    page = step("page", outcome, latency=spell.latency, latency_budget=None, failures=told, phases=Phases())
    first = run(spell.start, outcome, name=name, steps=(page,), latency=spell.latency)
    yield from (replace(first, key=replace(first.key, slot=slot)) for slot in slots(spell))


def report() -> Report:
    """The week from Monday, 10 August 2026; what is known begins on Tuesday."""
    known = [material(service, rows) for service, rows in spells().items() if rows[0].start < WEEK.end]
    return build(Frame("history", WEEK, WEEK.end + timedelta(hours=6), "history"), known)
