"""A world in virtual time: targets, agents with their spools, a centre and a sender that die, receivers that refuse.

Centre, judge, sender and store are the real ones; what is made up is everything around them, and time.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from synthmon.alerting.limits import Batch
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.centre import Centre, CentrePorts, Minding
from synthmon.errors import StoreError
from synthmon.judge import Policy
from synthmon.judge.confirm import CONFIRM_AFTER, confirmation_due
from synthmon.judge.policy import Level
from synthmon.judge.silent import Voice, voices_of
from synthmon.judge.upkeep import Upkeep
from synthmon.model.agent import Heartbeat
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Failure, FailureKind, Outcome, Quality, RunKey, RunKind, RunResult, to_millis
from synthmon.schedule import slots
from tests import making
from tests.making import NOON
from tests.simulation import conditions
from tests.simulation.conditions import Found
from tests.simulation.fragile import Died, FragileStore
from tests.simulation.muted import quiet
from tests.simulation.oracle import Oracle
from tests.simulation.pager import ANSWERS, Receiver
from tests.simulation.plan import CHAT, MINUTE, PAGER, SECOND, Plan, Span, instant

TICK = 5 * SECOND
FAILED = (Failure(FailureKind.STATUS, "answered 500, expected 201", expected="201", actual="500"),)
TIMED_OUT = (Failure(FailureKind.TIMEOUT, "no answer within 10 s"),)
STALLED, WELL = Quality(lag=1.0, suspect=True), Quality()
OURS = (Failure(FailureKind.RESOLVER, "no resolver answered"),)
POLICY = Policy("test", default_channels=(PAGER,), escalations={PAGER: (Level(timedelta(minutes=10), (CHAT,)),)})

Watcher = Callable[["World"], None]


@dataclass(slots=True)
class Agent:
    """A region's process: what it remembers, and the results that the centre has not taken yet."""

    last: dict[str, Outcome] = field(default_factory=dict)
    spool: list[RunResult] = field(default_factory=list)
    delayed: list[RunResult] = field(default_factory=list)  # not even ready to be delivered

    @property
    def oldest(self) -> datetime | None:
        return min((run.key.slot for run in (*self.spool, *self.delayed)), default=None)


