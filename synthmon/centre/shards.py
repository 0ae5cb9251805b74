"""Shards of a region that nothing is heard of, though others of it are: the probes in them are not run there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

from synthmon.judge.silent import SILENT_AFTER
from synthmon.model.agent import Heartbeat
from synthmon.model.shard import Shard, read_shard
from synthmon.schedule import shard_of

_shard_of = lru_cache(maxsize=20_000)(shard_of)  # ten thousand names take a tenth of a second, in every region anew


def heard_shards(heartbeats: Iterable[Heartbeat], now: datetime) -> frozenset[Shard]:
    """The shards of the agents that were heard of late; a worker runs what an agent gives it and has none."""
    return frozenset(
        shard
        for one in heartbeats
        if not one.worker and now - one.at <= SILENT_AFTER and (shard := _shard(one.shard)) is not None
    )


def unheard(heard: Collection[Shard], probes: Iterable[str]) -> dict[Shard, int]:
    """The shards that are missing, each with how many of the region's probes nobody runs without it.

    Of how many shards they are is what most of those that are heard say: while the count is being changed there are
    two, and a probe that an agent with either count runs is run. Where nobody is heard, the region is silent, which is
    another matter.
    """
    if not heard:
        return {}
    counts = Counter(shard.count for shard in heard)
    count = max(counts, key=lambda one: (counts[one], one))
    of = {shard.count for shard in heard}  # each name is hashed once for a count, however many of its shards are heard
    left = [name for name in probes if not any(_shard_of(name, one) in heard for one in of)]
    return dict(sorted(Counter(_shard_of(name, count) for name in left).items()))


def said_of(missing: dict[Shard, int]) -> list[str]:
    """In sentences that follow the name of a region."""
    return [
        f"shard {shard} is not heard of: {'1 probe is' if left == 1 else f'{left} probes are'} not run there"
        for shard, left in missing.items()
    ]


def _shard(written: str) -> Shard | None:
    """An agent of another version may say what this one cannot read; its probes are then looked for elsewhere."""
    try:
        return read_shard(written)
    except ValueError:
        return None
