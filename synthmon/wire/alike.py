"""A run told by what is other in it than in a sample: the run of the same version of its probe that came first.

Runs of one probe differ in their figures, and hardly ever in anything else. So figures are written one after the other,
and of everything else what is not as in the sample. Whatever is built in another way (another number of requests, a
failure, another shape of an answer) is not told here but by its whole document, against which
`tests/wire/test_alike.py` holds this. Who keeps the bytes keeps the document of the sample, whose check is in them:

    1 byte: how many bytes a figure has, 1 to 6, and from 16 on a bit for each of the second to the fifth that is thin
    4 bytes: CRC-32 of the document of the sample with all that follows here
    6 bytes: the slot, milliseconds
    figures, whole numbers: the low bytes of all of them, then the next ones; of those that are thin, as most are
        nought, a bit for each, and those that are not
    JSON of what else is other, if anything is: a list of a field's number and its value, or [front, back, between]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import compress
from operator import attrgetter
from struct import Struct
from typing import Any
from zlib import crc32

from synthmon.errors import MalformedDocument
from synthmon.model.run import (
    AssertionResult,
    Exchange,
    Json,
    Phases,
    Quality,
    RunKey,
    RunKind,
    RunResult,
    StepResult,
    from_millis,
    to_millis,
)
from synthmon.model.trace import trace_id
from synthmon.wire.plain import from_text
from synthmon.wire.run import PHASES
from synthmon.wire.taken import Otherwise, Taken, Taking
from synthmon.wire.text import dumps, loads

MARKS = frozenset(bytes([width + 16 * thin]) for width in range(1, 7) for thin in range(16))
"""Bytes with which only what is told so begins: what is deflated has an 8 in its first byte (RFC 1950, section 2.2)."""

_MOST_OTHER = 160  # bytes; where more than that is other, a deflated document is hardly larger
_SLOT, _HEAD = 6, 11  # bytes
*_PLACES, _SIXTH, _SEVENTH = [slice(place, None, 8) for place in range(8)]  # of figures, their first bytes and so on
_KINDS = tuple(RunKind)
_WORTH = 9  # characters in common, from which they are counted and not written
_ABSENT = object()
_PLAIN = frozenset({str, int, bool, type(None), datetime})

_SECONDS_OF_RUN = ("duration", "latency", "quality.late", "quality.lag")
_SECONDS_OF_STEP = ("offset", "duration", "latency", *(f"phases.{name}" for name in PHASES))
_OF_RUN = (
    *("key.environment", "key.probe", "key.region", "outcome", "failed_step", "flaky", "quality.suspect"),
    *("probe_hash", "latency_budget", "reason", "failures", "leftovers"),
)
_OF_STEP = (
    *("id", "name", "outcome", "status", "latency_budget", "failures", "evidence", "skipped_because", "excused"),
    *("unverified", "shape"),
)
_OF_EXCHANGE = tuple([one.name for one in fields(Exchange) if one.name not in {"offset", "phases", "received"}])
_OF_ASSERTION = tuple([one.name for one in fields(AssertionResult)])
_of_assertion = attrgetter(*_OF_ASSERTION)

_THIN = 5  # of the bytes of figures, those in front of this one may be thin
_IS_NOUGHT = bytes.maketrans(bytes(range(256)), b"0" + b"1" * 255)

_Changes = Mapping[int, Json]


class _Numbers:
    """Gives each field of all parts a number of its own."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> int:
        """The first of so many."""
        self._next += count
        return self._next - count


class _Making:
    """What is put together while the parts of a sample are made."""

    __slots__ = ("numbers", "taking")

    def __init__(self) -> None:
        self.numbers, self.taking = _Numbers(), Taking()


