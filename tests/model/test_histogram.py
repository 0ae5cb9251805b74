"""Logarithmic histograms: quantiles within one per cent, merging as good as adding."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.model.histogram import Histogram

LATENCIES = st.lists(st.floats(min_value=1e-4, max_value=1e4), min_size=1, max_size=200)


@given(LATENCIES, st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_quantiles_are_within_one_per_cent_of_the_exact_ones(values: list[float], fraction: float) -> None:
    exact = sorted(values)[max(1, ceil(fraction * len(values))) - 1]
    assert pytest.approx(exact, rel=0.0101) == Histogram.of(values).quantile(fraction)


@given(LATENCIES, LATENCIES)
def test_merging_is_the_same_as_adding(first: list[float], second: list[float]) -> None:
    merged = Histogram.of(first)
    merged.merge(Histogram.of(second))
    together = Histogram.of(first + second)
    assert together.buckets == merged.buckets
    assert together.maximum == merged.maximum
    assert together.count == merged.count


def test_nothing_counted_has_no_quantile() -> None:
    assert Histogram().quantile(0.5) is None


def test_a_negative_latency_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Histogram().add(-0.1)


def test_it_can_be_printed_however_much_it_counts() -> None:
    assert repr(Histogram.of([60.0, 3600.0])) == "Histogram(count=2, micros=3660000000, most=3600000000)"
