"""A probe that goes down and up again and again: from the fourth outage within an hour its incident stays open until it
has been calm for a while.

Nothing is kept from people by it: the first outages are told one by one, and while the incident is held open, each new
cause is told under the same key. It only keeps one long story from being told as many short ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from synthmon.model import words
from synthmon.model.incident import Incident

OUTAGES = 4  # within LOOKING_BACK; the ends of the first three are told as they come
LOOKING_BACK = timedelta(hours=1)
CALM = timedelta(minutes=15)  # since it last came back


def turned(turns: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """The openings and ends of late, with one more."""
    return (*(turn for turn in turns if now - LOOKING_BACK < turn <= now), now)


def calm(incident: Incident, recovered_at: datetime | None, now: datetime) -> bool:
    """Whether the incident may end now: its end would not be one more of many, or it has been up for long enough."""
    if len(turned(incident.turns, now)) < 2 * OUTAGES and incident.held_since is None:
        return True
    return recovered_at is None or now - recovered_at >= CALM


def held_text(since: datetime) -> str:
    """Why an incident is open although its probe is up."""
    return (
        f"it is up since {words.instant(since)}, but was down {OUTAGES} times within an hour: the incident ends when it"
        f" has been up for 15 min, at {words.instant(since + CALM)} at the earliest"
    )
