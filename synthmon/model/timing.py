"""When a probe is due: every so many seconds, or at the minutes that a cron expression names in a time zone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from synthmon.nouns import dataclass

if TYPE_CHECKING:
    from synthmon.model.minutes import Gaps


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields (minute, hour, day of the month, month, day of the week) on the clocks of an IANA time zone.

    A minute that the clocks leap over is due at the first instant after the leap. Of an hour that comes twice, fixed
    times are due the first time; expressions whose minute or hour begins with `*` go on through both.
    """

    expression: str
    timezone: str

    def __str__(self) -> str:
        return f"{self.expression} {self.timezone}"

    @classmethod
    def parse(cls, text: str) -> Cron:
        """From the form of `str`."""
        expression, _, timezone = text.rpartition(" ")
        return cls(expression, timezone)

    @property
    def shortest(self) -> float:
        """Seconds between two of its minutes, where they are closest."""
        return _gaps(self.expression).shortest

    @property
    def longest(self) -> float:
        """Seconds between two of its minutes, where they are farthest apart."""
        return _gaps(self.expression).longest

    @property
    def share(self) -> float:
        """How many minutes it names, of those that there would be if the shortest gap were the only one."""
        return self.shortest / _gaps(self.expression).mean

    def next(self, after: datetime) -> datetime:
        """The first minute later than the instant, in UTC; raises ValueError if none comes within 50 years."""
        from synthmon.model import minutes  # here, because few probes have an expression

        day = minutes.local(after, self.timezone).date() - minutes.DAY
        while True:
            day = minutes.first(self.expression, day).date()
            found = next((one for one in minutes.of_day(self.expression, self.timezone, day) if one > after), None)
            if found is not None:
                return found
            day += minutes.DAY

    def between(self, after: datetime, until: datetime) -> tuple[datetime, ...]:
        """The minutes in (after, until], ascending, in UTC."""
        from synthmon.model import minutes  # here, as above

        first, last = (minutes.local(instant, self.timezone).date() for instant in (after, until))
        found: set[datetime] = set()
        for number in range((last - first).days + 3):
            found.update(minutes.of_day(self.expression, self.timezone, first + (number - 1) * minutes.DAY))
        return tuple(sorted(one for one in found if after < one <= until))


Timing: TypeAlias = float | Cron
"""Seconds of an interval, or a cron expression."""


def often(cron: Cron) -> str:
    """`at 0 8 * * 1-5 (Europe/Berlin)`."""
    return f"at {cron.expression} ({cron.timezone})"


def _gaps(expression: str) -> Gaps:
    from synthmon.model.minutes import gaps  # here, as above

    return gaps(expression)
