"""Gather, decide, apply: in turns, woken by every result that was kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from synthmon.centre.applying import Applying, about, log
from synthmon.centre.baselines import Baselines
from synthmon.centre.beliefs import Beliefs
from synthmon.centre.caretaker import Caretaker
from synthmon.centre.lookout import Lookout
from synthmon.centre.ports import CentrePorts, Minding, Rhythm, TurnReport
from synthmon.errors import Fenced, StoreError
from synthmon.events import Events
from synthmon.judge import Policy, Situation
from synthmon.judge.baseline import Usual
from synthmon.judge.own import decide_own
from synthmon.judge.situation import Pair, Part, split
from synthmon.judge.turn import decide_part, merge
from synthmon.judge.upkeep import Upkeep
from synthmon.model.incident import Decision, Incident, RegionState
from synthmon.model.probe import Probe
from synthmon.model.term import Term
from synthmon.store.interface import Gathered, Store

_log = Events()

_INSTANT = timedelta(milliseconds=1)
_NOTHING = Decision(0)


class Centre:
    """Judges what is kept. `probes` and `policy` give what is declared now. It remembers nothing from one term in which
    it leads to the next.

    `turn` and `note_missed` belong to one thread. `trouble` says in a sentence why the last turn failed, or is None.
    """

    def __init__(
        self,
        store: Store,
        probes: Callable[[], Mapping[str, Probe]],
        policy: Callable[[], Policy],
        ports: CentrePorts | None = None,
        rhythm: Rhythm | None = None,
        minding: Minding | None = None,
    ) -> None:
        self._store, self._probes, self._policy = store, probes, policy
        self._ports, self._rhythm = ports or CentrePorts(), rhythm or Rhythm()
        self._lead, self._minding = self._ports.lead, minding or Minding()
        self._own = self._minding.own or self._only_regions
        self._term: Term | None = None
        self.trouble: str | None = None
        self._beat = time.monotonic()
        self._forget()

    def _forget(self) -> None:
        """Know nothing: whoever led before has changed the rows, and whoever leads next will."""
        caretaker = self._caretaker = Caretaker(self._store, self._note, self._minding.voices)
        self._lookout = Lookout(
            self._store,
            runs_here=self._lead is None or self._lead.runs_probes,
            arrived=lambda now: caretaker.arrived(self._probes(), now),
        )
        self._upkeep = Upkeep()
        self._baselines = Baselines(self._store)
        self._usual: Mapping[Pair, Usual] = {}
        self._beliefs = Beliefs(self._store)
        self._applying = Applying(self._store)
        self._watermark: int | None = None
        self._swept_at: datetime | None = None
        self._sweep_took = 0.0  # seconds
        self.last_turn_at: datetime | None = None
        self.heard_at: datetime | None = None  # when there was something to judge

    @property
    def _epoch(self) -> int | None:
        return self._term.epoch if self._term is not None else None

    def _note(self, name: str, value: str) -> None:
        self._store.note(name, value, self._epoch)

    def gets_on(self, within: float) -> bool:
        """Whether the loop came round in so many seconds, or judged a batch: one that hangs must not go on leading."""
        return time.monotonic() - self._beat < within

    def run(self, stop: threading.Event, wake: threading.Event, now: Callable[[], datetime]) -> None:
        """Turn whenever `wake` is set and at least every second, until `stop` is; then once more for what came last."""
        while not stop.is_set():
            wake.clear()  # before the turn: what is kept during it wakes the next one
            self._attempt(now())
            wake.wait(self._rhythm.idle)
        self._attempt(now())

    def turn(self, now: datetime) -> TurnReport:
        """Judge what is kept and not judged, and every few seconds what no run speaks of. `StoreError`s pass."""
        reports = []
        self._usual = self._baselines.look(self._probes(), now)
        if self._swept_at is None:  # what was in doubt before a restart is in doubt after it
            self._look_around(self._incidents_of_late(now), now)
        for _ in range(self._rhythm.rounds):
            self._beat = time.monotonic()
            gathered = self._store.gather(self._rhythm.batch, states=not self._beliefs.read)
            self._caretaker.hear(gathered.runs)
            if gathered.runs or gathered.watermark != (self._watermark or gathered.watermark):
                reports.append(self._judge(self._situation(gathered, now), now, len(gathered.runs)))
                self.heard_at = now
            self._watermark = gathered.watermark
            if len(gathered.runs) < self._rhythm.batch:
                break
        if self._sweep_is_due(now):
            reports.append(self._sweep(now))
            self._swept_at = now
        self.last_turn_at = now
        return _summed(now, self._watermark or 0, reports)

    def _sweep(self, now: datetime) -> TurnReport:
        """What changes although no run came, and how we are ourselves: what is held back there is told of here."""
        began = time.monotonic()
        incidents = self._incidents_of_late(now)
        self._look_around(incidents, now)
        report = self._judge(self._overview(incidents, now), now, 0)
        changed = {incident.id: incident for incident in report.decision.incidents}
        known = {incident.id: incident for incident in incidents} | changed
        self._mind_our_own(list(known.values()), now)
        self._sweep_took = time.monotonic() - began
        return report

    def _look_around(self, incidents: Sequence[Incident], now: datetime) -> None:
        """Isolation boundary: what cannot be looked at together is judged apart, with no region in doubt."""
        states = self._beliefs.states()
        try:
            self._upkeep = self._caretaker.look(self._probes(), states, incidents, now)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - a defect of ours in one probe must not keep the others from being judged
            _log.exception("judge.failed", probe=None)
            self._upkeep = Upkeep()

    def _mind_our_own(self, incidents: Sequence[Incident], now: datetime) -> None:
        """synthmon's own troubles are incidents too."""
        decision = self._own(incidents, self._upkeep, now)
        if decision.incidents:
            self._store.apply(decision, self._epoch)
            self._remember(decision)

    def _only_regions(self, incidents: Sequence[Incident], found: Upkeep, now: datetime) -> Decision:
        """For whoever has no troubles besides, or nobody who minds them."""
        policy = self._policy()
        channels = (*policy.default_channels, *(name for trouble in found.troubles for name in trouble.channels))
        return decide_own(found.troubles, found.healed, incidents, channels, policy, now)

    def note_missed(self, now: datetime) -> int:
        """Record slots whose deadline passed without a run; how many were new. `StoreError`s pass."""
        return self._lookout.note_missed(now, self._epoch)

    # Gather

    def _situation(self, gathered: Gathered, now: datetime) -> Situation:
        return Situation(
            probes=self._probes(),
            runs=gathered.runs,
            states=() if self._beliefs.read else self._with_parents(gathered),
            incidents=gathered.incidents,
            quiets=self._store.quiets(now, now + _INSTANT),
            suspect=self._upkeep.suspect,
            silent=self._upkeep.silent,
            usual=self._usual,
            watermark=gathered.watermark,
            believed=self._beliefs.believed(now),
        )

    def _concerned(self, gathered: Gathered) -> set[str]:
        """The probes to judge, and those that they depend on."""
        probes = self._probes()
        named = {run.key.probe for run in gathered.runs}
        return named.union(*(probes[name].depends_on for name in named if name in probes))

    def _with_parents(self, gathered: Gathered) -> tuple[RegionState, ...]:
        """The states of all that is concerned, where they are not known already."""
        parents = self._concerned(gathered) - {run.key.probe for run in gathered.runs}
        return (*gathered.states, *self._beliefs.of(parents)) if parents else gathered.states

    def _incidents_of_late(self, now: datetime) -> list[Incident]:
        return self._store.incidents(start=now - self._policy().reopen_within)

    def _overview(self, incidents: Sequence[Incident], now: datetime) -> Situation:
        """All that is believed, for what changes although no run came: silence, lasting trouble, removed probes."""
        self._beliefs.states()
        return Situation(
            probes=self._probes(),
            incidents=tuple(incidents),
            quiets=self._store.quiets(now, now + _INSTANT),
            suspect=self._upkeep.suspect,
            silent=self._upkeep.silent,
            watermark=self._watermark or 0,
            sweep=True,
            believed=self._beliefs.believed(now),
        )

    def _sweep_is_due(self, now: datetime) -> bool:
        if self._swept_at is None:
            return True
        return not timedelta(0) <= now - self._swept_at < self._rhythm.until_next_sweep(self._sweep_took)

    # Decide

    def _judge(self, situation: Situation, now: datetime, runs: int) -> TurnReport:
        policy = self._policy()
        failed: list[str] = []
        decisions = [
            decision
            for part in split(situation)
            if (decision := self._decide(part, policy, now, failed)) is not None and decision != _NOTHING
        ]
        refused = self._apply(situation.watermark, decisions)
        decision = merge(situation.watermark, [one for one in decisions if one not in refused])
        self._remember(decision)
        return TurnReport(now, runs, decision, tuple(failed) + tuple(name for one in refused for name in about(one)))

    def _decide(self, part: Part, policy: Policy, now: datetime, failed: list[str]) -> Decision | None:
        """Isolation boundary: what goes wrong while one probe is judged must not keep the others from being judged.

        The watermark moves past its runs of this turn; beliefs and incidents stay as they are and the next run counts.
        """
        try:
            return decide_part(part, policy, now)
        except Exception:  # noqa: BLE001 - a defect of ours, or a row that nobody expected; logged with its trace
            _log.exception("judge.failed", probe=part.name, runs=len(part.runs))
            failed.append(part.name)
            return None

    # Apply

    def _apply(self, watermark: int, decisions: Sequence[Decision]) -> list[Decision]:
        """What of it the store refused. When anything goes wrong, what was believed is read again."""
        if not decisions and watermark == self._watermark:
            return []
        try:
            refused = self._applying.apply(watermark, decisions, self._epoch)
        except StoreError:
            self._beliefs.forget()
            raise
        if refused:
            self._beliefs.forget()
        return refused

    def _remember(self, decision: Decision) -> None:
        self._beliefs.remember(decision)
        log(decision)
        if decision.notifications:
            self._ports.owed()
        if decision.asked:
            self._ports.ask(decision.asked)

    def _leads(self) -> bool:
        """Whether it is this process's turn to judge; what was known is forgotten when that changes."""
        if self._lead is None:
            return True
        term = self._lead.term()
        if term != self._term:
            self._forget()
            self._term = None
            if term is not None:
                self._lead.begin(term.epoch)
            self._term = term
        return term is not None

    def _attempt(self, now: datetime) -> None:
        """Isolation boundary: the loop outlives whatever goes wrong in one turn, and says it."""
        self._beat = time.monotonic()
        try:
            if self._leads():
                self.turn(now)
                self._lookout.look(now, self._epoch)
            self.trouble = None
        except Fenced as error:
            self._forget()
            self.trouble = None
            _log.warning("judge.fenced", epoch=self._epoch, why=str(error))
        except StoreError as error:
            self.trouble = f"the judge cannot use the database: {error}"
            _log.error("judge.not_applied", error=str(error))
        except Exception as error:  # noqa: BLE001 - a centre that is silent is worse than one that repeats its trouble
            self.trouble = f"the judge failed: {error.__class__.__name__}: {error}"
            _log.exception("judge.failed", probe=None)


def _summed(now: datetime, watermark: int, reports: Sequence[TurnReport]) -> TurnReport:
    return TurnReport(
        at=now,
        runs=sum(report.runs for report in reports),
        decision=merge(watermark, [report.decision for report in reports]),
        failed=tuple(dict.fromkeys(name for report in reports for name in report.failed)),
    )
