"""Releases, and what was before and after each: up to as many hours on either side, none of them another release's.

A release is told by its name where a step captures it: a capture called `release`, taken from a header or a field in
which the target says its version. A change of the probe's own file is marked too, since figures change with what is
asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from itertools import pairwise

from synthmon.model.history import ProbeVersion
from synthmon.model.rollup import Spell, ceiling_of, floor_of
from synthmon.model.run import RunResult
from synthmon.nouns import dataclass
from synthmon.reports.figures.met import in_a_row, met
from synthmon.reports.figures.past import Day

AROUND = timedelta(hours=6)
SETTLED = 3  # runs in a row that meet a release before it is taken for what runs now


@dataclass(frozen=True, slots=True)
class Marker:
    """From `at` on the target said that it runs `release`; None: the probe's file changed."""

    at: datetime
    release: str | None = None
    before: str | None = None  # the release that ran until then, where it is known


@dataclass(frozen=True, slots=True)
class Released:
    """A marker with the figures of either side; None where nothing is told of that side."""

    marker: Marker
    before: Day | None
    after: Day | None


@dataclass(slots=True)
class Sightings:
    """Which releases runs met, by region in the order of their slots; grows while runs pass through."""

    seen: dict[str, list[Spell]] = field(default_factory=dict)

    def note(self, result: RunResult) -> None:
        self.add(result.key.region, met([result]))

    def add(self, region: str, spells: Iterable[Spell]) -> None:
        """Those of a stretch of time whose runs are not looked at any more."""
        self.seen.setdefault(region, []).extend(spells)

    def markers(self) -> list[Marker]:
        """Where another release answers than before; in several regions, where it first did."""
        found: dict[tuple[str, str], datetime] = {}
        for seen in self.seen.values():
            for (_, before), (at, name) in pairwise(_settled(seen)):
                found[before, name] = min(at, found.get((before, name), at))
        return [Marker(at, name, before) for (before, name), at in found.items()]


def _settled(seen: Iterable[Spell]) -> list[tuple[datetime, str]]:
    """Since when which release answered. While two answer by turns, each for a run or two, the first one goes on."""
    spells = in_a_row(seen)
    settled: list[tuple[datetime, str]] = []
    for number, spell in enumerate(spells):
        lasting = spell.runs >= SETTLED or number in {0, len(spells) - 1}
        if lasting and not (settled and settled[-1][1] == spell.release):
            settled.append((spell.at, spell.release))
    return settled


def files_changed(versions: Iterable[ProbeVersion], start: datetime, end: datetime) -> list[Marker]:
    """Where the file of a probe changed in [start, end); its first version is no change."""
    known = sorted(versions, key=lambda version: version.since)
    return [
        Marker(after.since)
        for before, after in pairwise(known)
        if start <= after.since < end and before.content_hash != after.content_hash
    ]


def released(
    markers: Iterable[Marker], known: tuple[datetime, datetime], count: Callable[[datetime, datetime], Day]
) -> tuple[Released, ...]:
    """Each marker with what `count` finds on its sides, within what is `known` and up to the next marker."""
    ordered = sorted(markers, key=lambda marker: (marker.at, marker.release or ""))
    return tuple(_beside(index, ordered, known, count) for index in range(len(ordered)))


def _beside(
    index: int,
    markers: Sequence[Marker],
    known: tuple[datetime, datetime],
    count: Callable[[datetime, datetime], Day],
) -> Released:
    marker = markers[index]
    first = max([known[0], marker.at - AROUND, *(one.at for one in markers if one.at < marker.at)])
    last = min([known[1], marker.at + AROUND, *(one.at for one in markers if one.at > marker.at)])
    before = count(first, marker.at) if _holds_a_quarter(first, marker.at) else None
    after = count(marker.at, last) if _holds_a_quarter(marker.at, last) else None
    return Released(marker, before, after)


def _holds_a_quarter(start: datetime, end: datetime) -> bool:
    """A side without a whole quarter of an hour says nothing: of what is rolled up no more is known."""
    return ceiling_of(start) < floor_of(end)
