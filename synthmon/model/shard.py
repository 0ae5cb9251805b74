"""A share of a region's probes: the one with this number, of so many."""

from __future__ import annotations

import re

from synthmon.nouns import dataclass
from synthmon.patterns import regular

MOST_SHARDS = 1000
_WRITTEN = regular(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})\Z", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Number `number` of `count`, counted from 1. Which probes are in it is computed by `schedule.shard_of`."""

    number: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def is_whole(self) -> bool:
        """Whether it is all there is."""
        return self.count == 1


def read_shard(written: str) -> Shard:
    """`2/4` as a shard; raises `ValueError` with what is wrong, in words that follow a name and "which"."""
    found = _WRITTEN.match(written)
    if found is None:
        raise ValueError("is not a shard: two whole numbers from 1 on, with a slash between them")
    shard = Shard(int(found[1]), int(found[2]))
    if shard.count > MOST_SHARDS:
        raise ValueError(f"names {shard.count} shards, and there are at most {MOST_SHARDS}")
    if shard.number > shard.count:
        raise ValueError(f"names shard {shard.number} where there are only {shard.count}")
    return shard
