"""A histogram with logarithmic buckets: small, mergeable, its quantiles within one per cent.

Bucket `i` holds values in (1.02**(i-1), 1.02**i] seconds; a value is answered with the bucket's middle in the sense of
relative error, 2 * 1.02**i / 2.02, which is at most 1 % from any value in it. After Masson, Rim and Lee, "DDSketch: a
fast and fully-mergeable quantile sketch with relative-error guarantees" (VLDB 2019), without its bucket collapsing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, log

_GAMMA = 1.02
MILLION = 1_000_000
_SMALLEST = 1e-6  # seconds: below a microsecond nothing is told apart


@dataclass(slots=True)
class Histogram:
    """Counts by bucket, and the number, sum and maximum of the values; grows while it is being filled.

    Sum and maximum are whole microseconds, which is what latencies are measured to: so it does not matter in which
    order histograms are merged, as it would with fractions of seconds.
    """

    buckets: Counter[int] = field(default_factory=Counter)
    count: int = 0
    micros: int = 0
    most: int = 0  # microseconds

    @classmethod
    def of(cls, values: Iterable[float]) -> Histogram:
        histogram = cls()
        for value in values:
            histogram.add(value)
        return histogram

    def add(self, value: float) -> None:
        """Count one value in seconds; a negative one is refused."""
        if value < 0:
            raise ValueError(f"a latency cannot be negative: {value}")
        self.buckets[ceil(log(max(value, _SMALLEST), _GAMMA))] += 1
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

    def merge(self, other: Histogram) -> None:
        """Count all of the other's values too; the same as having added them here."""
        self.buckets.update(other.buckets)
        self.count += other.count
        self.micros += other.micros
        self.most = max(self.most, other.most)

    def quantile(self, fraction: float) -> float | None:
        """The value of nearest rank at that fraction (0.95 for p95), within 1 %; None when nothing was counted."""
        rank = max(1, ceil(fraction * self.count))
        above = self.count - rank  # so many values may be greater: the upper buckets are few, and soon counted
        seen = 0
        for bucket in sorted(self.buckets, reverse=True):
            seen += self.buckets[bucket]
            if seen > above:
                return min(self.maximum, 2 * _GAMMA**bucket / (1 + _GAMMA))
        return None
