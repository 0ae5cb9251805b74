"""What a centre last wrote of regions and of health: as the leader it is the only one who writes it.

To read it again for each few runs that are judged would be most of what judging costs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from synthmon.judge.situation import Believed, Pair
from synthmon.model.incident import Decision, HealthChange, RegionState
from synthmon.store.interface import Store

_AHEAD = timedelta(days=1)  # a clock that was set back has left beliefs in what is now the future


class Beliefs:
    """For one thread and one term; read when they are first asked for. `StoreError`s pass."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.forget()

    def forget(self) -> None:
        """Read them again: what was written last is in doubt."""
        self._states: dict[Pair, RegionState] | None = None
        self._by_probe: dict[str, dict[str, RegionState]] = {}
        self._health: dict[str, dict[str | None, HealthChange]] | None = None

    @property
    def read(self) -> bool:
        """Whether the states are known already."""
        return self._states is not None

    def states(self) -> Mapping[Pair, RegionState]:
        if self._states is None:
            self._states = {}
            self._remember_states(self._store.states())
        return self._states

    def of(self, probes: Collection[str]) -> tuple[RegionState, ...]:
        """All regions of these probes, by probe and region."""
        self.states()
        return tuple(state for probe in sorted(probes) for _, state in sorted(self._by_probe.get(probe, {}).items()))

    def believed(self, now: datetime) -> Believed:
        """All that is known, as it is from now on: a turn about a few probes looks at no others."""
        if self._health is None:
            self._health = {}
            self._remember_health(self._store.health_changes(now + _AHEAD, now + _AHEAD))
        return Believed(self._by_probe, self._health)

    def remember(self, decision: Decision) -> None:
        """What was decided, once it is written down."""
        self._remember_health(decision.health)
        self._remember_states(decision.states)

    def _remember_states(self, states: Iterable[RegionState]) -> None:
        if self._states is not None:
            for state in states:
                self._by_probe.setdefault(state.probe, {})[state.region] = state
                self._states[state.probe, state.region] = state

    def _remember_health(self, changes: Iterable[HealthChange]) -> None:
        if self._health is not None:
            for change in changes:
                self._health.setdefault(change.probe, {})[change.region] = change