class _Part:
    """Fields of one object of a result, by their names; `seconds` are those of its figures that the sample has."""

    __slots__ = ("_known", "_names", "_number", "_place", "_seconds")

    def __init__(
        self, making: _Making, one: str, sample: Any, names: tuple[str, ...], seconds: tuple[str, ...]
    ) -> None:
        there = [attrgetter(name)(sample) is not None for name in seconds]
        self._names = (*names, *(name for name, is_there in zip(seconds, there, strict=True) if not is_there))
        self._seconds = tuple(compress(seconds, there))
        self._known = attrgetter(*self._names)(sample)
        self._number = making.numbers.take(len(self._names))
        self._place = making.taking.values(one, self._names)
        making.taking.take_seconds(one, self._seconds)

    def tell(self, taken: tuple[Any, ...], other: list[Json]) -> None:
        """Add what is other among the values that were taken."""
        values = taken[self._place]
        if values == self._known:
            self._known = values  # as those of the whole
        else:
            other += _differences(self._number, self._known, values)

    def read(self, seconds: Iterator[float], changes: _Changes) -> dict[str, Any]:
        """Its values by their names."""
        found = dict(zip(self._names, _changed(self._number, self._known, changes), strict=True))
        for name in self._seconds:
            found[name] = next(seconds)
        return found


def _differences(number: int, sample: Sequence[Any], values: Sequence[Any]) -> list[Json]:
    """Of fields that are numbered from there on."""
    found: list[Json] = []
    for place, (old, new) in enumerate(zip(sample, values, strict=True), number):
        if old != new:
            found += (place, _text(old, new) if type(old) is type(new) is str else _value(old, new))
    return found


def _value(old: Any, new: Any) -> Json:
    if not (type(old) in _PLAIN and type(new) in _PLAIN):
        raise Otherwise
    return [to_millis(new)] if isinstance(new, datetime) else new


def _text(old: str, new: str) -> Json:
    """All of it, or what stands between what both have in common, whichever is shorter."""
    if len(old) < _WORTH or len(new) < _WORTH:  # such as a number that was captured
        return new
    front = _in_common(old, new)
    back = _in_common(old[front:][::-1], new[front:][::-1])
    return new if front + back < _WORTH else [front, back, new[front : len(new) - back]]


def _in_common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, its) in pairs if mine != its), min(len(one), len(other)))


def _changed(number: int, sample: Sequence[Any], changes: _Changes) -> Sequence[Any]:
    if not changes:
        return sample
    values = list(sample)
    for field, old in enumerate(sample):
        match changes.get(number + field, _ABSENT):
            case [front, back, between]:
                values[field] = f"{old[:front]}{between}{old[len(old) - back :]}"
            case [millis]:
                values[field] = from_millis(millis)
            case value if value is not _ABSENT:
                values[field] = value
    return values


class _ExchangeOf:
    """An exchange; it has phases of its own where that of the sample has."""

    __slots__ = ("_own", "_part", "tell")

    def __init__(self, making: _Making, one: str, sample: Exchange, step: str, of_step: Phases) -> None:
        self._own = sample.phases != of_step
        phases: tuple[str, ...] = _SECONDS_OF_STEP[3:] if self._own else ()
        self._part = _Part(making, one, sample, _OF_EXCHANGE, ("offset", *phases))
        self.tell = self._part.tell
        making.taking.take_whole(one, "received")
        if not self._own:
            making.taking.alike(f"{one}.phases", f"{step}.phases")

    def read(self, of_step: Phases, seconds: Iterator[float], wholes: Iterator[int], changes: _Changes) -> Exchange:
        found = self._part.read(seconds, changes)
        phases = _phases(found) if self._own else of_step
        return Exchange(**found, phases=phases, received=next(wholes))


def _phases(found: dict[str, Any]) -> Phases:
    return Phases(*[found.pop(name) for name in _SECONDS_OF_STEP[3:]])


