"""Silences and maintenance as people look at them: what holds now, what comes, what was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from synthmon.judge.windows import Window, occurrences
from synthmon.model.probe import Probe
from synthmon.model.quiet import Quiet, QuietKind
from synthmon.nouns import dataclass
from synthmon.store.interface import Store

_INSTANT = timedelta(milliseconds=1)
LOOKED_BACK, LOOKED_AHEAD = timedelta(days=30), timedelta(days=400)
RECURRING_AHEAD = timedelta(days=31)  # the next one of each window within this


@dataclass(frozen=True, slots=True)
class Calendar:
    """`coming` begins with the next, `past` with the latest. Of a window that recurs only the next one is coming."""

    in_force: tuple[Quiet, ...]
    coming: tuple[Quiet, ...]
    past: tuple[Quiet, ...]


def calendar(store: Store, windows: Iterable[Window], now: datetime) -> Calendar:
    """All that somebody asked for, and what recurs."""
    asked = store.quiets(now - LOOKED_BACK, now + LOOKED_AHEAD)
    recurring = [quiet for window in windows for quiet in _next_of(window, now)]
    known = sorted([*asked, *recurring], key=lambda quiet: (quiet.start, quiet.id))
    return Calendar(
        tuple(quiet for quiet in known if quiet.holds(now)),
        tuple(quiet for quiet in known if quiet.start > now and quiet.ends_at > quiet.start),
        tuple(quiet for quiet in reversed(known) if quiet.ends_at <= now),
    )


def quiet_now(store: Store, windows: Iterable[Window], now: datetime) -> list[Quiet]:
    """Those in force, whether somebody asked for them or they recur."""
    return quiet_between(store, windows, now, now)


def quiet_between(store: Store, windows: Iterable[Window], start: datetime, last: datetime) -> list[Quiet]:
    """Those that hold at some instant from `start` to `last`."""
    end = last + _INSTANT
    return [*store.quiets(start, end), *occurrences(windows, start, end)]


def quiet_about(probe: Probe, quiets: Iterable[Quiet]) -> tuple[Quiet, ...]:
    """Those that are about a probe, maintenance first, then by their end."""
    meant = (quiet for quiet in quiets if quiet.covers.covers(probe))
    return tuple(sorted(meant, key=lambda quiet: (quiet.kind is not QuietKind.MAINTENANCE, quiet.ends_at)))


def mark(quiet: Quiet) -> str:
    """`in maintenance`, `silenced`, or `silenced (page)` where it is about one severity only."""
    what = "in maintenance" if quiet.kind is QuietKind.MAINTENANCE else "silenced"
    return f"{what} ({quiet.covers.severity})" if quiet.covers.severity else what


def _next_of(window: Window, now: datetime) -> list[Quiet]:
    found = sorted(occurrences([window], now, now + RECURRING_AHEAD), key=lambda quiet: quiet.start)
    holding = [quiet for quiet in found if quiet.holds(now)]
    return [*holding, *[quiet for quiet in found if quiet.start > now][:1]]
