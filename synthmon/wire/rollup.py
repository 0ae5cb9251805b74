"""What is kept of single steps in a rollup, as JSON and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import TypeVar

from synthmon.errors import MalformedDocument
from synthmon.model.rollup import Detail, Spell, Within
from synthmon.model.run import FailureKind, Json, Outcome, from_millis, to_millis
from synthmon.model.stepsums import PhaseSum, StepFigures
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json
from synthmon.wire.histogram import histogram_from_json, histogram_to_json

E = TypeVar("E", bound=StrEnum)


def detail_to_json(detail: Detail) -> dict[str, Json]:
    """What is empty or nought is left out."""
    return _without_nothing(
        {
            "steps": [_step_to_json(step) for step in detail.steps],
            "cleanup": dict(detail.cleanup),
            "unverified": dict(detail.unverified),
            "certificates": {host: instant_to_json(until) for host, until in detail.certificates.items()},
            "within": [[bound, one.good, one.runs] for bound, one in sorted(detail.within.items())],
            "late": histogram_to_json(detail.late) if detail.late.count else None,
            "failed": [[gap] for gap in _gaps([to_millis(slot) for slot in detail.failed])],
            "releases": [[to_millis(one.at), one.release, one.runs] for one in detail.releases],
        }
    )


def detail_from_json(data: Json) -> Detail:
    """The detail again; raises `MalformedDocument`."""
    fields = Fields(data)
    number = {int, float}
    late = fields.maybe_part("late")
    return Detail(
        steps=fields.objects("steps", _step_from_json),
        cleanup=_numbers(fields, "cleanup"),
        unverified=_texts(fields, "unverified"),
        certificates=_instants(fields, "certificates"),
        within={
            float(bound): Within(float(good), runs)
            for bound, good, runs in fields.rows("within", number, number, {int})
        },
        late=histogram_from_json(fields.value("late")) if late is not None else histogram_from_json(_NOTHING),
        failed=tuple(from_millis(millis) for millis in accumulate(row[0] for row in fields.rows("failed", {int}))),
        releases=tuple(
            Spell(from_millis(at), name, runs) for at, name, runs in fields.rows("releases", {int}, {str}, {int})
        ),
    )


_NOTHING: Json = {"micros": 0, "most": 0, "buckets": []}


def _gaps(numbers: Sequence[int]) -> list[int]:
    """The first number, and how far each is from the one before."""
    return [later - earlier for earlier, later in pairwise((0, *numbers))]


def _step_to_json(step: StepFigures) -> dict[str, Json]:
    return _without_nothing(
        {
            "id": step.id,
            "name": step.name if step.name != step.id else None,
            "place": step.place,
            "seen": maybe_instant_to_json(step.seen),
            "runs": step.runs,
            "outcomes": {outcome.value: number for outcome, number in sorted(step.outcomes.items()) if number},
            "kinds": {kind.value: number for kind, number in sorted(step.kinds.items()) if number},
            "excused": step.excused,
            "flaky": step.flaky,
            "budget": step.budget,
            "over_budget": step.over_budget,
            "latency": histogram_to_json(step.latency) if step.latency.count else None,
            "phases": {name: [one.count, one.micros, one.most] for name, one in sorted(step.phases.items())},
        }
    )


def _step_from_json(fields: Fields) -> StepFigures:
    step_id = fields.text("id")
    latency = fields.maybe_part("latency")
    return StepFigures(
        id=step_id,
        name=fields.text("name", default=step_id),
        budget=fields.maybe_number("budget"),
        latency=histogram_from_json(fields.value("latency") if latency is not None else _NOTHING),
        over_budget=fields.whole("over_budget", default=0),
        runs=fields.whole("runs", default=0),
        outcomes=_words(fields, "outcomes", Outcome),
        kinds=_words(fields, "kinds", FailureKind),
        excused=fields.whole("excused", default=0),
        flaky=fields.whole("flaky", default=0),
        phases=_phases(fields),
        seen=fields.maybe_instant("seen"),
        place=fields.whole("place", default=0),
    )


def _phases(fields: Fields) -> dict[str, PhaseSum]:
    part = fields.maybe_part("phases")
    found: dict[str, PhaseSum] = {}
    for name in part.names() if part is not None else ():
        numbers = part.items(name) if part is not None else ()
        if [type(number) for number in numbers] != [int, int, int]:
            raise MalformedDocument(f"phases.{name}: expected three whole numbers")
        found[name] = PhaseSum(*numbers)
    return found


def _words(fields: Fields, name: str, words: type[E]) -> Counter[E]:
    try:
        return Counter({words(word): number for word, number in _numbers(fields, name).items()})
    except ValueError:
        fields.refuse(name, f"counts of {', '.join(words)}")


def _numbers(fields: Fields, name: str) -> dict[str, int]:
    part = fields.maybe_part(name)
    return {} if part is None else {one: part.whole(one) for one in part.names()}


def _texts(fields: Fields, name: str) -> dict[str, str]:
    part = fields.maybe_part(name)
    return {} if part is None else {one: part.text(one) for one in part.names()}


def _instants(fields: Fields, name: str) -> dict[str, datetime]:
    part = fields.maybe_part(name)
    return {} if part is None else {one: part.instant(one) for one in part.names()}


def _without_nothing(document: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in document.items() if value not in (None, 0, [], {})}
