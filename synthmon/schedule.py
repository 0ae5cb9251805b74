"""Probes and a stretch of time -> the slots at which runs are due: computed, so that nobody has to hand them out.

Slots lie on the grid of the epoch (1970-01-01 00:00 UTC), moved by a phase derived from the probe and the region. So
neither a restart nor a thousand probes with the same interval make a burst, the regions of one probe are spread over
its interval, and every process computes the same slots. All arithmetic is in whole milliseconds: nothing drifts. What
a cron expression names is minutes of the clock on the wall; there the phase lies within the minute.

Which shard of a region runs a probe is computed as well, from the probe's name, so that several agents share a region
without ever having heard of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from synthmon.model.probe import Probe
from synthmon.model.run import RunKey, from_millis, to_millis
from synthmon.model.shard import Shard
from synthmon.model.timing import Cron, Timing

_MINUTE = 60_000  # ms


def phase(probe: str, region: str, timing: Timing) -> float:
    """Seconds by which the slots of this probe and region lie after the grid: in [0, interval), whole ms.

    Of a cron expression the grid are its minutes, and the phase lies within the minute.
    """
    return _phase_millis(probe, region, _step(timing)) / 1000


def next_slot(probe: str, region: str, timing: Timing, after: datetime) -> datetime:
    """The first slot later than `after`, in UTC. An interval is in seconds; raises ValueError below one millisecond."""
    if isinstance(timing, Cron):
        offset = _within_minute(probe, region)
        return timing.next(after - offset) + offset
    return from_millis(_first_after(probe, region, _millis(timing), to_millis(after)))


def slots(probe: str, region: str, timing: Timing, after: datetime, until: datetime) -> tuple[datetime, ...]:
    """The slots in (after, until], ascending, in UTC."""
    if isinstance(timing, Cron):
        offset = _within_minute(probe, region)
        return tuple(minute + offset for minute in timing.between(after - offset, until - offset))
    return tuple(map(from_millis, _range(probe, region, timing, after, until)))


def count_slots(probe: str, region: str, timing: Timing, after: datetime, until: datetime) -> int:
    """How many slots lie in (after, until]; of an interval it costs the same for a minute and for a year."""
    if isinstance(timing, Cron):
        return len(slots(probe, region, timing, after, until))
    return len(_range(probe, region, timing, after, until))


def due_keys(
    probes: Mapping[str, Probe], environment: str, regions: Iterable[str], after: datetime, until: datetime
) -> list[RunKey]:
    """Keys of the scheduled runs due in (after, until] in those of the probes' regions that are named, by slot."""
    wanted = frozenset(regions)
    keys = [
        RunKey(environment, probe.name, region.name, slot)
        for probe in probes.values()
        for region in probe.regions
        if region.name in wanted
        for slot in slots(probe.name, region.name, probe.timing, after, until)
    ]
    return sorted(keys, key=lambda key: (key.slot, key.probe, key.region))


def shard_of(probe: str, count: int) -> Shard:
    """The one shard of `count` in which this probe is run, in every region.

    Rendezvous hashing: each number draws a lot with the probe's name, and the highest lot has the probe. The lots of
    the other numbers do not change when one is added or taken away. So of n + 1 shards the new one takes about a share
    of 1 / (n + 1) from the others, nothing moves between those, and while agents with the old count and with the new
    one run side by side, no probe is without an agent. (A remainder of a hash would move nearly every probe.)
    """
    return Shard(max(range(1, count + 1), key=lambda number: (_lot(probe, number), number)), count)


def is_in(probe: str, shard: Shard) -> bool:
    """Whether this shard runs the probe."""
    return shard.is_whole or shard_of(probe, shard.count) == shard


def _lot(probe: str, number: int) -> bytes:
    return sha256(f"{number}\x1f{probe}".encode()).digest()


def _step(timing: Timing) -> int:
    return _MINUTE if isinstance(timing, Cron) else _millis(timing)


def _within_minute(probe: str, region: str) -> timedelta:
    return timedelta(milliseconds=_phase_millis(probe, region, _MINUTE))


def _range(probe: str, region: str, interval: float, after: datetime, until: datetime) -> range:
    step = _millis(interval)
    return range(_first_after(probe, region, step, to_millis(after)), to_millis(until) + 1, step)


def _first_after(probe: str, region: str, step: int, after: int) -> int:
    """Millisecond of the first slot later than `after`; exact though `after` was rounded down, as slots are whole."""
    offset = _phase_millis(probe, region, step)
    return ((after - offset) // step + 1) * step + offset


def _phase_millis(probe: str, region: str, step: int) -> int:
    """A share of the interval, taken from a hash: the share stays the same when the interval changes."""
    digest = sha256(f"{probe}\x1f{region}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * step >> 64


def _millis(interval: float) -> int:
    millis = round(interval * 1000)
    if millis < 1:
        raise ValueError(f"an interval is at least one millisecond, not {interval!r} seconds")
    return millis
