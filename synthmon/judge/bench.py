"""Where one probe is judged: its new runs move what is believed of it, and that opens, changes and ends incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.judge import baseline, life, measures
from synthmon.judge.burn import burning, spent
from synthmon.judge.change import Change
from synthmon.judge.confirm import to_ask
from synthmon.judge.incident import Scene, close_unwatched, consider
from synthmon.judge.policy import Policy, Watch, watches
from synthmon.judge.quorum import Tally, region_health, tallies, verdict
from synthmon.judge.region import (
    BELIEVED_DOWN,
    Standing,
    back_in_time,
    blind,
    heard_of,
    is_soft,
    judge_run,
    order,
    patience,
    phase_of,
    place,
    remember_run,
    stale_since,
    staleness,
    standing,
)
from synthmon.judge.restraint import Restraint, recovering, restrained, restraint, spoken_for, waiting_for
from synthmon.judge.silence_of_data import expecting, silence
from synthmon.judge.silent import SILENT_AFTER
from synthmon.judge.situation import Part
from synthmon.judge.telling import REMOVED, UNASKED, Ground
from synthmon.judge.whole import Whole
from synthmon.judge.windows import occurrences
from synthmon.model import words
from synthmon.model.incident import (
    Decision,
    Health,
    HealthChange,
    Incident,
    IncidentEvent,
    Notification,
    RegionPhase,
    RegionState,
)
from synthmon.model.probe import Probe, Track
from synthmon.model.quiet import QuietKind
from synthmon.model.run import RunKey, RunKind, RunResult

_TICK = timedelta(milliseconds=1)


class Bench:
    """What is decided about one probe piles up here until the decision is made of it."""

    def __init__(self, part: Part, policy: Policy, now: datetime) -> None:
        self._part, self._policy, self._now = part, policy, now
        self._states = dict(part.states)
        self._last = dict(part.incidents)
        self._health = dict(part.health)
        self._incidents: dict[str, Incident] = {}
        self._events: list[IncidentEvent] = []
        self._owed: list[Notification] = []
        self._changes: list[HealthChange] = []
        self._asked: list[RunKey] = []
        self._heard = False  # whether a run has judged the target in this turn
        self._settled = True  # nothing that came waits to be judged
        self._silent = dict(part.silent)
        self._doubted = frozenset(name for name, doubt in part.suspect.items() if doubt.holds(now))

    def decision(self) -> Decision:
        """Only what changed. `watermark` is not a probe's to say."""
        owed, untold = self._still_current()
        return Decision(
            watermark=0,
            states=tuple(state for region, state in self._states.items() if state is not self._part.states.get(region)),
            incidents=tuple(self._incidents.values()),
            events=(*self._events, *untold),
            notifications=owed,
            health=tuple(self._changes),
            asked=tuple(self._asked),
        )

    def judge(self, probe: Probe) -> None:
        self._states |= expecting(probe, self._states, self._now)
        watched = watches(probe, self._policy)
        assigned = {region.name for region in probe.regions}
        runs = [run for run in self._part.runs if run.key.region in assigned]
        self._settled = False
        for run in sorted(runs, key=lambda run: (place(order(run)), run.key.region)):
            self._take(probe, run, watched)
        self._settled = True
        self._go_blind(probe)
        self._forget_regions(assigned)
        self._conclude(probe, watched, None)
        self._miss_data(probe)
        self._drop_unasked(probe)
        self._age(probe, watched)

    def wind_up(self) -> None:
        """The probe is not declared any more: its incidents end, and nothing of it is believed."""
        if not self._part.sweep:
            return
        for incident in self._last.values():
            if incident.current:
                self._change(close_unwatched(incident, self._policy, self._now), None)
        self._forget_regions(set())
        self._believe(None, Health.UNKNOWN, REMOVED)

    def _take(self, probe: Probe, run: RunResult, watched: Mapping[Track, Watch]) -> None:
        region = run.key.region
        known = self._states.get(region) or RegionState(probe.name, region)
        state = heard_of(back_in_time(known, run, probe, self._now), run, self._now)
        match standing(state, run):
            case Standing.CURRENT:
                if self._now - run.key.slot <= staleness(probe, run.key.slot):
                    self._silent.pop(region, None)  # what speaks is not silent, whatever was known of its heartbeats
                if limit := stale_since(state, probe, run.key.slot):  # nothing was known between its runs
                    state = self._states[region] = blind(state, limit)
                    self._conclude(probe, watched, None)
                self._states[region] = self._moved(probe, state, run, watched)
                self._heard = True
                self._ask(probe, run, state)
                self._go_blind(probe)  # a run from a backlog is no news of the present: it opens and resolves nothing
                self._conclude(probe, watched, run)
            case Standing.NOT_JUDGED:
                self._states[region] = remember_run(state, run)
            case Standing.LATE if state.heard_slot != known.heard_slot:
                self._states[region] = replace(known, heard_slot=state.heard_slot)

    def _moved(self, probe: Probe, state: RegionState, run: RunResult, watched: Mapping[Track, Watch]) -> RegionState:
        windows = occurrences(self._policy.windows, run.key.slot, run.key.slot + _TICK)
        planned = (quiet for quiet in (*self._part.quiets, *windows) if quiet.kind is QuietKind.MAINTENANCE)
        excused = any(quiet.holds(run.key.slot) and quiet.covers.covers(probe) for quiet in planned)
        spending = spent(probe, state.spending, run, excused=excused)
        samples = measures.remembered(probe, state.samples, run)
        mute: tuple[Track, ...] = ()
        if baseline.compares(probe):
            usual = self._part.usual.get(run.key.region, baseline.NOTHING)
            slow = baseline.settled(watched[Track.SLOW], usual, run.key.slot)
            watched = {**watched, Track.SLOW: slow}
            mute = (Track.SLOW,) if baseline.is_mute(slow, state) else ()
        return replace(judge_run(state, run, watched, samples, mute), spending=spending)

    def _ask(self, probe: Probe, run: RunResult, before: RegionState) -> None:
        """On a first failure the other regions look at once, and so does what the probe depends on."""
        first = is_soft(self._states[run.key.region]) and not is_soft(before)
        stale = self._now - run.key.slot > patience(probe)
        if not first or stale or run.key.kind is not RunKind.SCHEDULED:
            return
        phases = {name: phase_of(state) for name, state in self._states.items()}
        self._asked += to_ask(self._policy.environment, probe, run.key.region, phases, self._now)
        for parent in self._part.above:
            everywhere = {region.name: RegionPhase.UP for region in parent.regions}
            self._asked += to_ask(self._policy.environment, parent, "", everywhere, self._now)

    def _go_blind(self, probe: Probe) -> None:
        for region, state in self._states.items():
            limit = stale_since(state, probe, self._now)
            if limit is None and region in self._silent:
                limit = min(self._silent[region] + SILENT_AFTER, self._now)
            if limit is not None:
                self._states[region] = blind(state, limit)

    def _conclude(self, probe: Probe, watched: Mapping[Track, Watch], run: RunResult | None) -> None:
        found = self._tallies(probe, watched)
        for counted in found.values():
            # A run that failed may have cleaned up well.
            good = run is not None and (run.outcome.good or counted.track is Track.CLEANUP)
            self._consider(probe, counted, good_news=good)
        if budgets := self._budgets(probe, run):
            self._consider(probe, budgets, good_news=run is not None and run.outcome.good)
        for region in probe.regions:
            health, reason = region_health(found, region.name)
            reason = self._in_doubt(region.name) or reason
            self._believe(region.name, health, reason, _since(found[Track.DOWN], health, region.name))
        belief = verdict(probe, found, self._now)
        self._believe(None, belief.health, belief.reason, _since(found[Track.DOWN], belief.health))

    def _tallies(self, probe: Probe, watched: Mapping[Track, Watch]) -> Mapping[Track, Tally]:
        return tallies(probe, self._states, watched, self._policy.min_known, self._doubted)

    def _in_doubt(self, region: str) -> str | None:
        """Why nothing that the region says is known."""
        if region in self._silent:
            return f"nothing is heard of the region since {words.instant(self._silent[region])}"
        if region in self._doubted:
            return f"the region itself is suspect: {self._part.suspect[region].text}"
        return None

    def _consider(self, probe: Probe, found: Tally | Whole, *, good_news: bool) -> None:
        scene = Scene(probe, found, self._policy, self._now, good_news, self._settled)
        change = consider(scene, self._last.get(found.track))
        if change is not None:
            self._change(change, self._restraint(probe, change.incident))

    def _budgets(self, probe: Probe, run: RunResult | None = None) -> Whole | None:
        return burning(probe, self._states, run, self._last.get(Track.DOWN), self._now)

    def _miss_data(self, probe: Probe) -> None:
        """Once a turn, after the runs: in the middle of a backlog, the newest one has not been seen yet."""
        if found := silence(probe, self._states, self._now, looking=self._part.sweep):
            self._consider(probe, found, good_news=self._heard)

    def _drop_unasked(self, probe: Probe) -> None:
        """Incidents about what nobody asks for any more end: nothing would ever be heard of them."""
        asked = {rule.track for rule in probe.alerts} | {Track.DOWN, Track.SLOW}
        for incident in list(self._last.values()):
            if incident.current and incident.track not in asked:
                self._change(close_unwatched(incident, self._policy, self._now, UNASKED), None)

    def _believe(self, region: str | None, health: Health, reason: str, at: datetime | None = None) -> None:
        before = self._health.get(region)
        if health is (before.health if before else Health.UNKNOWN):
            return
        # Beliefs follow one another in time, even where a new one reaches back to when the trouble began.
        instant = min(at or self._now, self._now)
        if before is not None and instant <= before.at:
            instant = before.at + _TICK
        change = HealthChange(self._part.name, region, instant, health, reason)
        self._health[region] = change
        self._changes.append(change)

    def _forget_regions(self, assigned: set[str]) -> None:
        """Beliefs about regions in which the probe does not run any more; what was last seen there stays known."""
        for region, state in self._states.items():
            if region not in assigned and (state.tracks or state.watched_since):
                self._states[region] = replace(state, tracks={}, samples=(), spending={}, watched_since=None)
        for where in list(self._health):
            if where is not None and where not in assigned:
                self._believe(where, Health.UNKNOWN, "it does not run there any more")

    def _age(self, probe: Probe, watched: Mapping[Track, Watch]) -> None:
        """What time alone changes about its incidents."""
        counted = self._tallies(probe, watched).values()
        for found in (*counted, self._budgets(probe), silence(probe, self._states, self._now, looking=False)):
            incident = self._last.get(found.track) if found is not None else None
            if found is None or incident is None or not incident.current:
                continue
            held = self._restraint(probe, incident)
            ground = Ground(self._now, found.basis, found.last_good_slot, self._policy.link_base)
            change = life.age(incident, life.Moment(self._policy, self._now, held, ground))
            if change is not None:
                self._change(change, held)

    def _restraint(self, probe: Probe, incident: Incident) -> Restraint | None:
        windows = occurrences(self._policy.windows, self._now, self._now + _TICK)
        quiets = (*self._part.quiets, *windows)
        held = restraint(probe, incident.severity, quiets, self._part.parents, self._now)
        held = held or waiting_for(self._part.doubted, incident.opened_at, self._now)
        if incident.track is Track.DOWN:
            last_bad = self._last_bad()
            wait = staleness(probe, last_bad or self._now)
            held = held or recovering(incident, last_bad, self._part.parents, wait, self._now)
        return held or spoken_for(probe, incident, self._part.suspect, self._silent)

    def _last_bad(self) -> datetime | None:
        """The slot of the newest run that failed, anywhere."""
        tracks = (state.tracks.get(Track.DOWN) for state in self._states.values())
        return max((track.last_bad.slot for track in tracks if track and track.last_bad), default=None)

    def _change(self, judged: Change, held: Restraint | None) -> None:
        change = restrained(judged, held, self._now)
        self._last[change.incident.track] = change.incident
        self._incidents[change.incident.id] = change.incident
        self._events.extend(change.events)
        self._owed.extend(change.notifications)

    def _still_current(self) -> tuple[tuple[Notification, ...], list[IncidentEvent]]:
        """What is owed, without triggers of incidents that began and ended within this turn, and their resolves.

        Runs that are judged late page only if they still say something about now; the incident itself is kept.
        """
        before = {incident.id for incident in self._part.incidents.values()}
        over = {name for name, incident in self._incidents.items() if name not in before and not incident.current}
        text = "nobody is told: it was over when its runs were judged"
        untold = [IncidentEvent(name, self._now, "note", text) for name in sorted(over)]
        return tuple(owed for owed in self._owed if owed.incident_id not in over), untold


def _since(counted: Tally, health: Health, region: str | None = None) -> datetime | None:
    """An outage begins at its first failed run, blindness at its limit; None: what is believed is so from now on."""
    tracks = [counted.regions[region]] if region else list(counted.regions.values())
    if health is Health.DOWN:
        down = [track.first_bad for track in tracks if track.phase in BELIEVED_DOWN]
        return min((first.slot for first in down if first), default=None)
    if health is Health.UNKNOWN:
        return max((track.since for track in tracks if track.since), default=None)
    return None
