"""What is due next: the coming slot of every probe and region, and what has come taken off, in order of time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush

from synthmon.model.run import from_millis, to_millis
from synthmon.model.timing import Cron, Timing
from synthmon.nouns import dataclass
from synthmon.schedule import next_slot, slots

Pair = tuple[str, str]  # probe, region

PUNCTUAL = 5.0  # seconds; the scheduler is later than this only if the process slept or the clock jumped


@dataclass(frozen=True, slots=True)
class Due:
    """A slot that has come. A run of it has to begin before `until`.

    `before`: slots that came since the last look as well. Of several only the last is run, the others are told of.
    """

    pair: Pair
    slot: datetime
    until: datetime
    before: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What has come; of `slept_through` probes slots lie too far back to be run: all would begin at one instant."""

    due: tuple[Due, ...] = ()
    slept_through: int = 0


@dataclass(slots=True)
class _Line:
    """One probe in one region; all in milliseconds, of which `step` is the shortest time between two slots."""

    timing: Timing
    step: int
    coming: int

    def came(self, pair: Pair, until: int) -> list[int]:
        """Slots from the coming one on that are due and not too far back to be run, or told of."""
        first = max(self.coming, until - max(round(PUNCTUAL * 1000), self.step // 10))
        if first == self.coming and until < self.coming + self.step:
            return [self.coming]  # as nearly always
        came = slots(*pair, self.timing, from_millis(first - 1), from_millis(until))
        return list(map(to_millis, came))

    def after(self, pair: Pair, instant: int) -> int:
        """The first slot later than that."""
        if instant == self.coming and not isinstance(self.timing, Cron):
            return instant + self.step
        return to_millis(next_slot(*pair, self.timing, from_millis(instant)))

    def due(self, pair: Pair, came: Sequence[int]) -> Due:
        """Cron's pauses are no time to begin in: a slot of Friday evening is none for Monday morning."""
        *before, slot = came
        return Due(pair, from_millis(slot), from_millis(slot + self.step), tuple(map(from_millis, before)))


class Timetable:
    """One heap for all of them: a slot costs the logarithm of their number. Thread-safe.

    After a leap of the clock nothing is gone through that lies back: of a leap of years it would take minutes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[Pair, _Line] = {}
        self._heap: list[tuple[int, Pair]] = []  # with what was replaced or dropped since, until its time comes

    def put(self, pair: Pair, timing: Timing, now: datetime) -> None:
        """Its first slot is the first one after now: no burst at a start."""
        step = round(1000 * (timing.shortest if isinstance(timing, Cron) else timing))
        line = _Line(timing, step, to_millis(next_slot(*pair, timing, now)))
        with self._lock:
            self._lines[pair] = line
            heappush(self._heap, (line.coming, pair))
            if len(self._heap) > 2 * len(self._lines) + 16:
                self._heap = [(one.coming, key) for key, one in self._lines.items()]
                heapify(self._heap)

    def drop(self, pair: Pair) -> None:
        with self._lock:
            self._lines.pop(pair, None)

    def coming(self) -> dict[Pair, datetime]:
        """When each of them is due next."""
        with self._lock:
            return {pair: from_millis(line.coming) for pair, line in self._lines.items()}

    def next(self) -> datetime | None:
        """When something is due next; None where nothing ever is."""
        with self._lock:
            while self._heap and self._is_stale(self._heap[0]):
                heappop(self._heap)
            return from_millis(self._heap[0][0]) if self._heap else None

    def take(self, now: datetime) -> Taken:
        """All that is due by now, each with its last slot; the next ones are in the heap when this returns."""
        until, due, slept_through = to_millis(now), list[Due](), 0
        with self._lock:
            while self._heap and self._heap[0][0] <= until:
                entry = heappop(self._heap)
                if self._is_stale(entry):
                    continue
                pair = entry[1]
                line = self._lines[pair]
                came = line.came(pair, until)
                slept_through += not came or came[0] != line.coming
                line.coming = line.after(pair, came[-1] if came else until)
                heappush(self._heap, (line.coming, pair))
                if came:
                    due.append(line.due(pair, came))
        return Taken(tuple(due), slept_through)

    def _is_stale(self, entry: tuple[int, Pair]) -> bool:
        line = self._lines.get(entry[1])
        return line is None or line.coming != entry[0]
