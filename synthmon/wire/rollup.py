"""What is kept of single steps in a rollup as bytes, and back: JSON, a line feed, numbers, and counts of histograms.

In the JSON stands what has a name. The whole numbers follow as planes of bytes: five of the histogram `late`, then of
all steps the first number, of all steps the second one, and so on; after them come the counts of these histograms in
the same order. So a report that adds up thousands of these reads hardly any text, and what is alike stands together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import accumulate, chain, pairwise

from synthmon.errors import MalformedDocument
from synthmon.model.histogram import Histogram
from synthmon.model.later import Later
from synthmon.model.rollup import Detail, Spell, Within
from synthmon.model.run import FailureKind, Json, Outcome, from_millis, to_millis
from synthmon.model.stepsums import PhaseSum, StepFigures
from synthmon.wire.fields import Fields, instant_to_json
from synthmon.wire.histogram import HEAD, histogram_from_planes, histogram_to_planes
from synthmon.wire.planes import from_planes, to_planes
from synthmon.wire.text import dumps, loads

_OUTCOMES = (Outcome.PASSED, Outcome.DEGRADED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.MISSED)
"""The order in which they are written. Part of the format: a new one comes last, with another word for `numbers`."""

_KINDS = {kind.value: kind for kind in FailureKind}
_BEFORE = 5 + len(_OUTCOMES) + HEAD  # numbers of a step before those of its phases
_instant = lru_cache(maxsize=4096)(from_millis)  # few instants, many steps


def detail_to_parts(detail: Detail) -> Sequence[bytes]:
    """Bytes to be put together: text, numbers, counts. What is empty or nought is left out."""
    phases = sorted({name for step in detail.steps for name, one in step.phases.items() if one.count})
    late, counts = histogram_to_planes(detail.late)
    of_steps = [_numbers_of(step, phases) for step in detail.steps]
    numbers = [*late, *chain.from_iterable(zip(*(each for each, _ in of_steps), strict=True))]
    depth, packed = to_planes(numbers)
    document = _without_nothing(
        {
            "numbers": [[len(numbers), depth]],
            "phases": [*phases],
            "steps": [_named(step) for step in detail.steps],
            "cleanup": dict(detail.cleanup),
            "unverified": dict(detail.unverified),
            "certificates": {host: instant_to_json(until) for host, until in detail.certificates.items()},
            "within": [[bound, one.good, one.runs] for bound, one in sorted(detail.within.items())],
            "failed": [[gap] for gap in _gaps([to_millis(slot) for slot in detail.failed])],
            "releases": [[to_millis(one.at), one.release, one.runs] for one in detail.releases],
        }
    )
    return dumps(document) + b"\n", packed, b"".join((counts, *(each for _, each in of_steps)))


def detail_from_bytes(data: bytes) -> Detail:
    """The detail again; raises `MalformedDocument`."""
    text, _, packed = data.partition(b"\n")
    fields = Fields(loads(text))
    number = {int, float}
    width, depth = _geometry(fields)
    numbers = from_planes(packed, 0, width, depth)
    late, at = histogram_from_planes(numbers[:HEAD], packed, width * depth)
    return Detail(
        steps=Later(partial(_steps, fields, numbers, packed, at)),  # most who open a detail do not want them
        cleanup=_numbers(fields, "cleanup"),
        unverified=_texts(fields, "unverified"),
        certificates=_instants(fields, "certificates"),
        within={
            float(bound): Within(float(good), runs)
            for bound, good, runs in fields.rows("within", number, number, {int})
        },
        late=late,
        failed=tuple(from_millis(millis) for millis in accumulate(row[0] for row in fields.rows("failed", {int}))),
        releases=tuple(
            Spell(from_millis(at), name, runs) for at, name, runs in fields.rows("releases", {int}, {str}, {int})
        ),
    )


def _geometry(fields: Fields) -> tuple[int, int]:
    """How many numbers there are, and of how many bytes."""
    rows = fields.rows("numbers", {int}, {int})
    if len(rows) != 1 or min(rows[0]) < 0 or rows[0][0] < HEAD:
        raise MalformedDocument(f"expected how many numbers there are, got {rows!r:.80}")
    return rows[0][0], rows[0][1]


def _gaps(numbers: Sequence[int]) -> list[int]:
    """The first number, and how far each is from the one before."""
    return [later - earlier for earlier, later in pairwise((0, *numbers))]


def _named(step: StepFigures) -> list[Json]:
    """Id, name if it is another, newest slot, budget, kinds of failure; what is not there at the end is left out."""
    seen = None if step.seen is None else to_millis(step.seen)
    kinds: dict[str, Json] = {kind.value: number for kind, number in sorted(step.kinds.items()) if number}
    told: list[Json] = [step.id, step.name if step.name != step.id else None, seen, step.budget, kinds or None]
    while told[-1] is None and len(told) > 1:
        told.pop()
    return told


def _numbers_of(step: StepFigures, phases: Sequence[str]) -> tuple[list[int], bytes]:
    head, counts = histogram_to_planes(step.latency)
    numbers = [step.runs, step.over_budget, step.excused, step.flaky, step.place]
    numbers += [step.outcomes.get(outcome, 0) for outcome in _OUTCOMES]
    numbers += head
    for name in phases:
        one = step.phases.get(name) or PhaseSum()
        numbers += (one.count, one.micros, one.most)
    return numbers, counts


def _steps(fields: Fields, numbers: Sequence[int], data: bytes, at: int) -> tuple[StepFigures, ...]:
    """Thousands are read for a report: what is wrong with one is told without its place."""
    named, phases = fields.items("steps"), fields.texts("phases")
    each = _BEFORE + 3 * len(phases)
    if len(numbers) != HEAD + each * len(named):
        raise MalformedDocument(f"expected {each} numbers of each of {len(named)} steps")
    found = []
    for place, told in enumerate(named):
        mine = numbers[HEAD + place :: len(named)]
        latency, at = histogram_from_planes(mine[_BEFORE - HEAD : _BEFORE], data, at)
        found.append(_step(told, mine, phases, latency))
    if at != len(data):
        raise MalformedDocument("expected nothing after the counts of the last step")
    return tuple(found)


def _step(told: Json, numbers: Sequence[int], phases: Sequence[str], latency: Histogram) -> StepFigures:
    try:
        id_, name, seen, budget, kinds = (*told, None, None, None, None)[:5]
        runs, over_budget, excused, flaky, place = numbers[:5]
        spent = numbers[_BEFORE:]
        return StepFigures(
            id=id_,
            name=id_ if name is None else name,
            budget=budget,
            latency=latency,
            over_budget=over_budget,
            runs=runs,
            outcomes=Counter(_counted(numbers[5 : 5 + len(_OUTCOMES)])),
            kinds=Counter({_KINDS[word]: number for word, number in kinds.items()} if kinds else {}),
            excused=excused,
            flaky=flaky,
            phases={
                name: PhaseSum(*one)
                for name, one in zip(phases, zip(spent[::3], spent[1::3], spent[2::3], strict=True), strict=True)
                if one[0]
            },
            seen=None if seen is None else _instant(seen),
            place=place,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise MalformedDocument(f"expected the figures of a step, got {told!r:.80}") from error


def _counted(numbers: Sequence[int]) -> dict[Outcome, int]:
    return {outcome: number for outcome, number in zip(_OUTCOMES, numbers, strict=True) if number}


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
