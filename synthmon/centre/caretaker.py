"""Looks after regions and slots between two sweeps: what was heard of whom, and since when anybody listened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.centre.lookout import ABSENT_AFTER, active_at
from synthmon.centre.standstill import Standstills
from synthmon.judge.silent import SILENT_AFTER, Hearing, Voice
from synthmon.judge.situation import Pair
from synthmon.judge.upkeep import Seen, Upkeep, look_after
from synthmon.model.incident import Incident, RegionState
from synthmon.model.probe import Probe
from synthmon.model.run import RunResult
from synthmon.store.interface import Store

Voices = Callable[[Mapping[str, datetime], datetime], Mapping[str, Voice]]
"""From the end of the newest run by region, and now, to what is heard of regions."""

_LISTENING = "centre.listening_since"
_INSTANT = timedelta(milliseconds=1)
_A_SWEEP, _OF_IT = timedelta(seconds=7), timedelta(seconds=3)
DELIVERING_TAKES = timedelta(minutes=15)  # at most, after a centre was away
_A_BEAT = timedelta(seconds=16)  # an agent gives a sign of life every fifteen seconds, unless it stands still


class Caretaker:
    """Belongs to the centre's thread. `StoreError`s pass. `note` keeps a small fact, as long as the centre leads.

    Since when it has listened is kept as a note: a restart that takes a moment begins nothing anew.
    """

    def __init__(self, store: Store, note: Callable[[str, str], None], voices: Voices | None) -> None:
        self._store, self._note, self._voices = store, note, voices
        self._ended: dict[str, datetime] = {}
        self._since: datetime | None = None
        self._began: datetime | None = None
        self._waited_for: frozenset[str] | None = None  # regions; None: not known yet
        self._looked_at: datetime | None = None
        self._ours = Standstills(_A_SWEEP, _OF_IT)
        self._theirs: dict[str, Standstills] = defaultdict(lambda: Standstills(_A_BEAT, _OF_IT))
        self._hashes: Mapping[str, str] = {}
        self._declared: Mapping[str, datetime] = {}

    def hear(self, runs: Iterable[RunResult]) -> None:
        """A run is a sign of life of its region at the time at which it ended."""
        for run in runs:
            end = run.started_at + timedelta(seconds=run.duration)
            self._ended[run.key.region] = max(end, self._ended.get(run.key.region, end))

    def arrived(self, probes: Mapping[str, Probe], now: datetime) -> bool:
        """Whether all is here that was waiting elsewhere when this began, or need not be waited for any more.

        A region has delivered it, or is silent; a spool that gets no emptier holds up nobody for longer than a while.
        """
        if self._voices is None or self._waited_for == frozenset():
            return True
        began = self._began = min(self._began or now, now)
        voices = self._voices(self._ended, now)
        if self._waited_for is None:  # where nobody ever was nothing waits
            used = {region.name for probe in probes.values() for region in probe.regions}
            self._waited_for = frozenset(used & voices.keys())
        self._waited_for = frozenset(name for name in self._waited_for if _is_behind(voices.get(name), began, now))
        return not self._waited_for

    def look(
        self,
        probes: Mapping[str, Probe],
        states: Mapping[Pair, RegionState],
        incidents: Sequence[Incident],
        now: datetime,
    ) -> Upkeep:
        """How regions and probes are now."""
        declared = self._in_force(probes, now) if self._voices else {}
        return look_after(Seen(probes, states, incidents, self._hearing(now), declared, now))

    def _hearing(self, now: datetime) -> Hearing | None:
        if self._voices is None:
            return None
        since = self._listening_since(now)
        voices = {name: self._with_standstills(name, one) for name, one in self._voices(self._ended, now).items()}
        return Hearing(since, voices, self._ours.stretches)

    def _with_standstills(self, region: str, voice: Voice) -> Voice:
        """What was heard of it, and when nothing was although it goes on: its agents stood still, or were not there.

        What they say of themselves is more exact, but none of them knows what was before it was started.
        """
        known = self._theirs[region]
        known.look(voice.heard)
        return replace(voice, standstills=(*voice.standstills, *known.stretches)) if known.stretches else voice

    def _listening_since(self, now: datetime) -> datetime:
        """Whoever was away, or asleep, has heard nobody meanwhile, and begins anew."""
        before, self._looked_at = self._looked_at, now
        since = self._since
        if before is None:
            notes = self._store.notes()
            before, since = active_at(notes), _instant(notes.get(_LISTENING))
        if since is None or before is None or not timedelta(0) <= now - before <= ABSENT_AFTER or since > now:
            since = now
            self._note(_LISTENING, now.isoformat())
        self._since = since
        self._ours.look(now, before)
        return since

    def _in_force(self, probes: Mapping[str, Probe], now: datetime) -> Mapping[str, datetime]:
        """Since when the probes are as they are now; read again when one of them has changed."""
        hashes = {name: probe.content_hash for name, probe in probes.items()}
        if hashes != self._hashes:
            versions = self._store.versions(start=now, end=now + _INSTANT)
            self._declared = {one.probe: one.since for one in versions}
            self._hashes = hashes
        return self._declared


def _is_behind(voice: Voice | None, began: datetime, now: datetime) -> bool:
    """Whether what happened in that region until then may still come."""
    heard = max(began, voice.heard) if voice else began
    silent = now - heard > SILENT_AFTER
    return not silent and now - began < DELIVERING_TAKES and (voice is None or voice.reach < began)


def _instant(note: str | None) -> datetime | None:
    return datetime.fromisoformat(note) if note else None
