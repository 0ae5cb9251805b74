"""Where regions disagree: one failed while another passed, which speaks for the way there, not for the target.

Regions do not run at the same instants. A run that failed in one region is a disagreement where another region's last
judged run before it and first judged run after it both were good, each at most a staleness limit away: an outage that
one region merely saw first, or saw the end of last, is none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from synthmon.model.history import RunRow
from synthmon.model.run import Outcome, RunKind
from synthmon.reports.figures.planned import NOTHING, Planned


def disagreements(
    rows: Iterable[RunRow], start: datetime, end: datetime, limit: float, planned: Planned = NOTHING
) -> Mapping[str, int]:
    """By region, how many of its runs in [start, end) failed while another region passed; nothing where there is one.

    `rows` may reach beyond on either side; `limit` is in seconds.
    """
    judged: dict[str, list[RunRow]] = {}
    for row in sorted(rows, key=lambda row: row.slot):
        if row.kind is RunKind.SCHEDULED and row.outcome.judged:
            judged.setdefault(row.region, []).append(row)
    slots = {region: [row.slot for row in runs] for region, runs in judged.items()}
    return {
        region: sum(
            any(_passed(judged[other], slots[other], row.slot, limit) for other in judged if other != region)
            for row in runs
            if row.outcome is Outcome.FAILED and start <= row.slot < end and not planned.holds(row.slot)
        )
        for region, runs in judged.items()
        if len(judged) > 1
    }


def _passed(runs: Sequence[RunRow], slots: Sequence[datetime], at: datetime, limit: float) -> bool:
    index = bisect_right(slots, at)
    if not 0 < index < len(runs):
        return False
    before, after = runs[index - 1], runs[index]
    near = (at - before.slot).total_seconds() <= limit and (after.slot - at).total_seconds() <= limit
    return near and before.outcome.good and after.outcome.good
