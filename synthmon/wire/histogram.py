"""A histogram as five whole numbers and the planes of its counts, and back."""

from __future__ import annotations

from collections.abc import Sequence

from synthmon.errors import MalformedDocument
from synthmon.model.histogram import LANE, LOWEST, Histogram
from synthmon.wire.planes import side_by_side, to_planes
from synthmon.wire.text import dumps, loads

HEAD = 5  # numbers
_BYTES = LANE // 8
_HIGHEST = 1 << 16  # lanes: no latency is as long


def histogram_to_planes(histogram: Histogram) -> tuple[list[int], bytes]:
    """Sum and maximum in microseconds, the first lane, how many there are and of how many planes; and those."""
    first, counts = histogram.dense()
    depth, planes = to_planes(counts)
    return [histogram.micros, histogram.most, first - LOWEST if counts else 0, len(counts), depth], planes


def histogram_from_planes(head: Sequence[int], data: bytes, at: int = 0) -> tuple[Histogram, int]:
    """The histogram whose planes begin there, and where they end; raises `MalformedDocument`."""
    micros, most, place, width, depth = head
    if min(head) < 0 or max(place, width) >= _HIGHEST:
        raise MalformedDocument(f"expected a histogram, got {head!r:.80}")
    lanes = int.from_bytes(side_by_side(data, at, width, depth, _BYTES), "little")
    end = at + width * depth
    count = sum(sum(data[at + number * width : at + (number + 1) * width]) << 8 * number for number in range(depth))
    return Histogram(lanes << LANE * place, count, micros, most), end


def histogram_to_parts(histogram: Histogram) -> Sequence[bytes]:
    """One that stands alone, as bytes to be put together: its five numbers as JSON and a line feed; its planes."""
    head, planes = histogram_to_planes(histogram)
    return dumps([*head]) + b"\n", planes


def histogram_from_bytes(data: bytes) -> Histogram:
    """The histogram again; raises `MalformedDocument`."""
    text, _, planes = data.partition(b"\n")
    head = loads(text)
    if not isinstance(head, list) or len(head) != HEAD or set(map(type, head)) != {int}:
        raise MalformedDocument(f"expected the five numbers of a histogram, got {head!r:.80}")
    histogram, end = histogram_from_planes(head, planes)
    if end != len(planes):
        raise MalformedDocument("expected nothing after the planes of a histogram")
    return histogram
