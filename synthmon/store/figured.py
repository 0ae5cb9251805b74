"""A rollup out of its plain figures, whether a row of its own has them or the document of all regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from synthmon.model.histogram import Histogram
from synthmon.model.rollup import Detail, Rollup, Unread
from synthmon.model.run import Outcome, from_millis

OUTCOMES = (Outcome.PASSED, Outcome.DEGRADED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.MISSED)
"""The order in which they are counted. Part of the format: a new one comes last."""

_instant = lru_cache(maxsize=8192)(from_millis)  # few instants, many rollups


@lru_cache(maxsize=8192)
def _counted(*counts: int) -> Mapping[Outcome, int]:
    """Shared by all that came to the same, as most do."""
    return MappingProxyType({outcome: number for outcome, number in zip(OUTCOMES, counts, strict=True) if number})


def rollup_of(
    probe: str,
    bucket: int,
    region: str,
    figures: Sequence[Any],
    since: int,
    journeys: Unread[Histogram],
    told: Unread[Detail],
) -> Rollup:
    """`figures`: its end, a count for each outcome, and what stands behind them; instants count from `since`."""
    until, *counts = figures[: 1 + len(OUTCOMES)]
    due, planned, good, bad, flaky, cleanup_failed, over_budget, budget, last, judged = figures[1 + len(OUTCOMES) :]
    return Rollup(
        bucket=_instant(bucket),
        probe=probe,
        region=region,
        outcomes=_counted(*counts),
        due=due,
        planned=planned,
        good=good,
        bad=bad,
        flaky=flaky,
        cleanup_failed=cleanup_failed,
        over_budget=over_budget,
        budget=budget,
        until=_instant(since + until),
        last=None if last is None else _instant(since + last),
        judged=None if judged is None else _instant(since + judged),
        journeys=journeys,
        told=told,
    )
