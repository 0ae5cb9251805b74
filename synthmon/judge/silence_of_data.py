"""Whether anything was heard of a probe at all: an alert of its own, as silence opens and resolves nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge.telling import judged_on
from synthmon.judge.whole import Whole
from synthmon.model import words
from synthmon.model.condition import NoData
from synthmon.model.incident import RegionState, RunNote
from synthmon.model.probe import AlertRule, Probe, Track
from synthmon.model.run import from_millis, to_millis


def expecting(probe: Probe, states: Mapping[str, RegionState], now: datetime) -> dict[str, RegionState]:
    """The states that change because data is expected from now on, or because it is not any more.

    A probe that was never heard of has to be missed from some instant on, and that instant outlasts a restart.
    """
    changed = {}
    asked = bool(_rules(probe))
    for region in probe.regions:
        state = states.get(region.name) or RegionState(probe.name, region.name)
        if asked is not (state.watched_since is not None):
            changed[region.name] = replace(state, watched_since=from_millis(to_millis(now)) if asked else None)
    return changed


def silence(probe: Probe, states: Mapping[str, RegionState], now: datetime, *, looking: bool) -> Whole | None:
    """How long nothing was judged in any region, against the rules; None: no rule asks.

    Only while `looking` does anything open: in the middle of a backlog, the newest run has not been seen yet.
    """
    rules = _rules(probe)
    heard = _heard_at(probe, states)
    if not rules or heard is None:
        return None
    since = _expected_since(probe, heard)
    silent = now - since
    names = tuple(region.name for region in probe.regions)
    note = _note(states, since, silent, names)
    return Whole(
        track=Track.NO_DATA,
        holding=tuple(rule for rule, limit in rules if looking and silent >= limit),
        down=names,
        cause=note,
        first=note,
        recovered=all(silent < limit for _, limit in rules),
        because="a run has judged it again",
        basis=judged_on(0, len(names)) if silent >= min(limit for _, limit in rules) else "",
        last_good_slot=max((slot for state in states.values() if (slot := state.last_good_slot)), default=None),
    )


def _rules(probe: Probe) -> list[tuple[AlertRule, timedelta]]:
    return [
        (rule, timedelta(seconds=rule.condition.after)) for rule in probe.alerts if isinstance(rule.condition, NoData)
    ]


def _heard_at(probe: Probe, states: Mapping[str, RegionState]) -> datetime | None:
    """The slot of the newest judged run in any region, or when data was first expected if that is later."""
    known = [states[region.name] for region in probe.regions if region.name in states]
    expected = min((since for state in known if (since := state.watched_since)), default=None)
    heard = max((slot for state in known if (slot := state.last_slot)), default=None)
    return max((instant for instant in (expected, heard) if instant), default=None)


def _expected_since(probe: Probe, heard: datetime) -> datetime:
    """A pause of a cron expression is no silence: it begins an interval before the next slot, as at other times."""
    if probe.cron is None:
        return heard
    return max(heard, probe.later(heard, 1) - timedelta(seconds=probe.interval))


def _note(states: Mapping[str, RegionState], since: datetime, silent: timedelta, names: tuple[str, ...]) -> RunNote:
    """There is no bad run to speak of; the newest one that was heard of stands for what is missing."""
    newest = max(states.values(), key=lambda state: (state.last_slot or since, state.region), default=None)
    run_id = (newest.last_run_id if newest else None) or ""
    where = "" if len(names) == 1 else " in any region"
    text = f"no run has judged it{where} for {words.span(silent.total_seconds())}"
    return RunNote(run_id, since, newest.region if newest else names[0], message=text)
