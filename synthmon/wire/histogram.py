"""A histogram as JSON and back."""

from __future__ import annotations

from collections import Counter

from synthmon.model.histogram import Histogram
from synthmon.model.run import Json
from synthmon.wire.fields import Fields


def histogram_to_json(histogram: Histogram) -> dict[str, Json]:
    """Sums and maxima as they are, to the last bit: they are added up again."""
    return {
        "count": histogram.count,
        "total": histogram.total,
        "maximum": histogram.maximum,
        "buckets": [[bucket, number] for bucket, number in sorted(histogram.buckets.items())],
    }


def histogram_from_json(data: Json) -> Histogram:
    """The histogram again; raises `MalformedDocument`."""
    fields = Fields(data)
    buckets = fields.rows("buckets", {int}, {int})
    return Histogram(Counter(dict(buckets)), fields.whole("count"), fields.number("total"), fields.number("maximum"))
