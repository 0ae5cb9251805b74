"""Hours of the week in somebody's local time, such as `Monday to Friday, 08:00 to 18:00, in Berlin`."""

from __future__ import annotations

from datetime import datetime, tzinfo

from synthmon.nouns import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """`begins` and `ends` are minutes of the local day, the end excluded; one that is not later is on the next day.

    `days` counts from Monday, 0, and names the days on which a stretch begins. What the clock on the wall shows counts:
    an hour that comes twice in autumn is within both times, one that is left out in spring is never.
    """

    begins: int
    ends: int
    days: frozenset[int]
    zone: tzinfo

    def hold(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        minute, today, yesterday = local.hour * 60 + local.minute, local.weekday(), (local.weekday() - 1) % 7
        if self.begins < self.ends:
            return self.begins <= minute < self.ends and today in self.days
        return (minute >= self.begins and today in self.days) or (minute < self.ends and yesterday in self.days)
