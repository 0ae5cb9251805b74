"""A histogram as JSON and back."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate, chain, pairwise

from synthmon.errors import MalformedDocument
from synthmon.model.histogram import Histogram
from synthmon.model.run import Json


def histogram_to_json(histogram: Histogram) -> dict[str, Json]:
    """Sum and maximum in microseconds. `buckets` are pairs in a row: how far from the one before, and the number."""
    numbers = sorted(histogram.buckets)
    gaps = [later - earlier for earlier, later in pairwise(chain((0,), numbers))]
    pairs = zip(gaps, (histogram.buckets[number] for number in numbers), strict=True)
    return {"micros": histogram.micros, "most": histogram.most, "buckets": list(chain.from_iterable(pairs))}


def histogram_from_json(data: Json) -> Histogram:
    """The histogram again; raises `MalformedDocument`. Thousands are read for a report, so each is checked at once."""
    try:
        micros, most, flat = data["micros"], data["most"], data["buckets"]
        sound = type(micros) is type(most) is int and type(flat) is list and set(map(type, flat)) <= {int}
        counts = flat[1::2]
        if not sound or len(flat) % 2 or min(counts, default=1) < 1 or micros < 0 or most < 0:
            raise MalformedDocument("expected a histogram of whole numbers")
        buckets = dict(zip(accumulate(flat[::2]), counts, strict=True))
    except (TypeError, KeyError) as error:
        raise MalformedDocument(f"expected a histogram, got {data!r:.80}") from error
    if len(buckets) != len(counts):
        raise MalformedDocument("expected a histogram whose buckets ascend")
    return Histogram(Counter(buckets), sum(counts), micros, most)
