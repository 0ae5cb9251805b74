"""Every probe is in exactly one shard, the same for everybody, and few move when there are more or fewer shards."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.model.shard import MOST_SHARDS, Shard, read_shard
from synthmon.schedule import is_in, shard_of

unhurried = settings(deadline=None)  # the machine is shared with others

names = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1, max_size=30)
counts = st.integers(1, 40)
THOUSAND = [f"probe-{index}" for index in range(1000)]


@given(names, counts)
@unhurried
def test_a_probe_is_in_exactly_one_shard(name: str, count: int) -> None:
    holding = [number for number in range(1, count + 1) if is_in(name, Shard(number, count))]
    assert [shard_of(name, count).number] == holding


@given(names, counts)
@unhurried
def test_with_one_shard_more_a_probe_stays_where_it_was_or_goes_to_the_new_one(name: str, count: int) -> None:
    assert shard_of(name, count + 1).number in {shard_of(name, count).number, count + 1}


@given(names, counts, st.data())
@unhurried
def test_while_the_count_is_raised_no_probe_is_without_an_agent(name: str, count: int, data: st.DataObject) -> None:
    """The new agent is there first, and the others are told of the new count one by one."""
    told = data.draw(st.sets(st.integers(1, count)))
    agents = [Shard(number, count + (number in told)) for number in range(1, count + 1)] + [Shard(count + 1, count + 1)]
    assert any(is_in(name, shard) for shard in agents)


def test_which_shard_it_is_never_changes() -> None:
    """These are hard values on purpose: agents of two versions share a region while they are being upgraded."""
    assert ["4/4", "4/4", "3/4", "3/4", "3/3"] == [
        str(shard_of(name, count))
        for name, count in [("checkout", 4), ("login", 4), ("partner-sync", 4), ("homepage", 4), ("checkout", 3)]
    ]


@pytest.mark.parametrize("count", [2, 4, 7])
def test_shards_have_about_as_much_to_do(count: int) -> None:
    sizes = Counter(shard_of(name, count).number for name in THOUSAND)
    assert set(range(1, count + 1)) == sizes.keys()
    assert max(sizes.values()) - min(sizes.values()) < 0.35 * len(THOUSAND) / count


def test_the_fifth_of_five_shards_takes_about_a_fifth() -> None:
    moved = [name for name in THOUSAND if shard_of(name, 4).number != shard_of(name, 5).number]
    assert 150 < len(moved) < 250


@given(counts, counts)
def test_a_shard_is_read_as_it_is_written(number: int, more: int) -> None:
    shard = Shard(number, number + more)
    assert shard == read_shard(str(shard))


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("0/4", "not a shard"),
        ("5/4", "names shard 5 where there are only 4"),
        ("a/b", "not a shard"),
        ("2", "not a shard"),
        ("2/4/8", "not a shard"),
        ("-1/4", "not a shard"),
        ("1/0", "not a shard"),
        ("01/4", "not a shard"),
        ("٢/٤", "not a shard"),
        ("1 / 4", "not a shard"),
        ("1/4\n", "not a shard"),
        (f"1/{MOST_SHARDS + 1}", f"at most {MOST_SHARDS}"),
        ("", "not a shard"),
    ],
)
def test_what_is_no_shard_is_refused_with_the_reason(written: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        read_shard(written)
