"""What a centre last wrote of the health of regions: as the leader it is the only one who writes it.

To read it again for each few runs that are judged would be most of what judging costs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from synthmon.judge.situation import Pair
from synthmon.model.incident import RegionState


class Beliefs:
    """For one thread. `of` gives them in the order of the store: by probe and region."""

    def __init__(self, states: Iterable[RegionState]) -> None:
        self._by_probe: dict[str, dict[str, RegionState]] = {}
        self._all: dict[Pair, RegionState] = {}
        self.remember(states)

    @property
    def all(self) -> Mapping[Pair, RegionState]:
        return self._all

    def of(self, probes: Collection[str]) -> tuple[RegionState, ...]:
        """All regions of these probes."""
        return tuple(state for probe in sorted(probes) for _, state in sorted(self._by_probe.get(probe, {}).items()))

    def remember(self, states: Iterable[RegionState]) -> None:
        for state in states:
            self._by_probe.setdefault(state.probe, {})[state.region] = state
            self._all[state.probe, state.region] = state
