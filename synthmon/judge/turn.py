"""One turn of the judge: new runs and old beliefs in, one decision out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from synthmon.judge import life, measures
from synthmon.judge.burn import burning, spent
from synthmon.judge.change import Change
from synthmon.judge.confirm import to_ask
from synthmon.judge.incident import Scene, close_unwatched, consider
from synthmon.judge.policy import Policy, Watch, watches
from synthmon.judge.quorum import Tally, region_health, tally, verdict
from synthmon.judge.region import (
    BELIEVED_DOWN,
    Standing,
    back_in_time,
    blind,
    judge_run,
    order,
    place,
    remember_run,
    stale_since,
    staleness,
    standing,
)
from synthmon.judge.restraint import Restraint, restrained, restraint, waiting_for
from synthmon.judge.silence_of_data import expecting, silence
from synthmon.judge.telling import REMOVED, UNASKED, Ground
from synthmon.judge.whole import Whole
from synthmon.judge.windows import occurrences
from synthmon.model.incident import (
    Decision,
    Health,
    HealthChange,
    Incident,
    IncidentEvent,
    Notification,
    RegionPhase,
    RegionState,
    Verdict,
)
from synthmon.model.probe import OWN_TRACKS, Probe, Track
from synthmon.model.quiet import Quiet, QuietKind
from synthmon.model.run import RunKey, RunKind, RunResult

_TICK = timedelta(milliseconds=1)

HealthKey = tuple[str, str | None]  # probe, region (None: over all regions)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a turn of the judge starts from.

    `probes` are all that are declared; `runs` the new ones in any order; `states` and `incidents` at least those of
    the probes to judge (the current incidents, and per track the latest resolved one); `health` what was last believed
    of all; `quiets` the silences and maintenance that somebody asked for, those that hold at least. Probes with new
    runs are judged; in a `sweep` all are, and what belongs to no declared probe is wound up.
    """

    probes: Mapping[str, Probe]
    runs: Sequence[RunResult] = ()
    states: Sequence[RegionState] = ()
    incidents: Sequence[Incident] = ()
    health: Mapping[HealthKey, HealthChange] = field(default_factory=dict)
    quiets: Sequence[Quiet] = ()
    suspect: Mapping[str, str] = field(default_factory=dict)  # regions that are in doubt themselves, and why
    watermark: int = 0
    sweep: bool = False

    def names(self) -> list[str]:
        """Every probe that this turn has something to decide about, those with runs first."""
        named = dict.fromkeys(run.key.probe for run in self.runs)
        if self.sweep:
            named |= dict.fromkeys(self.probes)
            named |= dict.fromkeys(state.probe for state in self.states)
            named |= dict.fromkeys(incident.probe for incident in self.about_probes() if incident.current)
        return list(named)

    def about_probes(self) -> list[Incident]:
        """The incidents that are not about synthmon itself, whose subjects may be called like a probe."""
        return [incident for incident in self.incidents if incident.track not in OWN_TRACKS]


@dataclass(slots=True)
class Part:
    """What the situation holds about one probe; `probe` is None when it is not declared any more."""

    name: str
    probe: Probe | None
    sweep: bool
    runs: list[RunResult] = field(default_factory=list)
    states: dict[str, RegionState] = field(default_factory=dict)
    incidents: dict[Track, Incident] = field(default_factory=dict)
    health: dict[str | None, HealthChange] = field(default_factory=dict)
    quiets: tuple[Quiet, ...] = ()
    parents: tuple[HealthChange, ...] = ()  # what is believed of the probes it depends on
    above: tuple[Probe, ...] = ()  # those probes
    doubted: frozenset[str] = frozenset()  # those of them that have just failed for the first time
    suspect: Mapping[str, str] = field(default_factory=dict)


def decide(situation: Situation, policy: Policy, now: datetime) -> Decision:
    """Everything this turn changes. Deciding twice about the same situation changes the same."""
    return merge(situation.watermark, [decide_part(part, policy, now) for part in split(situation)])


def split(situation: Situation) -> list[Part]:
    """The situation probe by probe, so that a caller can keep the trouble with one from the others."""
    parts = {name: _part(situation, name) for name in situation.names()}
    for run in situation.runs:
        parts[run.key.probe].runs.append(run)
    for state in situation.states:
        if state.probe in parts:
            parts[state.probe].states[state.region] = state
    for incident in sorted(situation.about_probes(), key=lambda incident: (incident.current, incident.opened_at)):
        if incident.probe in parts:
            parts[incident.probe].incidents[incident.track] = incident
    for (probe, where), change in situation.health.items():
        if probe in parts:
            parts[probe].health[where] = change
    return list(parts.values())


def _part(situation: Situation, name: str) -> Part:
    probe = situation.probes.get(name)
    above = probe.depends_on if probe else ()
    believed = (situation.health.get((parent, None)) for parent in above)
    soft = {state.probe for state in situation.states if state.probe in above and _is_soft(state)}
    return Part(
        name,
        probe,
        situation.sweep,
        quiets=tuple(situation.quiets),
        parents=tuple(change for change in believed if change is not None),
        above=tuple(found for parent in above if (found := situation.probes.get(parent)) is not None),
        doubted=frozenset(soft),
        suspect=situation.suspect,
    )


def _is_soft(state: RegionState) -> bool:
    track = state.tracks.get(Track.DOWN)
    return track is not None and track.phase is RegionPhase.SOFT_DOWN


