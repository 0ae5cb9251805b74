"""Maintenance that recurs: from a rule such as `every Sunday at two, in Berlin` to the stretches of time it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.nouns import dataclass

_ANCHOR = datetime(2024, 1, 1)  # noqa: DTZ001 - local time: a Monday, the first of a month, from which rules count
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")


@dataclass(frozen=True, slots=True)
class Window:
    """A recurring maintenance. `rule` is an RRULE (RFC 5545) in local time of `zone`; `duration` is real time."""

    name: str
    covers: Selection
    rule: str
    duration: timedelta
    zone: tzinfo
    reason: str = ""


def check_rule(rule: str) -> str | None:
    """What is wrong with a rule, or None."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    if parts.get("FREQ") not in _FREQUENCIES:
        return f"a rule begins with FREQ={', '.join(_FREQUENCIES[:-1])} or {_FREQUENCIES[-1]}"
    if "DTSTART" in rule.upper() or "\n" in rule:
        return "a rule has no DTSTART: hours and days are named by BYHOUR, BYDAY and so on"
    from dateutil.rrule import rrulestr  # here, because few installations declare a maintenance

    try:
        rrulestr(rule, dtstart=_ANCHOR)
    except (ValueError, TypeError) as error:
        return f"not a recurrence rule (RFC 5545): {error}"
    return None


def occurrences(windows: Iterable[Window], start: datetime, end: datetime) -> Iterator[Quiet]:
    """Every stretch of the windows that overlaps [start, end)."""
    for window in windows:
        for day in range((end - start + window.duration).days + 3):
            morning = (start - window.duration + timedelta(days=day - 1)).astimezone(UTC)
            for begins in _begins(window, morning.date().toordinal()):
                if begins < end and begins + window.duration > start:
                    yield _quiet(window, begins)


@lru_cache(maxsize=4096)
def _begins(window: Window, day: int) -> tuple[datetime, ...]:
    """When the window begins on one day (counted in UTC); a rule is walked from its anchor, so days are remembered."""
    from dateutil.rrule import rrulestr  # as above

    first = datetime.fromordinal(day)
    local = rrulestr(window.rule, dtstart=_ANCHOR).between(
        first - timedelta(days=1), first + timedelta(days=2), inc=True
    )
    instants = (moment.replace(tzinfo=window.zone).astimezone(UTC) for moment in local)
    return tuple(instant for instant in instants if instant.date().toordinal() == day)


def _quiet(window: Window, begins: datetime) -> Quiet:
    return Quiet(
        QuietKind.MAINTENANCE,
        window.covers,
        begins,
        begins + window.duration,
        window.reason or window.name,
        f"synthmon.yaml, {window.name}",
    )
