"""Rollups of a probe that begin together, those of all its regions, as one document: they are alike, and share a row.

Deflated are, one behind the other: a line of JSON with the plain figures of each region, which is all that most who
read many want; the texts of all regions, the numbers of their steps, and the counts of histograms. Parts of one kind
stand together, and numbers of regions with the same steps byte by byte in turn, because there they are most alike.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import accumulate, chain, pairwise
from typing import Any

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.histogram import Histogram
from synthmon.model.rollup import Detail, Rollup, Unread
from synthmon.model.run import Json, to_millis
from synthmon.nouns import dataclass
from synthmon.store.figured import OUTCOMES, rollup_of
from synthmon.store.packing import ABREAST_WORDS

_PIECE = 512  # bytes: the line is seldom longer
_WINDOW, _MEMORY = -15, 8
_TEXTS, _COUNTS = 2, 2  # parts of a region


@dataclass(frozen=True, slots=True)
class _Region:
    """A rollup without what is opened later."""

    name: str
    figures: Sequence[Any]
    lengths: Sequence[int]  # texts of journeys and steps, numbers of steps, counts of journeys and steps


def pack(rollups: Sequence[Rollup]) -> bytes:
    """Those of one probe and one beginning, one of each region."""
    ordered = sorted(rollups, key=lambda one: one.region)
    split = [(*wire.histogram_to_parts(one.latency), *wire.detail_to_parts(one.detail)) for one in ordered]
    texts = list(chain.from_iterable((head, text) for head, _, text, _, _ in split))
    numbers = [each for _, _, _, each, _ in split]
    counts = list(chain.from_iterable((planes, each) for _, planes, _, _, each in split))
    line = [
        [one.region, _figures(one), [len(head), len(text), len(number), len(planes), len(each)]]
        for one, (head, planes, text, number, each) in zip(ordered, split, strict=True)
    ]
    deflater = zlib.compressobj(9, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=ABREAST_WORDS)
    parts = (wire.dumps(line) + b"\n" + b"".join(texts), _in_turn(numbers), b"".join(counts))
    return b"".join((*(deflater.compress(part) + deflater.flush(zlib.Z_BLOCK) for part in parts), deflater.flush()))


def unpack(probe: str, bucket: int, data: bytes) -> list[Rollup]:
    """The rollups again, by region; raises `MalformedDocument`. Histograms and details are opened when wanted."""
    line, _ = _line(data)
    try:
        return [_rollup(probe, bucket, one, place, data) for place, one in enumerate(line)]
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise MalformedDocument(f"expected figures of rollups: {error}") from error


def _figures(one: Rollup) -> list[Json]:
    """Instants in milliseconds after the beginning."""
    start = to_millis(one.bucket)
    return [
        to_millis(one.end) - start,
        *(one.count(outcome) for outcome in OUTCOMES),
        one.due,
        one.planned,
        one.good,
        one.bad,
        one.flaky,
        one.cleanup_failed,
        one.over_budget,
        one.budget,
        None if one.last is None else to_millis(one.last) - start,
        None if one.judged is None else to_millis(one.judged) - start,
    ]


def _rollup(probe: str, bucket: int, region: _Region, place: int, data: bytes) -> Rollup:
    journeys, told = Unread(partial(_journeys, place), data), Unread(partial(_detail, place), data)
    return rollup_of(probe, bucket, region.name, region.figures, bucket, journeys, told)


def _journeys(place: int, data: bytes) -> Histogram:
    return wire.histogram_from_bytes(_opened(data)[place][0])


def _detail(place: int, data: bytes) -> Detail:
    return wire.detail_from_bytes(_opened(data)[place][1])


def _line(data: bytes) -> tuple[list[_Region], bytes]:
    """What stands in the line, and all that was inflated for it."""
    inflater = zlib.decompressobj(_WINDOW, zdict=ABREAST_WORDS)
    found = b""
    try:
        found = inflater.decompress(data, _PIECE)
        while b"\n" not in found:
            more = inflater.decompress(inflater.unconsumed_tail, _PIECE)
            if not more:
                raise MalformedDocument("a document of rollups ends in its first line")
            found += more
    except (zlib.error, TypeError) as error:  # a damaged row may hold a number instead of bytes
        raise MalformedDocument(f"a document of rollups does not inflate: {error}") from error
    return list(_regions(wire.loads(found.partition(b"\n")[0]))), found


def _regions(line: Json) -> Iterator[_Region]:
    if not isinstance(line, list):
        raise MalformedDocument(f"expected a list of regions, got {line!r:.80}")
    for told in line:
        match told:
            case [str(name), list(figures), [int(), int(), int(), int(), int()] as lengths] if min(lengths) >= 0:
                yield _Region(name, figures, lengths)
            case _:
                raise MalformedDocument(f"expected name, figures and lengths of a region, got {told!r:.80}")


@lru_cache(maxsize=64)  # regions of one row are read one behind the other
def _opened(data: bytes) -> Sequence[tuple[bytes, bytes]]:
    """Of each region, in the order of the line, journeys and detail as `wire` reads them."""
    regions, _ = _line(data)
    inflater = zlib.decompressobj(_WINDOW, zdict=ABREAST_WORDS)
    try:
        _, _, rest = inflater.decompress(data).partition(b"\n")
    except zlib.error as error:
        raise MalformedDocument(f"a document of rollups does not inflate: {error}") from error
    texts = [length for one in regions for length in one.lengths[:_TEXTS]]
    numbers = [one.lengths[_TEXTS] for one in regions]
    counts = [length for one in regions for length in one.lengths[-_COUNTS:]]
    if not inflater.eof or len(rest) != sum(texts) + sum(numbers) + sum(counts):
        raise MalformedDocument("a document of rollups is not as long as it says")
    said, left = _cut(rest[: sum(texts)], texts), rest[sum(texts) :]
    figures, left = _out_of_turn(left[: sum(numbers)], numbers), left[sum(numbers) :]
    counted = _cut(left, counts)
    return [
        (said[2 * at] + counted[2 * at], said[2 * at + 1] + figures[at] + counted[2 * at + 1])
        for at in range(len(regions))
    ]


def _cut(data: bytes, lengths: Sequence[int]) -> list[bytes]:
    return [data[start:end] for start, end in pairwise(accumulate(lengths, initial=0))]


def _in_turn(parts: Sequence[bytes]) -> bytes:
    """The first byte of each, the second of each, and so on, where they are equally long."""
    if len({len(part) for part in parts}) != 1:
        return b"".join(parts)
    return bytes(chain.from_iterable(zip(*parts, strict=True)))


def _out_of_turn(data: bytes, lengths: Sequence[int]) -> list[bytes]:
    if len(set(lengths)) != 1:
        return _cut(data, lengths)
    return [data[place :: len(lengths)] for place in range(len(lengths))]
