"""What differs between a run and another one of the same probe, such as the last that was good. Pure.

It compares what is kept of both: of a step that passed there is no evidence, but status, phases, address, assertions,
names of what was captured, and the shape of its answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from synthmon.model import words
from synthmon.model.run import Exchange, RunResult, StepResult
from synthmon.nouns import dataclass

NOTHING = "–"
SHOWN = 24  # lines of one aspect of one step; the rest is counted
GREW = 1.5  # times as long, and
GREW_BY = 0.05  # seconds more: a phase that grew less is the network's usual unrest
PHASES = {
    "dns": "DNS",
    "connect": "connect",
    "tls": "TLS",
    "send": "send",
    "first_byte": "first byte",
    "transfer": "transfer",
}
VOLATILE = frozenset(
    {
        "age", "cf-ray", "content-length", "date", "etag", "expires", "last-modified", "ratelimit-remaining",
        "ratelimit-reset", "request-id", "server-timing", "traceparent", "x-amz-cf-id",
        "x-amz-request-id", "x-amzn-requestid", "x-amzn-trace-id", "x-cache-hits", "x-correlation-id",
        "x-ratelimit-remaining", "x-ratelimit-reset", "x-request-id", "x-response-time", "x-runtime", "x-served-by",
        "x-timer", "x-trace-id",
    }
)  # fmt: skip
"""Headers that are different in every answer: they are counted, not listed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: as it was there, as it is here; `NOTHING` where it was or is not."""

    what: str
    there: str
    here: str

    @property
    def kind(self) -> str:
        if self.there == NOTHING:
            return "new"
        return "gone" if self.here == NOTHING else "changed"


@dataclass(frozen=True, slots=True)
class StepDifference:
    """`remarks` are what was folded or could not be compared, in words. `same`: nothing differs."""

    id: str
    name: str
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        return not self.changes


@dataclass(frozen=True, slots=True)
class Difference:
    """`whole` is of the runs themselves; `steps` in the order of this run."""

    whole: tuple[Change, ...]
    steps: tuple[StepDifference, ...]

    @property
    def differing(self) -> tuple[StepDifference, ...]:
        return tuple(step for step in self.steps if step.changes or step.remarks)

    @property
    def alike(self) -> tuple[StepDifference, ...]:
        """Steps of which nothing differs and nothing could not be compared."""
        return tuple(step for step in self.steps if not step.changes and not step.remarks)


def difference(here: RunResult, there: RunResult) -> Difference:
    """What is different here from there. A step that was skipped here is left out: it says nothing."""
    before = {step.id: step for step in (*there.steps, *there.cleanup)}
    steps = [(step, before.get(step.id)) for step in (*here.steps, *here.cleanup)]
    ids = {step.id for step, _ in steps}
    gone = [step for step in before.values() if step.id not in ids]
    return Difference(
        tuple(_whole(here, there)),
        (
            *(_compared(step, other) for step, other in steps if _worth(step, other)),
            *(StepDifference(step.id, step.name, (Change("step", "taken", NOTHING),)) for step in gone),
        ),
    )


def _worth(here: StepResult, there: StepResult | None) -> bool:
    """A step that came to nothing because another broke before it says nothing."""
    return here.skipped_because is None or (there is None and here.skipped_because is not None)


def _whole(here: RunResult, there: RunResult) -> Iterator[Change]:
    yield from _if("outcome", there.outcome.value, here.outcome.value)
    yield from _if("region", there.key.region, here.key.region)
    yield from _if("probe version", there.probe_hash[:12], here.probe_hash[:12])
    if None not in {there.latency, here.latency} and (
        _grew(there.latency, here.latency) or _grew(here.latency, there.latency)
    ):  # a broken run has no latency as a whole
        yield Change("journey", words.seconds(there.latency), words.seconds(here.latency))
    if there.quality.suspect != here.quality.suspect:
        yield Change("latencies", *("suspect" if one.quality.suspect else "sound" for one in (there, here)))


def _compared(here: StepResult, there: StepResult | None) -> StepDifference:
    if there is None or there.skipped_because is not None:
        return StepDifference(here.id, here.name, (Change("step", NOTHING, here.outcome.value),))
    found: list[Change] = [
        *_if("outcome", there.outcome.value, here.outcome.value),
        *_if("status", _text(there.status), _text(here.status)),
        *_assertions(here, there),
        *_times(here, there),
        *_ways(here, there),
        *_captures(here, there),
    ]
    headers, folded = _headers(here, there)
    body, unseen = _body(here, there)
    remarks = []
    for name, changes in (("headers", headers), ("places of the body", body)):
        found += changes[:SHOWN]
        if len(changes) > SHOWN:
            remarks.append(f"{len(changes) - SHOWN} more {name} differ")
    return StepDifference(here.id, here.name, tuple(found), (*remarks, *folded, *unseen))


def _if(what: str, there: str, here: str) -> Iterator[Change]:
    if there != here:
        yield Change(what, there or NOTHING, here or NOTHING)


def _text(value: object) -> str:
    return NOTHING if value is None else str(value)


# Assertions and captures


def _assertions(here: StepResult, there: StepResult) -> Iterator[Change]:
    """What is met no more, or again. Several that hold of one subject are told once, where they came to the same."""
    exact = {(one.subject, one.expected): one for one in there.assertions}
    alike = {one.subject: one for one in there.assertions}
    found = []
    for one in here.assertions:
        before = exact.get((one.subject, one.expected)) or alike.get(one.subject)
        if (before is None or before.passed) and not one.passed:
            came = "met" if before else NOTHING
            found.append(Change(f"assertion on {one.subject}", came, f"not met: {one.actual}"))
        elif before is not None and not before.passed and one.passed:
            found.append(Change(f"assertion on {one.subject}", f"not met: {before.actual}", "met"))
    yield from dict.fromkeys(found)


def _captures(here: StepResult, there: StepResult) -> Iterator[Change]:
    for name in sorted({*here.captured, *there.captured}):
        yield from _if(f"capture {name}", *(("taken" if name in one.captured else NOTHING) for one in (there, here)))


# Time and way


def _times(here: StepResult, there: StepResult) -> Iterator[Change]:
    """The latency if it grew or shrank, with the phase that most of that is due to; and each phase that did."""
    phases = [
        (name, getattr(there.phases, field), getattr(here.phases, field))
        for field, name in PHASES.items()
        if _grew(getattr(there.phases, field), getattr(here.phases, field))
    ]
    if _grew(there.latency, here.latency) or _grew(here.latency, there.latency):
        yield Change("latency", words.seconds(there.latency), words.seconds(here.latency))
    for name, before, now in sorted(phases, key=lambda one: (one[1] or 0.0) - (one[2] or 0.0)):
        share = _share(now - (before or 0.0), here, there)
        yield Change(f"phase {name}", words.seconds(before), f"{words.seconds(now)}{share}")


def _share(more: float, here: StepResult, there: StepResult) -> str:
    grown = (here.latency or 0.0) - (there.latency or 0.0)
    return f", {min(100, round(100 * more / grown))} % of the growth" if grown > GREW_BY else ""


def _grew(there: float | None, here: float | None) -> bool:
    """Whether it takes markedly longer here. A phase that did not happen took no time."""
    before, now = there or 0.0, here or 0.0
    return now > before * GREW and now - before > GREW_BY


def _ways(here: StepResult, there: StepResult) -> Iterator[Change]:
    now, before = _judged(here), _judged(there)
    yield from _if("exchanges", str(len(there.exchanges)), str(len(here.exchanges)))
    yield from _if("attempts", str(there.attempts), str(here.attempts))
    if now is None or before is None:
        return
    yield from _if("method", before.method, now.method)
    yield from _if("address", _text(before.address), _text(now.address))
    yield from _if("proxy", _text(before.proxy), _text(now.proxy))
    yield from _if("protocol", _text(before.http_version), _text(now.http_version))
    yield from _if("connection", *("reused" if one.reused else "fresh" for one in (before, now)))
    yield from _if("answered by", *("a cache" if one.cached else "the target" for one in (before, now)))
    certificates = [_certificate(step) for step in (there, here)]
    if NOTHING not in certificates:  # of a connection that was used again none is known
        yield from _if("certificate until", *certificates)
    if _size_differs(before.received, now.received):
        yield Change("size of the body", f"{before.received} bytes", f"{now.received} bytes")


def _judged(step: StepResult) -> Exchange | None:
    return step.exchanges[-1] if step.exchanges else None


def _certificate(step: StepResult) -> str:
    until = [one.certificate_until for one in step.exchanges if one.certificate_until]
    return words.instant(until[-1]) if until else NOTHING


def _size_differs(there: int, here: int) -> bool:
    """By more than answers of one kind usually do: twice as much, or half."""
    low, high = sorted((there, here))
    return high >= 2 * low and high - low > 256


# The answer


def _headers(here: StepResult, there: StepResult) -> tuple[list[Change], list[str]]:
    now, before = _headers_of(here), _headers_of(there)
    if now is None or before is None:
        return [], ([] if now is before else ["the headers of one of the two are not kept"])
    names = sorted({*now, *before})
    found = [
        Change(f"header {name}", before.get(name, NOTHING), now.get(name, NOTHING))
        for name in names
        if name not in VOLATILE and _value_differs(before.get(name, NOTHING), now.get(name, NOTHING))
    ]
    folded = [name for name in names if name in VOLATILE and (name in now) != (name in before)]
    told = f"headers that come and go with every answer differ: {', '.join(folded)}"
    return [_named(one) for one in found], [told] if folded else []


def _headers_of(step: StepResult) -> Mapping[str, str] | None:
    """Values by name in lower case; empty where only the name is kept. Nothing where none of it is."""
    held = dict(step.shape.headers) if step.shape else {}
    if step.evidence and step.evidence.response_headers:
        held |= {name.lower(): value for name, value in step.evidence.response_headers}
    return held if step.shape or step.evidence else None


def _value_differs(there: str, here: str) -> bool:
    """Where the header is there in both and one of the values is not kept, that is no difference."""
    return there != here and bool((there and here) or NOTHING in {there, here})


def _named(change: Change) -> Change:
    """A header of which only the name is kept is `present`."""
    return Change(change.what, change.there or "present", change.here or "present")


def _body(here: StepResult, there: StepResult) -> tuple[list[Change], list[str]]:
    now, before = _places(here), _places(there)
    if not now and not before:
        return [], []
    if not now or not before:
        if here.shape is None or there.shape is None:
            return [], ["the shape of one of the two bodies is not kept"]
        return [Change("body", "JSON" if before else "no JSON", "JSON" if now else "no JSON")], []
    places = list(dict.fromkeys((*before, *now)))
    found = [
        Change(place, before.get(place, NOTHING), now.get(place, NOTHING))
        for place in _outermost(places, before, now)
        if before.get(place, NOTHING) != now.get(place, NOTHING)
    ]
    return found + _values(here, there, {change.what for change in found}), []


def _places(step: StepResult) -> Mapping[str, str]:
    return dict(step.shape.body) if step.shape else {}


def _outermost(places: Iterable[str], before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Without what lies in a place that is new or gone as a whole: that is said once."""
    told: list[str] = []
    for place in places:
        if any(place.startswith((f"{outer}.", f"{outer}[")) for outer in told):
            continue
        if (place in before) != (place in now):
            told.append(place)
        yield place


def _values(here: StepResult, there: StepResult, told: set[str]) -> list[Change]:
    """Of two answers whose bodies are kept, the texts and numbers that differ in places of the same shape."""
    now, before = _members(here), _members(there)
    return [
        Change(f"{place} says", before[place], now[place])
        for place in before
        if place in now and before[place] != now[place] and place not in told
    ]


def _members(step: StepResult) -> Mapping[str, str]:
    """What the kept body says on its first two levels; nothing if it was cut or is no JSON."""
    evidence = step.evidence
    if evidence is None or evidence.response_body is None or evidence.response_body_truncated:
        return {}
    try:
        document = json.loads(evidence.response_body)
    except (ValueError, RecursionError):
        return {}
    found = dict[str, str]()
    for name, value in document.items() if isinstance(document, dict) else ():
        inner = value.items() if isinstance(value, dict) else ()
        for place, one in ((f"$.{name}", value), *((f"$.{name}.{key}", member) for key, member in inner)):
            if isinstance(one, str | int | float | bool):
                found[place] = words.printable(json.dumps(one, ensure_ascii=False), 80)
    return found
