"""Details and histograms of rollups come back from their bytes as they were; what is damaged is refused."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.histogram import Histogram
from synthmon.model.rollup import Detail, Spell, Within
from synthmon.model.run import FailureKind, Outcome
from synthmon.model.stepsums import PHASES, PhaseSum, StepFigures

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
COUNTS = st.one_of(st.integers(0, 300), st.integers(0, 2**40))
NAMES = st.text(max_size=8)
INSTANTS = st.integers(-(10**9), 10**12).map(lambda millis: NOON + timedelta(milliseconds=millis))
LATENCIES = st.lists(st.one_of(st.floats(0, 60), st.just(0.25)), max_size=300).map(Histogram.of)
PHASE = st.builds(PhaseSum, st.integers(1, 10**6), COUNTS, COUNTS)
STEPS = st.builds(
    StepFigures,
    id=NAMES,
    name=NAMES,
    budget=st.one_of(st.none(), st.floats(0, 9)),
    latency=LATENCIES,
    over_budget=COUNTS,
    runs=COUNTS,
    outcomes=st.dictionaries(st.sampled_from(Outcome), st.integers(1, 999)).map(Counter),
    kinds=st.dictionaries(st.sampled_from(FailureKind), st.integers(1, 999), max_size=3).map(Counter),
    excused=COUNTS,
    flaky=COUNTS,
    phases=st.dictionaries(st.sampled_from([*PHASES, "total"]), PHASE),
    seen=st.one_of(st.none(), INSTANTS),
    place=st.integers(0, 200),
)
DETAILS = st.builds(
    Detail,
    steps=st.lists(STEPS, max_size=4).map(tuple),
    cleanup=st.dictionaries(NAMES, COUNTS, max_size=2),
    within=st.dictionaries(st.floats(0, 9), st.builds(Within, st.floats(0, 900), COUNTS), max_size=2),
    late=LATENCIES,
    failed=st.lists(INSTANTS, max_size=3).map(tuple),
    releases=st.lists(st.builds(Spell, INSTANTS, NAMES, COUNTS), max_size=2).map(tuple),
)


@given(DETAILS)
def test_a_detail_comes_back_as_it_was(detail: Detail) -> None:
    assert detail == wire.detail_from_bytes(b"".join(wire.detail_to_parts(detail)))


@given(LATENCIES)
def test_a_histogram_comes_back_as_it_was(histogram: Histogram) -> None:
    assert histogram == wire.histogram_from_bytes(b"".join(wire.histogram_to_parts(histogram)))


@given(DETAILS, st.data())
def test_what_is_damaged_is_read_or_refused_and_nothing_else(detail: Detail, data: st.DataObject) -> None:
    whole = b"".join(wire.detail_to_parts(detail))
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.one_of(st.just(b""), st.binary(min_size=1, max_size=3))) + whole[at + 1 :]
    for read in (wire.detail_from_bytes, wire.histogram_from_bytes):
        with suppress(MalformedDocument):
            found = read(damaged)
            assert found == found  # noqa: PLR0124 - what is opened late is opened by this


def test_what_no_clock_measures_is_kept_as_the_longest_there_is() -> None:
    odd = Histogram.of([1e300, 0.5])
    again = wire.histogram_from_bytes(b"".join(wire.histogram_to_parts(odd)))
    assert odd.buckets == again.buckets
    assert wire.detail_from_bytes(b"".join(wire.detail_to_parts(Detail(late=odd)))).late.count == 2