class _StepOf:
    """A step, with its assertions, what it captured, and its exchanges."""

    __slots__ = ("_assertions", "_captured", "_exchanges", "_of_assertions", "_of_captured", "_part", "_place")

    def __init__(self, making: _Making, one: str, sample: StepResult) -> None:
        taking, numbers = making.taking, making.numbers
        self._part = _Part(making, one, sample, _OF_STEP, _SECONDS_OF_STEP)
        self._place = taking.values(one, ("captured", "assertions"))
        self._captured, self._assertions = dict(sample.captured), sample.assertions
        self._of_captured = numbers.take(len(self._captured))
        self._of_assertions = tuple(numbers.take(len(_OF_ASSERTION)) for _ in sample.assertions)
        names = [f"{one}e{number}" for number in range(len(sample.exchanges))]
        taking.each(f"{one}.exchanges", names)
        self._exchanges = tuple(
            _ExchangeOf(making, name, exchange, one, sample.phases)
            for name, exchange in zip(names, sample.exchanges, strict=True)
        )

    def tell(self, taken: tuple[Any, ...], other: list[Json]) -> None:
        """Add what is other among the values that were taken."""
        self._part.tell(taken, other)
        captured, assertions = taken[self._place]
        if captured != self._captured:
            self._tell_captured(captured, other)
        if assertions != self._assertions:
            self._tell_assertions(assertions, other)
        else:
            self._assertions = assertions
        for exchange in self._exchanges:
            exchange.tell(taken, other)

    def _tell_captured(self, captured: Mapping[str, str], other: list[Json]) -> None:
        if tuple(captured) != tuple(self._captured):
            raise Otherwise
        other += _differences(self._of_captured, tuple(self._captured.values()), tuple(captured.values()))

    def _tell_assertions(self, assertions: tuple[AssertionResult, ...], other: list[Json]) -> None:
        if len(assertions) != len(self._assertions):
            raise Otherwise
        for number, old, new in zip(self._of_assertions, self._assertions, assertions, strict=True):
            if new != old:
                other += _differences(number, _of_assertion(old), _of_assertion(new))

    def read(self, seconds: Iterator[float], wholes: Iterator[int], changes: _Changes) -> StepResult:
        found = self._part.read(seconds, changes)
        phases = _phases(found)
        captured, assertions = self._captured, self._assertions
        if changes:
            captured = dict(zip(captured, _changed(self._of_captured, tuple(captured.values()), changes), strict=True))
            assertions = tuple(
                AssertionResult(*_changed(number, _of_assertion(one), changes))
                for number, one in zip(self._of_assertions, assertions, strict=True)
            )
        return StepResult(
            **found,
            phases=phases,
            assertions=assertions,
            exchanges=tuple([one.read(phases, seconds, wholes, changes) for one in self._exchanges]),
            captured=dict(captured),
        )


def _steps_of(making: _Making, whole: str, initial: str, steps: Sequence[StepResult]) -> list[_StepOf]:
    names = [f"{initial}{number}" for number in range(len(steps))]
    making.taking.each(whole, names)
    return [_StepOf(making, name, step) for name, step in zip(names, steps, strict=True)]


