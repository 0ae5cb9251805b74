"""Reads rollups for a report: those of all its probes in one question, and each only once."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from synthmon.model.rollup import Grain, Rollup
from synthmon.reports.figures.cover import Known, Piece
from synthmon.store.interface import Store

TOGETHER = 10  # probes of one report from which on rollups are read for all probes at once

_ByProbe = Mapping[str, Sequence[Rollup]]


class Shelf:
    """Of a report about `probes` probes. Totals of days are read from `earliest` on, once."""

    def __init__(self, store: Store, known: Known, probes: int, earliest: datetime) -> None:
        self._store, self._known, self._together = store, known, probes >= TOGETHER
        self._earliest = earliest
        self._read: dict[Piece, _ByProbe] = {}

    def between(
        self, name: str, start: datetime, end: datetime, longest: Grain = Grain.DAY, *, shared: bool = True
    ) -> list[Rollup]:
        """Those of [start, end), by their beginning; `shared`: the same stretch is wanted of most other probes."""
        found: list[Rollup] = []
        for piece in self._known.cover(start, end, longest):
            found += self._of(name, piece, shared=shared)
        return sorted(found, key=lambda one: (one.bucket, one.region))

    def _of(self, name: str, piece: Piece, *, shared: bool) -> Sequence[Rollup]:
        if not (self._together and shared):
            return self._store.rollups(piece.start, piece.end, name, piece.grain)
        wider = self._wider(piece)
        if wider not in self._read:
            self._read[wider] = _by_probe(self._store.rollups(wider.start, wider.end, None, wider.grain))
        kept = self._read[wider].get(name, ())
        first = bisect_left(kept, piece.start, key=lambda one: one.bucket)
        return kept[first : bisect_left(kept, piece.end, key=lambda one: one.bucket)]

    def _wider(self, piece: Piece) -> Piece:
        """All totals of days are one piece: days that are compared with and windows of objectives overlap."""
        until = self._known.until
        if piece.grain is not Grain.TOTAL or until is None:
            return piece
        return Piece(piece.grain, min(self._earliest, piece.start), max(until, piece.end))


def _by_probe(rollups: Sequence[Rollup]) -> _ByProbe:
    found: dict[str, list[Rollup]] = defaultdict(list)
    for one in rollups:
        found[one.probe].append(one)
    return found
