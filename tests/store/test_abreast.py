"""Rollups of several regions as one document: any come back as they were, and a damaged one is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.errors import MalformedDocument
from synthmon.model.histogram import Histogram
from synthmon.model.rollup import Rollup
from synthmon.model.run import Outcome, to_millis
from synthmon.store import abreast
from tests.store.test_rollups import FULL
from tests.store.values import MIDNIGHT, at

START = to_millis(MIDNIGHT)
COUNTS = st.integers(0, 2**40)
SECONDS = st.floats(0, 1e9)
BARE = replace(FULL.detail, steps=FULL.detail.steps[1:])
ROLLUPS = st.builds(
    replace,
    st.just(FULL),
    region=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    outcomes=st.dictionaries(st.sampled_from(Outcome), st.integers(1, 2**40)),
    due=COUNTS,
    planned=COUNTS,
    good=SECONDS,
    bad=SECONDS,
    flaky=COUNTS,
    over_budget=COUNTS,
    budget=st.none() | SECONDS,
    last=st.none() | st.integers(-(10**6), 10**6).map(at),
    journeys=st.lists(st.floats(0, 100), max_size=5).map(Histogram.of),
    told=st.sampled_from([FULL.detail, BARE]),
)


@given(st.lists(ROLLUPS, min_size=1, max_size=4, unique_by=lambda one: one.region))
def test_any_come_back_by_region(rollups: list[Rollup]) -> None:
    found = abreast.unpack("checkout", START, abreast.pack(rollups))
    assert sorted(rollups, key=lambda one: one.region) == found


def test_a_damaged_one_is_refused_when_it_is_looked_into_and_never_by_another_error() -> None:
    whole = abreast.pack([FULL, replace(FULL, region="us", told=BARE)])
    refused = 0
    for place in range(len(whole)):
        damaged = bytes([*whole[:place], whole[place] ^ 0x55, *whole[place + 1 :]])
        try:
            for one in abreast.unpack("checkout", START, damaged):
                _ = one.detail.steps, one.latency
        except MalformedDocument:
            refused += 1
    assert refused > len(whole) // 2  # a figure for another one cannot be told


@pytest.mark.parametrize("data", [b"", b"c0ffee", 7, None])
def test_what_was_never_one_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        abreast.unpack("checkout", START, data)


def test_one_that_ends_too_early_is_refused_when_it_is_opened() -> None:
    whole = abreast.pack([FULL])
    (found,) = abreast.unpack("checkout", START, whole[:-1])
    with pytest.raises(MalformedDocument, match="as long as it says"):
        _ = found.detail
