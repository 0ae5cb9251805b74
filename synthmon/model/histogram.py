"""A histogram with logarithmic buckets: small, mergeable, its quantiles within one per cent.

Bucket `i` holds values in (1.02**(i-1), 1.02**i] seconds; a value is answered with the bucket's middle in the sense of
relative error, 2 * 1.02**i / 2.02, which is at most 1 % from any value in it. After Masson, Rim and Lee, "DDSketch: a
fast and fully-mergeable quantile sketch with relative-error guarantees" (VLDB 2019), without its bucket collapsing.

The counts lie side by side in one long whole number, 32 bits each: to merge two histograms is to add two numbers, which
Python does in a fraction of a microsecond, and a report about a month merges tens of thousands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from itertools import accumulate
from math import ceil, log
from struct import unpack

from synthmon.nouns import dataclass

_GAMMA = 1.02
MILLION = 1_000_000
_SMALLEST = 1e-6  # seconds: below a microsecond nothing is told apart
LOWEST = ceil(log(_SMALLEST, _GAMMA))  # the bucket of that
LANE = 32  # bits of a bucket: a century of runs, one each second, does not overflow it


@dataclass(slots=True)
class Histogram:
    """Counts by bucket, and the number, sum and maximum of the values; grows while it is being filled.

    `lanes` holds the count of bucket `LOWEST + n` in its `n`th 32 bits. Sum and maximum are whole microseconds, which
    is what latencies are measured to: so it does not matter in which order histograms are merged, as it would with
    fractions of seconds.
    """

    lanes: int = field(default=0, repr=False)  # Python refuses to print whole numbers as long as these
    count: int = 0
    micros: int = 0
    most: int = 0  # microseconds

    @classmethod
    def of(cls, values: Iterable[float]) -> Histogram:
        known = list(values)
        micros = [round(value * MILLION) for value in known]
        places = Counter(map(_place, known))
        lanes = sum(number << LANE * place for place, number in places.items())
        return cls(lanes, len(known), sum(micros), max(micros, default=0))

    def add(self, value: float) -> None:
        """Count one value in seconds; a negative one is refused."""
        self.lanes += 1 << LANE * _place(value)
        micros = round(value * MILLION)
        self.count += 1
        self.micros += micros
        self.most = max(self.most, micros)

    @property
    def total(self) -> float:
        """The sum, in seconds."""
        return self.micros / MILLION

    @property
    def maximum(self) -> float:
        return self.most / MILLION

    @property
    def mean(self) -> float | None:
        return self.micros / self.count / MILLION if self.count else None

    @property
    def buckets(self) -> Mapping[int, int]:
        """How many values lie in each bucket that has any, ascending."""
        first, counts = self.dense()
        return {number: count for number, count in enumerate(counts, first) if count}

    def merge(self, other: Histogram) -> None:
        """Count all of the other's values too; the same as having added them here."""
        self.lanes += other.lanes
        self.count += other.count
        self.micros += other.micros
        self.most = max(self.most, other.most)

    def quantile(self, fraction: float) -> float | None:
        """The value of nearest rank at that fraction (0.95 for p95), within 1 %; None when nothing was counted."""
        if not self.count:
            return None
        rank = max(1, ceil(fraction * self.count))
        first, counts = self.dense()
        bucket = first + bisect_right(list(accumulate(counts)), rank - 1)  # the first by which so many are counted
        return min(self.maximum, 2 * _GAMMA**bucket / (1 + _GAMMA))

    def dense(self) -> tuple[int, Sequence[int]]:
        """The number of the first bucket that has any, and the counts from there to the last one that has."""
        if not self.lanes:
            return 0, ()
        skipped = ((self.lanes & -self.lanes).bit_length() - 1) // LANE
        rest = self.lanes >> LANE * skipped
        width = -(-rest.bit_length() // LANE)
        return LOWEST + skipped, unpack(f"<{width}I", rest.to_bytes(width * LANE // 8, "little"))


def _place(value: float) -> int:
    """Which lane it is counted in."""
    if value < 0:
        raise ValueError(f"a latency cannot be negative: {value}")
    return ceil(log(max(value, _SMALLEST), _GAMMA)) - LOWEST
