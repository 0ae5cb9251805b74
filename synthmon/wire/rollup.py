"""What is kept of single steps in a rollup, as JSON and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import accumulate, pairwise

from synthmon.errors import MalformedDocument
from synthmon.model.later import Later
from synthmon.model.rollup import Detail, Spell, Within
from synthmon.model.run import FailureKind, Json, Outcome, from_millis, to_millis
from synthmon.model.stepsums import PhaseSum, StepFigures
from synthmon.wire.fields import Fields, instant_to_json, maybe_instant_to_json
from synthmon.wire.histogram import histogram_from_json, histogram_to_json


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
        steps=Later(partial(fields.objects, "steps", _step_from_json)),  # most who open a detail do not want them
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
    """Thousands are read for a report: what is wrong with one is told without its place."""
    data = fields.whole_object
    try:
        seen = data.get("seen")
        return StepFigures(
            id=data["id"],
            name=data.get("name", data["id"]),
            budget=data.get("budget"),
            latency=histogram_from_json(data.get("latency", _NOTHING)),
            over_budget=data.get("over_budget", 0),
            runs=data.get("runs", 0),
            outcomes=Counter({_OUTCOMES[word]: number for word, number in data.get("outcomes", {}).items()}),
            kinds=Counter({_KINDS[word]: number for word, number in data.get("kinds", {}).items()}),
            excused=data.get("excused", 0),
            flaky=data.get("flaky", 0),
            phases={name: PhaseSum(*numbers) for name, numbers in data.get("phases", {}).items()},
            seen=None if seen is None else _instant(seen),
            place=data.get("place", 0),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedDocument(f"expected the figures of a step, got {data!r:.80}") from error


_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_KINDS = {kind.value: kind for kind in FailureKind}
_instant = lru_cache(maxsize=4096)(datetime.fromisoformat)  # few instants, many steps


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
