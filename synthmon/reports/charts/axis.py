"""Along and up: where instants and values lie in a drawing, and what is written at its edges."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil, floor, log10

from synthmon.nouns import dataclass
from synthmon.reports.figures.period import Period

WHOLE = 100.0  # per cent: the width of every drawing
EVERY = timedelta(hours=3)  # between the ticks of a day
APART = 8.0  # times: values further apart are shown by their logarithms, or the small ones would all be near zero
MARKS = 6  # lines at most
_WEEKS = frozenset({1, 8, 15, 22, 29})  # days of a month that have a tick
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Tick:
    """`x` along in per cent, or `y` down in pixels for a value."""

    x: float
    label: str


def along(at: datetime, period: Period) -> float:
    """Where the instant lies, in per cent; the edges hold what lies outside."""
    return round(min(WHOLE, max(0.0, WHOLE * (at - period.start).total_seconds() / period.seconds)), 3)


@lru_cache(maxsize=8)
def ticks(period: Period) -> tuple[Tick, ...]:
    """Of a day full local hours that are multiples of three, of more the beginnings of days, not evenly spread where
    clocks change.
    """
    quarter = timedelta(minutes=15)  # some zones lie so far off the full hour
    start = period.start.replace(minute=period.start.minute // 15 * 15, second=0, microsecond=0)
    instants = [start + index * quarter for index in range(int(period.seconds // 900) + 2)]
    return tuple(
        Tick(along(at, period), _label(period, at))
        for at in instants
        if period.start <= at <= period.end and _has_tick(period, period.local(at))
    )


def _has_tick(period: Period, local: datetime) -> bool:
    days = period.seconds / 86_400
    if days < 2:
        return timedelta(hours=local.hour, minutes=local.minute) % EVERY == timedelta()
    if local.hour or local.minute:
        return False
    return days <= 10 or (local.day in _WEEKS if days <= 100 else local.day == 1)


def _label(period: Period, at: datetime) -> str:
    local = period.local(at)
    if period.seconds < 2 * 86_400:
        return f"{local:%H:%M}"
    return f"{local:%-d %b}" if period.seconds <= 100 * 86_400 else f"{local:%b %Y}"


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from the bottom to the top of `height` pixels; by logarithm if `low` is above zero."""

    low: float
    high: float
    height: float

    def y(self, value: float) -> float:
        """Pixels from the top."""
        if self.low > 0:
            share = log10(max(value, self.low) / self.low) / log10(self.high / self.low)
        else:
            share = value / self.high
        return round(self.height * (1 - min(1.0, max(0.0, share))), 1)

    @property
    def logarithmic(self) -> bool:
        return self.low > 0

    @property
    def marks(self) -> tuple[float, ...]:
        """A few round values that deserve a line."""
        if self.low > 0:
            return _round(self.low, self.high)
        step = _step(self.high / 4)
        return tuple(step * index for index in range(1, floor(self.high / step + 1e-9) + 1))


def scale(values: list[float], height: float) -> Scale:
    """One that holds them all with a little air above, from zero unless they lie more than `APART`."""
    known = [value for value in values if value > 0]
    if not known:
        return Scale(0.0, 1.0, height)
    least, most = min(known), max(known)
    if most / least > APART:
        return Scale(least / 1.25, most * 1.25, height)
    return Scale(0.0, most * 1.1, height)


def _step(least: float) -> float:
    """The smallest round step that is not below."""
    power = 10.0 ** floor(log10(least))
    return float(next(power * step for step in _STEPS if power * step >= least * (1 - 1e-9)))


def _round(low: float, high: float) -> tuple[float, ...]:
    """Ones, twos and fives, or ones alone where those would be many."""
    powers = range(floor(log10(low)), ceil(log10(high)))
    marks = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    inside = [mark for mark in marks if low * 1.05 < mark < high / 1.05]
    return tuple(inside if len(inside) <= MARKS else _ones(inside))


def _ones(marks: list[float]) -> list[float]:
    return [mark for mark in marks if abs(log10(mark) - round(log10(mark))) < 1e-9]
