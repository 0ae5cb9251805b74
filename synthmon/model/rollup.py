"""What is left of the runs of a stretch of time when they are gone: figures that add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from synthmon.model.histogram import Histogram
from synthmon.model.run import Outcome
from synthmon.model.stepsums import StepFigures
from synthmon.nouns import dataclass

T = TypeVar("T")

QUARTER = timedelta(minutes=15)  # the days of every time zone begin at one
HOUR = timedelta(hours=1)
EVERYWHERE = ""  # in place of a region
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Grain(StrEnum):
    """How long the stretches are. Quarters and hours are those of UTC, days those of the zone of reports.

    TOTAL: of a day, too, and of all regions together (under `EVERYWHERE`), as most that is told of many days is.
    """

    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Within:
    """How many runs were good and not slower than some bound, and the seconds that those own."""

    good: float = 0.0
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Spell:
    """From the slot `at` on so many runs in a row met one release."""

    at: datetime
    release: str
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Detail:
    """What single steps came to, and what of runs is told by name.

    `steps` stand in the order of the newest run. `cleanup` counts the cleanup steps that failed, `unverified` says of
    steps why their target's certificate was not verified, `certificates` until when those of hosts are valid that were
    seen last. `within` holds each bound that the probe's objectives had when this was counted: of others nothing is
    known. `late` is by how many seconds runs began after their slots, `failed` the slots of those that failed, and
    `releases` which release answered from when on, in how many runs in a row.
    """

    steps: Sequence[StepFigures] = ()
    cleanup: Mapping[str, int] = field(default_factory=dict)
    unverified: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[str, datetime] = field(default_factory=dict)
    within: Mapping[float, Within] = field(default_factory=dict)
    late: Histogram = field(default_factory=Histogram)
    failed: tuple[datetime, ...] = ()
    releases: tuple[Spell, ...] = ()


class Unread(Generic[T]):
    """What is unpacked when somebody wants it: most who read many rollups want sums alone.

    Threads may share one: whoever reads has the value, also when another forgets it at that moment.
    """

    __slots__ = ("_data", "_open", "_value")

    def __init__(self, open_: Callable[[bytes], T], data: bytes) -> None:
        self._open, self._data = open_, data
        self._value: T | None = None

    def read(self) -> T:
        """Raises `MalformedDocument`."""
        value = self._value
        if value is None:
            self._value = value = self._open(self._data)
        return value

    def forget(self) -> None:
        """Keep what it is unpacked from alone, which takes a tenth of the room."""
        self._value = None

    def __eq__(self, other: object) -> bool:
        return self.read() == (other.read() if isinstance(other, Unread) else other)

    __hash__ = None  # type: ignore[assignment]  # as little as a detail has one

    def __repr__(self) -> str:
        return repr(self.read())


@dataclass(frozen=True, slots=True)
class Rollup:
    """One probe in one region from `bucket` to before `until`: a quarter of an hour, an hour, or a day.

    `outcomes` are those of scheduled runs and missed slots outside of maintenance, `planned` counts the runs inside;
    `good` and `bad` are the seconds within that judged runs own. `flaky` and `cleanup_failed` count runs of every kind.
    `journeys` are the latencies of whole ones, of which `over_budget` were above their budget, which was `budget` last.
    `last` is the newest slot of a run, of any kind; `judged` that of one that was judged, outside of maintenance.
    """

    bucket: datetime
    probe: str
    region: str
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    due: int = 0
    planned: int = 0
    good: float = 0.0
    bad: float = 0.0
    flaky: int = 0
    cleanup_failed: int = 0
    journeys: Histogram | Unread[Histogram] = field(default_factory=Histogram)
    over_budget: int = 0
    budget: float | None = None
    until: datetime | None = None  # None: a quarter of an hour later
    last: datetime | None = None
    judged: datetime | None = None
    told: Detail | Unread[Detail] = field(default_factory=Detail)

    @property
    def end(self) -> datetime:
        return self.until or self.bucket + QUARTER

    @property
    def latency(self) -> Histogram:
        """Of whole journeys."""
        return self.journeys.read() if isinstance(self.journeys, Unread) else self.journeys

    @property
    def detail(self) -> Detail:
        return self.told.read() if isinstance(self.told, Unread) else self.told

    def count(self, outcome: Outcome) -> int:
        return self.outcomes.get(outcome, 0)

    def forget(self) -> None:
        """What was unpacked of it is not wanted for now: a report holds very many of them."""
        for part in (self.journeys, self.told):
            if isinstance(part, Unread):
                part.forget()


@dataclass(frozen=True, slots=True)
class Rolled:
    """All rollups of one grain (and of one probe) that begin in [start, end)."""

    grain: Grain
    start: datetime
    end: datetime
    rollups: tuple[Rollup, ...] = ()


def floor_of(instant: datetime, length: timedelta = QUARTER) -> datetime:
    """The beginning of the quarter, or of the hour, that it lies in."""
    return instant - (instant - _EPOCH) % length


def ceiling_of(instant: datetime, length: timedelta = QUARTER) -> datetime:
    """The first beginning of a quarter, or of an hour, that is not before it."""
    return floor_of(instant + length - timedelta(microseconds=1), length)