class World:
    """`run` lives it to its end; `watchers` look after every turn of the centre that went well."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.at = plan, 0
        self.chance = Random(f"world {plan.seed}")
        self.more = Random(f"more {plan.seed}")  # for what most probes do not ask about
        self.all = {probe.name: probe for probe in plan.probes}
        self.declared = dict(self.all)
        self.agents = {region.name: Agent() for probe in plan.probes for region in probe.regions}
        self.oracle = Oracle(plan.probes)
        self.store = FragileStore(
            Random(f"store {plan.seed}"), lambda: self._within(plan.database), lambda: instant(self.at)
        )
        self.store.crashes = plan.crashes
        self.store.doubts = lambda: self.centre._upkeep if self.centre else Upkeep()
        self.store.begin([run for probe in plan.probes for run in conditions.history(probe)])
        self.heartbeats: dict[str, Heartbeat] = {}
        self.booted = self.troubled = 0  # when the centre last came up, or was in trouble
        self.receivers = {
            name: Receiver(name, Random(f"{name} {plan.seed}"), _of(plan.receivers, name), self._unwilling)
            for name in (PAGER, CHAT)
        }
        self.runs = self.turns = self.deaths = 0
        self.flaked: set[str] = set()  # ids of failed runs that met no outage
        self.late: list[Span] = []  # runs that said nothing in time: our own errors, results on their way
        self.down: list[Span] = []  # while no centre was there
        self.watchers: list[Watcher] = []
        self.centre: Centre | None = None
        self.sender: Sender | None = None
        self.life = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0
        self._history = hashlib.sha256()

    @property
    def now(self) -> datetime:
        return instant(self.at)

    @property
    def digest(self) -> str:
        return self._history.hexdigest()[:16]

    def note(self, *words: object) -> None:
        self._history.update(f"{self.at} {' '.join(map(str, words))}\n".encode())

    def run(self) -> None:
        self._lay_out()
        with quiet():
            while self._queue and self._queue[0][0] <= self.plan.end:
                self.at, _, act = heapq.heappop(self._queue)
                act()

    def later(self, after: int, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.at + after, self._number, act))

    def _lay_out(self) -> None:
        for probe in self.plan.probes:
            for region in probe.regions:
                for slot in slots(probe.name, region.name, probe.interval, NOON, instant(self.plan.end)):
                    key = RunKey("test", probe.name, region.name, slot)
                    self.later(to_millis(slot) - to_millis(NOON), lambda key=key: self._on_slot(key))  # type: ignore[misc]
        for span in self.plan.silences:
            self.later(span.start, lambda span=span: self._falls_silent(span))  # type: ignore[misc]
        for span in self.plan.stops:
            self.later(span.start, lambda span=span: self._stops(span))  # type: ignore[misc]
        for span in self.plan.removals:
            self.later(span.start, self._reload)
            self.later(span.end, self._reload)
        self._announce()
        settled = self.plan.chaos + 5 * MINUTE  # from then on seldom, as nothing new can happen
        for at in (*range(0, settled, TICK), *range(settled, self.plan.end, 3 * TICK)):
            self.later(at + 137, self._tick)
        if self.plan.crashes or self.plan.error:
            for _ in range(3):
                self.later(self.chance.randrange(self.plan.chaos), self._somebody_acts)
        self._boot()

    def _announce(self) -> None:
        for span in self.plan.quiets:
            start, end = instant(span.start), instant(span.end)
            self.store.keep_quiet(Quiet(QuietKind.SILENCE, Selection(span.who), start, end, "planned work", "ann"))

    # Regions

    def _dead(self, region: str) -> bool:
        return any(span.what == "dead" and span.covers(self.at) for span in _of(self.plan.silences, region))

    def _cut(self, region: str) -> bool:
        return any(span.covers(self.at) for span in _of(self.plan.silences, region))

    def _falls_silent(self, span: Span) -> None:
        if span.what == "dead":
            self.agents[span.who].last.clear()  # what it remembers dies with it; its spool is a file

    def _on_slot(self, key: RunKey) -> None:
        stuck = any(one.met(key.probe, key.region, self.at) for one in self.plan.stuck)
        if key.probe in self.declared and not stuck and not self._dead(key.region):
            self._execute(key)

    def _execute(self, key: RunKey) -> None:
        found = conditions.more_of(self.plan, self._find(key), key, self.at, self.more)
        began = self.at
        self.later(found.takes, lambda: self._ended(key, found, began))

    def _find(self, key: RunKey) -> Found:
        """What a run that begins now will find."""
        takes, luck = self.chance.randrange(20, 900), self.chance.random()
        calm = self.at >= self.plan.chaos
        if not calm and luck < self.plan.error:
            return Found(Outcome.ERROR, takes)
        met = next((one for one in self.plan.outages if one.met(key.probe, key.region, self.at)), None)
        if any(span.covers(self.at) for span in _of(self.plan.cutoffs, key.region)):
            return Found(Outcome.FAILED, 10 * SECOND, transport=True)
        if met is not None:
            return Found(Outcome.FAILED, met.takes)
        if not calm and self.chance.random() < self.plan.flake:
            self.flaked.add(key.id)
            return Found(Outcome.FAILED, takes)
        return Found(Outcome.DEGRADED if luck > 0.98 and not calm else Outcome.PASSED, takes)

    def _ended(self, key: RunKey, found: Found, began: int) -> None:
        if self._dead(key.region):
            return
        self.runs += 1
        outcome = found.outcome
        ours, failed = outcome is Outcome.ERROR, outcome is Outcome.FAILED
        result = RunResult(
            key=key,
            started_at=instant(began),
            duration=(self.at - began) / 1000,
            outcome=outcome,
            failures=(TIMED_OUT if found.transport else FAILED) if failed else OURS if ours else (),
            failed_step="pay" if failed or ours else None,
            latency=found.latency,
            cleanup=found.cleanup,
            quality=STALLED if found.stalled else WELL,
        )
        if ours:
            self.late.append(Span(began, self.at, "error", key.probe))
        agent = self.agents[key.region]
        confirmation = confirmation_due(agent.last.get(key.probe), result)
        if outcome.judged and key.kind is not RunKind.MANUAL and key.probe in self.declared:
            agent.last[key.probe] = outcome
        if confirmation is not None:
            self.later(int(CONFIRM_AFTER * SECOND), lambda: self._on_slot(confirmation))
        self._spool(result)

    def _spool(self, result: RunResult) -> None:
        region = result.key.region
        if self.at < self.plan.chaos and self.chance.random() < self.plan.delay:
            wait = self.chance.randrange(SECOND, 6 * MINUTE)
            self.late.append(Span(self.at, self.at + wait, "delay", result.key.probe))
            self.agents[region].delayed.append(result)
            self.later(wait, lambda: self._queue_up(region, [result]))
        else:
            self._queue_up(region, [result])

    def _queue_up(self, region: str, results: list[RunResult]) -> None:
        agent = self.agents[region]
        agent.spool += results
        agent.delayed = [one for one in agent.delayed if one not in results]
        self._deliver(region)

    def _deliver(self, region: str) -> None:
        """All that waits, in whatever order, now and then with something that was delivered before."""
        agent = self.agents[region]
        if not agent.spool or self._cut(region) or self.centre is None:
            return
        batch = list(agent.spool)
        if self.plan.delay:
            self.chance.shuffle(batch)
            batch += self.chance.sample(batch, self.chance.randint(0, min(2, len(batch))))
        try:
            self.store.keep(batch)
        except StoreError:
            return
        except Died:
            self._die()
            return
        agent.spool = agent.spool[: self.chance.randint(0, 1)] if self.plan.delay else []
        self.later(self.chance.randrange(2, 40), self._turn)

    # The centre

    def _boot(self) -> None:
        self.life += 1
        minding = Minding(voices=self._voices) if self.plan.minding else Minding()
        self.centre = Centre(
            self.store, lambda: dict(self.declared), lambda: POLICY, CentrePorts(self._owed), minding=minding
        )
        self.troubled = self.booted = self.at
        self._version()
        ports = SenderPorts(
            outbox=self.store,
            channels=lambda: self.receivers,
            backups=lambda: {PAGER: CHAT},
            now=lambda: self.now,
            chance=self.chance,
        )
        self.sender = Sender(ports)
        self.note("started", self.life)

    def _die(self, lasts: int | None = None) -> None:
        self.deaths += 1
        self.troubled = self.at
        self.centre = self.sender = None
        self.life += 1
        self.note("died")
        calm = self.at >= self.plan.chaos - MINUTE
        lasts = lasts or (SECOND if calm else int(SECOND * 60 ** self.chance.random()))
        self.down.append(Span(self.at, self.at + lasts))
        self.later(lasts, self._boot_unless_stopped)

    def _boot_unless_stopped(self) -> None:
        if self.centre is None and not self._within(self.plan.stops):
            self._boot()

    def _stops(self, span: Span) -> None:
        self._die(span.end - span.start)

    def _reload(self) -> None:
        gone = {span.who for span in self.plan.removals if span.covers(self.at)}
        for agent in self.agents.values():
            agent.last = {name: outcome for name, outcome in agent.last.items() if name not in gone}
        self.declared = {name: probe for name, probe in self.all.items() if name not in gone}
        self._version()
        self.note("declared", *self.declared)

    def _version(self) -> None:
        """The centre tells since when its probes are as they are; while there is none, nobody does."""
        if self.centre is not None and self.plan.minding:
            self.store.record_versions([making.version(name, self.now) for name in self.declared], self.now)

    def _voices(self, ended: Mapping[str, datetime], now: datetime) -> Mapping[str, Voice]:
        return voices_of(self.heartbeats.values(), ended, (), now)

    def _beat(self) -> None:
        """Every agent that can says that it lives, four times a minute."""
        for region, agent in self.agents.items():
            if not self._dead(region) and not self._cut(region):
                self.heartbeats[region] = Heartbeat(
                    region, "1", self.now, "0", "", NOON, spool_depth=len(agent.spool), spool_oldest=agent.oldest
                )

    def _tick(self) -> None:
        self.store.crashes = self.plan.crashes if self.at < self.plan.chaos else 0.0
        for region in self.agents:
            self._deliver(region)
        if self._within(self.plan.database) or self.centre is None:
            self.troubled = self.at
        elif self.plan.minding and self.at // TICK % 3 == 0:
            self._beat()
        self._turn()
        self._look()

    def _turn(self) -> None:
        if self.centre is None:
            return
        self.turns += 1
        try:
            report = self.centre.turn(self.now)
        except StoreError:
            self.troubled = self.at
            return
        except Died:
            self._die()
            return
        finally:
            self._consult()
        if report.failed:
            raise AssertionError(f"the judge broke at {self.at} ms over {report.failed}")
        for owed in report.decision.notifications:
            self.note(owed.occasion, owed.channel, owed.level, owed.id)
        for watch in self.watchers:
            watch(self)

    def _consult(self) -> None:
        for judged in self.store.judged:
            self.oracle.follow(judged, self.declared)
        self.store.judged.clear()

    def _somebody_acts(self) -> None:
        """A person acknowledges what is open, and asks for a run of everything."""
        if self.centre is None or self._within(self.plan.database):
            return
        for incident in self.store.incidents(current=True):
            self.store.acknowledge(incident.id, "ann", self.now)
        for probe in self.declared.values():
            for region in probe.regions:
                self._on_slot(RunKey("test", probe.name, region.name, self.now, RunKind.MANUAL))

    # The sender

    def _owed(self) -> None:
        self.later(1, self._look)

    def _look(self) -> None:
        if self.sender is None:
            return
        try:
            batches = self.sender.gather()
        except StoreError:
            return
        for batch in batches:
            fate, takes = self.receivers[batch.channel].draw(self.at)
            life = self.life
            self.later(takes, lambda one=batch, life=life, fate=fate: self._arrives(one, life, fate))  # type: ignore[misc]

    def _arrives(self, batch: Batch, life: int, fate: str) -> None:
        receiver = self.receivers[batch.channel]
        receiver.now, receiver.fate = self.at, fate
        self.note("attempt", fate, life == self.life, *(one.notification.id for one in batch.deliveries))
        if life != self.life or self.sender is None:  # it died meanwhile; what was on its way may have got there
            if fate in ANSWERS and len(batch.deliveries) == 1 and self.chance.random() < 0.5:
                receiver.take(batch.deliveries[0].notification)
            return
        try:
            self.sender.deliver_together(batch)
        except StoreError:
            return
        except Died:
            self._die()
        self.later(1, self._look)

    def _unwilling(self) -> float:
        return self.plan.unwilling if self.at < self.plan.chaos else 0.0

    def hushed(self, probe: str) -> bool:
        """Whether somebody asked for silence about it now."""
        return self._within(_of(self.plan.quiets, probe))

    def _within(self, spans: tuple[Span, ...]) -> bool:
        return any(span.covers(self.at) for span in spans)


def _of(spans: tuple[Span, ...], who: str) -> tuple[Span, ...]:
    return tuple(span for span in spans if span.who == who)
