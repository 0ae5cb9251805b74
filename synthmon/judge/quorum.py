"""From the states of its regions to what is believed of a probe: up, degraded, down or unknown, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from synthmon.judge.policy import Watch
from synthmon.judge.region import BELIEVED_DOWN, NOT_KNOWN
from synthmon.judge.telling import cause_text, judged_on
from synthmon.model.incident import Health, RegionPhase, RegionState, RunNote, TrackState, Verdict
from synthmon.model.probe import AlertRule, Probe, RegionQuorum, Track
from synthmon.nouns import dataclass

_NEW = TrackState()
WELL = "runs pass"
_FIRST_FAILED = "the first run failed and is not confirmed yet"


def needed(quorum: int | RegionQuorum, known: int) -> int:
    """How many of the known regions have to be down. A number is lowered to what is known: triggers fail open."""
    if quorum is RegionQuorum.ANY:
        return 1
    if quorum is RegionQuorum.MAJORITY:
        return known // 2 + 1
    return max(1, min(quorum, known))


@dataclass(frozen=True)
class Tally:
    """One track of one probe over its assigned regions, in the order in which the probe names them."""

    watch: Watch
    regions: Mapping[str, TrackState]
    min_known: int

    @property
    def track(self) -> Track:
        return self.watch.track

    @property
    def alerting(self) -> bool:
        """Whether anybody is told."""
        return self.watch.alerting

    @property
    def because(self) -> str:
        """Why a resolve may be sent."""
        runs = self.watch.good_runs
        good = "a good run" if runs == 1 else f"{runs} good runs in a row"
        return f"{good} in every region known"

    @cached_property
    def known(self) -> tuple[str, ...]:
        return tuple(name for name, track in self.regions.items() if track.phase not in NOT_KNOWN)

    @cached_property
    def down(self) -> tuple[str, ...]:
        """Known regions believed down on this track."""
        return tuple(name for name, track in self.regions.items() if track.phase in BELIEVED_DOWN)

    @property
    def judgeable(self) -> bool:
        return len(self.known) >= self.min_known

    @cached_property
    def holding(self) -> tuple[AlertRule, ...]:
        """Rules whose condition is met in so many known regions as they ask for."""
        if not self.down or not self.judgeable:
            return ()
        names = {rule.name for rule in self.watch.rules}
        return tuple(rule for rule in self.watch.rules if self._met(rule, names))

    @property
    def regional(self) -> tuple[AlertRule, ...]:
        """Rules whose condition is met in some known region, but in fewer than they ask for.

        A region that has just had a good run opens no ticket for what may be over.
        """
        if self.holding or not self.judgeable:
            return ()
        names = {rule.name for rule in self.watch.rules}
        down = [track for name in self.down if (track := self.regions[name]).phase is RegionPhase.DOWN]
        return tuple(rule for rule in self.watch.rules if any(_held(track, rule, names) for track in down))

    @property
    def recovered(self) -> bool:
        """Whether a resolve may be sent: in doubt it may not.

        Every known region is up and at least half of the assigned ones are known. A region that fell silent while it
        was down withholds the resolve until another region recovered later than its last word: absence is no recovery.
        """
        if 2 * len(self.known) < len(self.regions) or not self.known:
            return False
        if any(self.regions[name].phase is not RegionPhase.UP for name in self.known):
            return False
        recoveries = [slot for name in self.known if (slot := self.regions[name].recovered_slot) is not None]
        latest = max(recoveries, default=None)
        return all(latest is not None and word < latest for word in self._last_words())

    @property
    def cause(self) -> RunNote | None:
        """The newest bad run of a region that is down."""
        notes = [note for name in self.down if (note := self.regions[name].last_bad) is not None]
        return max(notes, key=lambda note: note.slot, default=None)

    @property
    def first(self) -> RunNote | None:
        """The first bad run of the present outage, over the regions that are down; its slot is when it began."""
        notes = [note for name in self.down if (note := self.regions[name].first_bad) is not None]
        return min(notes, key=lambda note: note.slot, default=None)

    @property
    def recovered_slot(self) -> datetime | None:
        """Of the run that last brought a region back up."""
        slots = [slot for track in self.regions.values() if (slot := track.recovered_slot) is not None]
        return max(slots, default=None)

    @property
    def last_good_slot(self) -> datetime | None:
        """Of the newest good run in any of its regions."""
        slots = [track.last_good_slot for track in self.regions.values() if track.last_good_slot is not None]
        return max(slots, default=None)

    @property
    def basis(self) -> str:
        """On what a judgement rests, for people."""
        return judged_on(len(self.known), len(self.regions))

    def _met(self, rule: AlertRule, names: set[str]) -> bool:
        down = sum(1 for name in self.down if _held(self.regions[name], rule, names))
        return down >= needed(rule.regions, len(self.known))

    def _last_words(self) -> list[datetime]:
        """Slots of the last bad runs of regions that were down when they fell silent."""
        return [
            track.last_bad.slot
            for track in self.regions.values()
            if track.phase is RegionPhase.BLIND and track.before_blind is RegionPhase.DOWN and track.last_bad
        ]


def tally(
    probe: Probe,
    states: Mapping[str, RegionState],
    watch: Watch,
    min_known: int,
    suspect: Collection[str] = (),
) -> Tally:
    """`states` are of this probe, by region; those of regions it no longer runs in count for nothing.

    What a `suspect` region says is not known: it is the region that is in doubt.
    """
    regions = {
        region.name: states[region.name].tracks.get(watch.track, _NEW) if region.name in states else _NEW
        for region in probe.regions
    }
    doubted = {name: replace(regions[name], phase=RegionPhase.BLIND) for name in suspect if name in regions}
    return Tally(watch, regions | doubted, min_known)


def tallies(
    probe: Probe,
    states: Mapping[str, RegionState],
    watched: Mapping[Track, Watch],
    min_known: int,
    suspect: Collection[str] = (),
) -> Mapping[Track, Tally]:
    """Every track that is judged region by region."""
    return {track: tally(probe, states, watch, min_known, suspect) for track, watch in watched.items()}


def verdict(probe: Probe, tallies: Mapping[Track, Tally], now: datetime) -> Verdict:
    """What is believed of the probe over its regions; the table of conditions is in docs/alerts.md."""
    down, slow = tallies[Track.DOWN], tallies[Track.SLOW]
    health, reason = _health(down, slow)
    return Verdict(
        probe=probe.name,
        health=health,
        at=now,
        regions={name: track.phase for name, track in down.regions.items()},
        reason=reason,
        known=len(down.known),
        down=len(down.down),
    )


def region_health(tallies: Mapping[Track, Tally], region: str) -> tuple[Health, str]:
    """What is believed of the probe in one of its regions, and why."""
    down, slow = tallies[Track.DOWN].regions[region], tallies[Track.SLOW].regions[region]
    if down.phase in NOT_KNOWN:
        return Health.UNKNOWN, "no run yet" if down.phase is RegionPhase.NEW else "no run has judged it for too long"
    if down.phase in BELIEVED_DOWN:
        return Health.DOWN, cause_text(down.last_bad) if down.last_bad else ""
    if _unproven(down):
        return Health.UNKNOWN, _FIRST_FAILED
    if slow.phase in BELIEVED_DOWN:
        return Health.DEGRADED, cause_text(slow.last_bad) if slow.last_bad else ""
    return Health.UP, WELL


def _health(down: Tally, slow: Tally) -> tuple[Health, str]:
    if not down.judgeable:
        return Health.UNKNOWN, _silence(down)
    if down.holding:
        return Health.DOWN, f"{_share(down)} it fail{_cause(down)}{_silent_too(down)}"
    if down.down:
        return Health.DEGRADED, f"regional: {_share(down)} it fail{_cause(down)}{_silent_too(down)}"
    if all(_unproven(down.regions[name]) for name in down.known):
        return Health.UNKNOWN, _FIRST_FAILED
    if slow.holding:
        return Health.DEGRADED, f"{_share(slow)} it degraded{_cause(slow)}{_silent_too(down)}"
    also = f"; degraded in {', '.join(slow.down)} only" if slow.down else ""
    return Health.UP, f"up in {len(down.known)} of {_regions(len(down.regions))}{also}{_silent_too(down)}"


def _share(some: Tally) -> str:
    sees = "see" if len(some.down) > 1 else "sees"
    return f"{len(some.down)} of {_regions(len(some.known))} known ({', '.join(some.down)}) {sees}"


def _cause(some: Tally) -> str:
    return f": {cause_text(some.cause)}" if some.cause else ""


def _regions(count: int) -> str:
    return f"{count} region{'s' if count != 1 else ''}"


def _silence(down: Tally) -> str:
    if all(track.phase is RegionPhase.NEW for track in down.regions.values()):
        return "no run yet"
    return f"no run has judged it for too long in any of {_regions(len(down.regions))}"


def _silent_too(down: Tally) -> str:
    silent = [name for name, track in down.regions.items() if track.phase is RegionPhase.BLIND]
    return f"; nothing known of {', '.join(silent)}" if silent else ""


def _unproven(track: TrackState) -> bool:
    """Nothing good was ever seen there, and nothing bad is sure yet."""
    return track.phase is RegionPhase.SOFT_DOWN and track.last_good_slot is None


def _held(track: TrackState, rule: AlertRule, names: set[str]) -> bool:
    """Whether the rule has held here since the region went down. After a rename, the old name speaks for any rule."""
    return rule.name in track.held or names.isdisjoint(track.held)
