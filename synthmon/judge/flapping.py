"""A probe that goes down and up and down again: its incident stays open until it has been calm for a while.

It never holds a first page back. It only keeps one long story from being told as many short ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from synthmon.model.incident import Incident

HARD_CHANGES = 4  # openings and ends within LOOKING_BACK make it flap
LOOKING_BACK = timedelta(hours=1)
CALM = timedelta(minutes=15)  # since it last came back


def turned(turns: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """The hard changes of late, with one more."""
    return (*(turn for turn in turns if now - LOOKING_BACK < turn <= now), now)


def calm(incident: Incident, recovered_at: datetime | None, now: datetime) -> bool:
    """Whether the incident may end now: its end would not be one more of many, or it has been up for long enough."""
    if len(turned(incident.turns, now)) < HARD_CHANGES:
        return True
    return recovered_at is None or now - recovered_at >= CALM
