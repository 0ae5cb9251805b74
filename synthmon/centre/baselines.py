"""What is usual, read from kept runs for the probes that ask: a day of one region at a time, and each day once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from synthmon.judge.baseline import Usual, compares, day_of, usual_of
from synthmon.judge.situation import Pair
from synthmon.model.condition import BASELINE_DAYS
from synthmon.model.histogram import Histogram
from synthmon.model.probe import Probe
from synthmon.model.run import from_millis
from synthmon.store.interface import Store

MOST_AT_ONCE = 10  # days, so that no turn of the judge waits long for them
COMPLETE_AFTER = timedelta(hours=1)  # from the end of a day: results come late
_KEPT = BASELINE_DAYS + 2  # a run that comes late is compared with what was usual then
_DAY = 86_400_000  # milliseconds


class Baselines:
    """Belongs to the centre's thread. After a start it takes some turns until all is read; until then less is usual."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._days: dict[Pair, dict[int, Histogram]] = {}

    def look(self, probes: Mapping[str, Probe], now: datetime) -> Mapping[Pair, Usual]:
        """What is usual by now of the probes that ask; `StoreError`s pass."""
        pairs = [(one.name, region.name) for one in probes.values() if compares(one) for region in one.regions]
        if not pairs:
            self._days.clear()
            return {}
        last = day_of(now - COMPLETE_AFTER)
        self._days = {pair: self._recent(pair, last) for pair in pairs}
        for _, (pair, day) in zip(range(MOST_AT_ONCE), self._missing(last), strict=False):
            self._days[pair][day] = self._read(pair, day)
        return {pair: Usual(days) for pair, days in self._days.items()}

    def _recent(self, pair: Pair, last: int) -> dict[int, Histogram]:
        return {day: one for day, one in self._days.get(pair, {}).items() if last - _KEPT <= day < last}

    def _missing(self, last: int) -> Iterator[tuple[Pair, int]]:
        """The newest days first, of every pair."""
        for day in range(last - 1, last - _KEPT - 1, -1):
            yield from ((pair, day) for pair, known in list(self._days.items()) if day not in known)

    def _read(self, pair: Pair, day: int) -> Histogram:
        start, end = from_millis(day * _DAY), from_millis((day + 1) * _DAY)
        rows = self._store.run_rows(probe=pair[0], region=pair[1], start=start, end=end)
        return usual_of(rows).days.get(day, Histogram())
