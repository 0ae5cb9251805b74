"""Planned maintenance in figures: the stretches of time that are neither good nor bad."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from synthmon.model.quiet import Quiet, QuietKind
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Planned:
    """Stretches from start to before end, ascending, that neither touch nor overlap."""

    stretches: tuple[tuple[datetime, datetime], ...] = ()

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies in one of them."""
        index = bisect_right(self.stretches, at, key=lambda stretch: stretch[0]) - 1
        return index >= 0 and at < self.stretches[index][1]

    def ends(self, at: datetime) -> datetime | None:
        """When the stretch ends in which the instant lies; None: it lies in none."""
        return next((end for start, end in self.stretches if start <= at < end), None)

    def within(self, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """Their parts that lie in [start, end)."""
        cut = ((max(first, start), min(last, end)) for first, last in self.stretches)
        return tuple((first, last) for first, last in cut if first < last)


NOTHING = Planned()


def planned(quiets: Iterable[Quiet]) -> Planned:
    """The time that maintenance covers, however many of them overlap. What is about one severity only is not planned
    for the probe: it keeps messages back and changes no figure, as a silence does.
    """
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted((quiet.start, quiet.ends_at) for quiet in quiets if counts(quiet)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return Planned(tuple(merged))


def counts(quiet: Quiet) -> bool:
    """Whether it takes time out of the figures."""
    return quiet.kind is QuietKind.MAINTENANCE and quiet.covers.severity is None
