"""Rollups in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime

from synthmon import wire
from synthmon.model.rollup import Grain, Rolled, Rollup
from synthmon.nouns import dataclass


@dataclass(slots=True)
class Rollups:
    """By grain; the store's lock is held by whoever calls."""

    kept: dict[Grain, list[Rollup]] = field(default_factory=lambda: {grain: [] for grain in Grain})

    def replace(self, probe: str, stretches: Sequence[Rolled]) -> None:
        for stretch in stretches:
            start, end = stretch.start, stretch.end
            others = [one for one in self.kept[stretch.grain] if one.probe != probe or not start <= one.bucket < end]
            self.kept[stretch.grain] = others + [_exact(one) for one in stretch.rollups]

    def find(self, start: datetime, end: datetime, probe: str | None, grain: Grain) -> list[Rollup]:
        found = [one for one in self.kept[grain] if probe in {None, one.probe} and start <= one.bucket < end]
        return sorted(found, key=lambda one: (one.probe, one.bucket, one.region))

    def forget(self, before: datetime, limit: int) -> int:
        removed = 0
        for grain, kept in self.kept.items():
            old = sorted((one for one in kept if one.bucket < before), key=lambda one: one.bucket)[: limit - removed]
            self.kept[grain] = [one for one in kept if not any(one is other for other in old)]
            removed += len(old)
        return removed

    def forget_days(self) -> None:
        self.kept[Grain.DAY] = []
        self.kept[Grain.TOTAL] = []


def _exact(one: Rollup) -> Rollup:
    return replace(
        one,
        until=one.end,
        journeys=wire.histogram_from_bytes(b"".join(wire.histogram_to_parts(one.latency))),
        told=wire.detail_from_bytes(b"".join(wire.detail_to_parts(one.detail))),
    )
