"""What changed after it was rolled up: results that came late, and maintenance that is known of by now.

Both are found from what was noted when it was rolled up, so that a new leader goes on where the last one was, and a
report that is made meanwhile counts from runs what the rollups do not know yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.judge.windows import Window, occurrences
from synthmon.nouns import dataclass
from synthmon.reports.figures.planned import counts
from synthmon.reports.figures.rolling import reach
from synthmon.store.interface import Store

UNTIL, ARRIVAL, QUIETS = "rollups.until", "rollups.arrival", "rollups.quiets"
AT_ONCE = 5000  # runs
BEFORE = timedelta(days=3)  # a version that ended may still own time for two of its intervals


@dataclass(frozen=True, slots=True)
class Changed:
    """A stretch of time that one probe, or (None) any, is to be counted again in."""

    probe: str | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """What changed before `until`. When all of it was counted again, the marks are to be noted.

    `complete`: there are no more results that came late than those up to the mark.
    """

    changed: tuple[Changed, ...]
    arrival: int
    quiets: frozenset[str]
    complete: bool


def rolled_until(notes: Mapping[str, str]) -> datetime | None:
    """Before that instant everything is rolled up."""
    return datetime.fromisoformat(notes[UNTIL]) if UNTIL in notes else None


def look(store: Store, windows: Sequence[Window], notes: Mapping[str, str], since: datetime) -> Late:
    """What changed in [since, until), where everything is rolled up. What is older can no longer be counted again."""
    until = rolled_until(notes) or since
    arrival = int(notes.get(ARRIVAL, "0"))
    runs = store.late_runs(arrival, AT_ONCE)
    now, known = maintenance(store, windows, since, until), frozenset(json.loads(notes.get(QUIETS, "[]")))
    changed = [
        *_around(store, ((probe, slot) for _, probe, slot in runs if slot < until)),
        *(one for key in sorted(now ^ known) if (one := _stretch(store, key)).end > since and one.start < until),
    ]
    return Late(tuple(changed), runs[-1][0] if runs else arrival, now, len(runs) < AT_ONCE)


def everything(
    store: Store, windows: Sequence[Window], notes: Mapping[str, str], since: datetime
) -> tuple[Changed, ...]:
    """All that changed and was not counted again yet."""
    found = look(store, windows, notes, since)
    changed = found.changed
    while not found.complete:
        found = look(store, windows, {**notes, ARRIVAL: str(found.arrival)}, since)
        changed += found.changed
    return changed


def maintenance(store: Store, windows: Sequence[Window], start: datetime, end: datetime) -> frozenset[str]:
    """All that takes time out of the figures of [start, end), with from when until when it does."""
    if start >= end:
        return frozenset()
    quiets = (*store.quiets(start, end), *occurrences(windows, start, end))
    return frozenset(f"{one.id} {one.start.isoformat()} {one.ends_at.isoformat()}" for one in quiets if counts(one))


def _stretch(store: Store, key: str) -> Changed:
    """A run that was made in maintenance owns no time, and it would have owned some after the maintenance too."""
    _, first, last = key.split(" ")
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return Changed(None, start, end + reach(store.versions(start=start - BEFORE, end=end)))


def _around(store: Store, runs: Iterable[tuple[str, datetime]]) -> list[Changed]:
    """A late run ends the time of the one before it, and owns time itself: both by as much as one may own."""
    found: dict[str, list[datetime]] = {}
    for probe, slot in runs:
        found.setdefault(probe, []).append(slot)
    if not found:
        return []
    first, last = min(map(min, found.values())), max(map(max, found.values()))
    versions = store.versions(start=first - BEFORE, end=last + BEFORE)
    changed: list[Changed] = []
    for probe, slots in found.items():
        back = reach(one for one in versions if one.probe == probe)
        changed.append(Changed(probe, min(slots) - back, max(slots) + back))
    return changed
