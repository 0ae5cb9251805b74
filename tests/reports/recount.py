"""Availability counted again from the table of runs alone, as its documentation says; nothing of synthmon is used."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


@dataclass
class Count:
    good: float = 0.0
    bad: float = 0.0
    good_runs: int = 0
    bad_runs: int = 0
    rows: int = 0

    def __iadd__(self, other: Count) -> Count:
        self.good += other.good
        self.bad += other.bad
        self.good_runs += other.good_runs
        self.bad_runs += other.bad_runs
        self.rows += other.rows
        return self

    @property
    def availability(self) -> float | None:
        return self.good / (self.good + self.bad) if self.good + self.bad else None

    @property
    def success(self) -> float | None:
        return self.good_runs / (self.good_runs + self.bad_runs) if self.good_runs + self.bad_runs else None

    @property
    def coverage(self) -> float | None:
        return (self.good_runs + self.bad_runs) / self.rows if self.rows else None


def recount(table: str, start: str, end: str) -> dict[str, Count]:
    """By probe, over all its regions; `start` and `end` are those of what is known of the period."""
    first, last = datetime.fromisoformat(start).timestamp(), datetime.fromisoformat(end).timestamp()
    series: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(table.splitlines()):
        series[row["probe"], row["region"]].append(row)
    counts: dict[str, Count] = defaultdict(Count)
    for (probe, _), rows in series.items():
        counts[probe] += _count(sorted(rows, key=lambda row: row["slot"]), first, last)
    return counts


def _count(rows: list[dict[str, str]], first: float, last: float) -> Count:
    count = Count()
    slots = [datetime.fromisoformat(row["slot"]).timestamp() for row in rows]
    for row, (slot, following) in zip(rows, pairwise([*slots, float("inf")]), strict=True):
        if row["maintenance"] == "1":
            continue
        owned = max(0.0, min(following, slot + float(row["owns_at_most"]), last) - max(slot, first))
        inside = first <= slot < last
        count.rows += inside
        if row["good"] == "1":
            count.good += owned
            count.good_runs += inside
        elif row["good"] == "0":
            count.bad += owned
            count.bad_runs += inside
    return count