class Sample:
    """The run that others are held against, from the text of its document. Raises `MalformedDocument`."""

    def __init__(self, document: bytes) -> None:
        run, making = from_text(document), _Making()
        if run.trace_id not in {None, trace_id(run.id)}:
            raise MalformedDocument("its trace is that of another run")
        self._check = crc32(document)
        self._traced = run.trace_id is not None
        self._run = _Part(making, "run", run, _OF_RUN, _SECONDS_OF_RUN)
        self._steps = _steps_of(making, "run.steps", "s", run.steps)
        self._cleanup = _steps_of(making, "run.cleanup", "c", run.cleanup)
        self._taking: Taking | None = making.taking
        self._take: Callable[[RunResult], Taken] = self._first_taken
        self._known: tuple[Any, ...] = ()
        self._seconds, self._count = making.taking.seconds, making.taking.figures
        self._wholes = Struct(f"<{self._count}Q")
        self._sound = b"\x30" * self._count + b"\x43" * self._count
        self._none = bytes(self._count)
        self._bits = (self._count + 7) // 8  # bytes that hold a bit for each figure

    def told(self, result: RunResult, run_id: str | None = None) -> bytes | None:
        """What is other in this run; None where all of its document has to be kept. `run_id` is its id, if known."""
        try:
            if result.trace_id != (trace_id(run_id or result.id) if self._traced else None):
                return None
            slot, values, data = self._take(result)
            other = b""
            if values == self._known:
                self._known = values  # which other runs share, so that next time they are the same objects
            else:
                other = self._other(values)
            head = slot.to_bytes(_SLOT, "little")
        except (Otherwise, ValueError, TypeError, OverflowError):
            return None  # another number of parts, a figure that is missing, or no number of this world
        if len(other) > _MOST_OTHER or data[_SIXTH] + data[_SEVENTH] != self._sound:
            return None  # as would be a figure that is none, below nought or beyond six bytes
        mark, planes = self._planes(data)
        rest = b"".join((head, *planes, other))
        return b"%c%b%b" % (mark, crc32(rest, self._check).to_bytes(4, "little"), rest)

    def _first_taken(self, result: RunResult) -> Taken:
        """Who only reads needs no function that takes."""
        if (taking := self._taking) is not None:  # else another thread was first, and both stand already
            self._take, self._taking = taking.function(), None
        return self._take(result)

    def _other(self, values: tuple[Any, ...]) -> bytes:
        """What is other among values, part by part. Where nothing is, they are what the next one is held against."""
        other: list[Json] = []
        self._run.tell(values, other)
        for step in (*self._steps, *self._cleanup):
            step.tell(values, other)
        if other:
            return dumps(other)
        self._known = values
        return b""

    def _planes(self, data: bytes) -> tuple[int, list[bytes]]:
        """The first byte, and the bytes of figures, the low ones first."""
        planes = [data[place] for place in _PLACES]
        while len(planes) > 1 and planes[-1] == self._none:
            planes.pop()
        mark = len(planes)
        for place, plane in enumerate(planes[1:_THIN], 1):
            full = plane.replace(b"\0", b"")
            if len(full) + self._bits < self._count:
                bits = int(plane.translate(_IS_NOUGHT), 2).to_bytes(self._bits, "big")
                planes[place], mark = bits + full, mark | 8 << place
        return mark, planes

    def _plane(self, data: bytes, at: int, thin: bool) -> tuple[bytes, int]:
        """One of them, and where the next begins."""
        if not thin:
            return data[at : at + self._count], at + self._count
        bits = f"{int.from_bytes(data[at : at + self._bits], 'big'):0{self._count}b}"
        full = iter(data[at + self._bits :])
        plane = bytes([next(full) if bit == "1" else 0 for bit in bits])
        return plane, at + self._bits + bits.count("1")

    def read(self, data: bytes) -> RunResult:
        """The run again, figures to the microsecond; raises `MalformedDocument` for what was not told so."""
        if int.from_bytes(data[1:5], "little") != crc32(data[5:], self._check):
            raise MalformedDocument("the document is damaged, or of another sample")
        planes, end = bytearray(8 * self._count), _HEAD
        for place in range(data[0] & 7):
            planes[place::8], end = self._plane(data, end, thin=bool(data[0] & (8 << place)))
        figures = self._wholes.unpack(planes)
        seconds, wholes = iter([value / 1e6 for value in figures[: self._seconds]]), iter(figures[self._seconds :])
        other = iter(loads(data[end:]) if end < len(data) else ())
        changes = dict(zip(other, other, strict=True))
        return self._result(from_millis(int.from_bytes(data[5:_HEAD], "little")), seconds, wholes, changes)

    def _result(self, slot: datetime, seconds: Iterator[float], wholes: Iterator[int], changes: _Changes) -> RunResult:
        n, kind, late = (next(wholes) for _ in range(3))
        found = self._run.read(seconds, changes)
        environment, probe, region = (found.pop(name) for name in _OF_RUN[:3])
        quality = Quality(*[found.pop(f"quality.{name}") for name in ("late", "lag", "suspect")])
        key = RunKey(environment, probe, region, slot, _KINDS[kind], n)
        return RunResult(
            key,
            from_millis(to_millis(slot) + late),
            **found,
            quality=quality,
            trace_id=trace_id(key.id) if self._traced else None,
            steps=tuple([one.read(seconds, wholes, changes) for one in self._steps]),
            cleanup=tuple([one.read(seconds, wholes, changes) for one in self._cleanup]),
        )