def decide_part(part: Part, policy: Policy, now: datetime) -> Decision:
    """Everything this turn changes about one probe; its watermark is 0."""
    bench = _Bench(part, policy, now)
    if part.probe is None:
        bench.wind_up()
    else:
        bench.judge(part.probe)
    return bench.decision()


def merge(watermark: int, decisions: Iterable[Decision]) -> Decision:
    """Decisions about different probes as one."""
    whole = list(decisions)
    return Decision(
        watermark=watermark,
        states=tuple(item for part in whole for item in part.states),
        incidents=tuple(item for part in whole for item in part.incidents),
        events=tuple(item for part in whole for item in part.events),
        notifications=tuple(item for part in whole for item in part.notifications),
        health=tuple(item for part in whole for item in part.health),
        asked=tuple(dict.fromkeys(item for part in whole for item in part.asked)),
    )


def believe(probe: Probe, states: Iterable[RegionState], policy: Policy, now: datetime) -> Verdict:
    """What is believed of a probe at `now`, given the states of its regions; staleness is seen to."""
    fresh = {}
    for state in states:
        limit = stale_since(state, probe, now)
        fresh[state.region] = blind(state, limit) if limit else state
    return verdict(probe, _tallies(probe, fresh, watches(probe, policy), policy), now)


class _Bench:
    """Where one probe is judged: what it changed piles up here until the decision is made of it."""

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
        for run in sorted(runs, key=lambda run: (place(order(run)), run.key.region)):
            self._take(probe, run, watched)
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
        state = back_in_time(self._states.get(region) or RegionState(probe.name, region), run, probe, self._now)
        match standing(state, run):
            case Standing.CURRENT:
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

    def _moved(self, probe: Probe, state: RegionState, run: RunResult, watched: Mapping[Track, Watch]) -> RegionState:
        windows = occurrences(self._policy.windows, run.key.slot, run.key.slot + _TICK)
        planned = (quiet for quiet in (*self._part.quiets, *windows) if quiet.kind is QuietKind.MAINTENANCE)
        excused = any(quiet.holds(run.key.slot) and quiet.covers.covers(probe) for quiet in planned)
        spending = spent(probe, state.spending, run, excused=excused)
        samples = measures.remembered(probe, state.samples, run)
        return replace(judge_run(state, run, watched, samples), spending=spending)

    def _ask(self, probe: Probe, run: RunResult, before: RegionState) -> None:
        """On a first failure the other regions look at once, and so does what the probe depends on."""
        first = _is_soft(self._states[run.key.region]) and not _is_soft(before)
        stale = self._now - run.key.slot > staleness(probe)
        if not first or stale or run.key.kind is not RunKind.SCHEDULED:
            return
        phases = {name: _phase(state) for name, state in self._states.items()}
        self._asked += to_ask(self._policy.environment, probe, run.key.region, phases, self._now)
        for parent in self._part.above:
            everywhere = {region.name: RegionPhase.UP for region in parent.regions}
            self._asked += to_ask(self._policy.environment, parent, "", everywhere, self._now)

    def _go_blind(self, probe: Probe) -> None:
        for region, state in self._states.items():
            limit = stale_since(state, probe, self._now)
            if limit is not None:
                self._states[region] = blind(state, limit)

    def _conclude(self, probe: Probe, watched: Mapping[Track, Watch], run: RunResult | None) -> None:
        tallies = _tallies(probe, self._states, watched, self._policy, self._part.suspect)
        for counted in tallies.values():
            # A run that failed may have cleaned up well.
            good = run is not None and (run.outcome.good or counted.track is Track.CLEANUP)
            self._consider(probe, counted, good_news=good)
        if budgets := self._budgets(probe, run):
            self._consider(probe, budgets, good_news=run is not None and run.outcome.good)
        for region in probe.regions:
            health, reason = region_health(tallies, region.name)
            if region.name in self._part.suspect:
                reason = f"the region itself is suspect: {self._part.suspect[region.name]}"
            self._believe(region.name, health, reason, _since(tallies[Track.DOWN], health, region.name))
        belief = verdict(probe, tallies, self._now)
        self._believe(None, belief.health, belief.reason, _since(tallies[Track.DOWN], belief.health))

    def _consider(self, probe: Probe, found: Tally | Whole, *, good_news: bool) -> None:
        change = consider(Scene(probe, found, self._policy, self._now, good_news), self._last.get(found.track))
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
        tallies = _tallies(probe, self._states, watched, self._policy, self._part.suspect).values()
        for found in (*tallies, self._budgets(probe), silence(probe, self._states, self._now, looking=False)):
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
        return held or waiting_for(self._part.doubted, incident.opened_at, self._now)

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


def _phase(state: RegionState) -> RegionPhase:
    track = state.tracks.get(Track.DOWN)
    return track.phase if track else RegionPhase.NEW


def _since(counted: Tally, health: Health, region: str | None = None) -> datetime | None:
    """An outage begins at its first failed run, blindness at its limit; None: what is believed is so from now on."""
    tracks = [counted.regions[region]] if region else list(counted.regions.values())
    if health is Health.DOWN:
        down = [track.first_bad for track in tracks if track.phase in BELIEVED_DOWN]
        return min((first.slot for first in down if first), default=None)
    if health is Health.UNKNOWN:
        return max((track.since for track in tracks if track.since), default=None)
    return None


def _tallies(
    probe: Probe,
    states: Mapping[str, RegionState],
    watched: Mapping[Track, Watch],
    policy: Policy,
    suspect: Collection[str] = (),
) -> Mapping[Track, Tally]:
    return {track: tally(probe, states, watch, policy.min_known, suspect) for track, watch in watched.items()}
