"""Several centres on one store: whoever leads judges, whoever led writes nothing, and each decision is made once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from synthmon.centre import Centre, CentrePorts, Lead
from synthmon.errors import Fenced, StoreError
from synthmon.judge import Policy
from synthmon.model.incident import Decision, Health, RegionState
from synthmon.model.term import Term
from synthmon.store.interface import Gathered, Store
from synthmon.store.memory import MemoryStore
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from tests.judge.world import POLICY, run
from tests.making import NOON, at, probe, version

EVER = at(-99_999), at(999_999)


@dataclass
class Replica:
    """A centre of one process; `term` is what that process believes of its leadership."""

    name: str
    store: Store
    policy: Policy = POLICY
    term: Term | None = None
    begun: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        lead = Lead(lambda: self.term, self.begun.append, runs_probes=False)
        self.centre = Centre(self.store, lambda: {"checkout": probe()}, lambda: self.policy, CentrePorts(lead=lead))

    def win(self, now: datetime = NOON) -> Term:
        self.term = self.store.elect(self.name, now)
        return self.term

    def live(self, now: datetime) -> None:
        """One round of its loop."""
        self.centre._attempt(now)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    where = tmp_path / "synthmon.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    upgrade(where)
    opened = open_store(where)
    yield opened
    opened.close()


EPOCH = int(NOON.timestamp())  # of the first term that begins then


def told(store: Store) -> list[str]:
    return [str(delivery.notification.occasion) for delivery in reversed(store.deliveries())]


def overall(store: Store) -> list[Health]:
    return [change.health for change in store.health_changes(*EVER) if change.region is None]


def test_only_the_leader_judges(store: Store) -> None:
    leader, other = Replica("ada", store), Replica("ben", store)
    leader.win()
    store.keep([run(NOON, "F"), run(NOON, "f")])
    other.live(at(6))
    assert (2, []) == (len(store.gather().runs), store.incidents())
    leader.live(at(6))
    assert ["trigger"] == told(store)
    assert ([EPOCH], []) == (leader.begun, other.begun)


def test_a_former_leader_that_goes_on_where_it_stopped_writes_nothing_and_steps_down(store: Store) -> None:
    former, leader = Replica("ada", store), Replica("ben", store)
    former.win()
    former.live(NOON)
    leader.win()
    store.keep([run(NOON, "F"), run(NOON, "f")])
    before = dict(store.notes()), store.gather()
    with capture_logs() as lines:
        former.live(at(60))
    assert before == (dict(store.notes()), store.gather())
    assert ([], []) == (store.incidents(), store.health_changes(*EVER))
    assert ["judge.fenced"] == [line["event"] for line in lines]
    assert former.centre.trouble is None

    former.term = None
    leader.live(at(61))
    former.live(at(62))
    assert ["trigger"] == told(store)


def test_a_leader_that_was_one_before_believes_nothing_of_what_it_knew(store: Store) -> None:
    """In between, the outage was judged, told and resolved by another one."""
    first, second = Replica("ada", store), Replica("ben", store)
    first.win()
    store.keep([run(NOON, "P")])
    first.live(at(1))
    first.term = None
    second.win()
    store.keep([run(at(60), "F"), run(at(60), "f")])
    second.live(at(66))
    first.live(at(67))
    second.term = None
    first.win()
    store.keep([run(at(120), "P"), run(at(180), "P")])
    first.live(at(181))
    assert ["trigger", "resolve"] == told(store)
    assert [Health.UP, Health.DOWN, Health.UP] == overall(store)


class Overtaken(MemoryStore):
    """Has another one begin to lead, and judge, between what the next turn reads and what it writes."""

    meanwhile: Callable[[], None] | None = None

    def gather(self, limit: int = 500, *, states: bool = True) -> Gathered:
        gathered = super().gather(limit, states=states)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return gathered


def test_a_change_in_the_middle_of_a_turn_makes_no_decision_twice() -> None:
    store = Overtaken()
    first, second = Replica("ada", store), Replica("ben", store)
    first.win()
    store.keep([run(NOON, "F"), run(NOON, "f")])

    def meanwhile() -> None:
        second.win()
        second.live(at(6))

    store.meanwhile = meanwhile
    first.live(at(6))
    (incident,) = store.incidents()
    assert ["trigger"] == told(store)
    assert ["began", "opened"] == [event.what for event in store.events(incident.id)]
    assert [Health.DOWN] == overall(store)


def test_a_hundred_changes_at_random_instants_judge_everything_once() -> None:
    """Results trickle in while leaders change in the middle of turns; as many events as one leader would have made."""
    chance = random.Random(7)
    letters = "".join(chance.choice("PPPF") for _ in range(600))
    store, alone = Overtaken(), MemoryStore()
    replicas = [Replica(name, store) for name in ("ada", "ben", "eve")]
    single = Replica("single", alone)
    single.win()
    epochs = [replicas[0].win().epoch]

    def change_to(new: Replica, now: datetime) -> Callable[[], None]:
        def meanwhile() -> None:
            epochs.append(new.win(now).epoch)
            if chance.random() < 0.5:
                new.live(now)  # the former leader has not noticed yet

        return meanwhile

    for number, letter in enumerate(letters):
        now = at(60 * number + 1)
        for kept in (store, alone):
            kept.keep([run(at(60 * number), letter)])
        if number % 6 == 0:
            new = chance.choice([one for one in replicas if one.term is None] or replicas)
            store.meanwhile = change_to(new, now)
        for one in chance.sample(replicas, 3):
            one.live(now)
        newest = store.term()
        for one in replicas:
            one.live(now)
            if one.term != newest:
                one.term = None  # noticed: the session with the lock is gone
        single.live(now)
    assert len(epochs) > 100
    assert sorted(set(epochs)) == epochs
    assert shape(alone) == shape(store)


def shape(store: MemoryStore) -> list[object]:
    """What was decided, without the instants at which it was."""
    return [
        [(one.probe, one.began_at, one.resolved_at is None) for one in store.incidents()],
        [event.what for one in reversed(store.incidents()) for event in store.events(one.id)],
        [(one.notification.incident_id, str(one.notification.occasion)) for one in store.deliveries()],
        [(change.region, change.health) for change in store.health_changes(*EVER)],
        store.gather().watermark,
    ]


class InDoubt(MemoryStore):
    """Commits, and then says that it does not know whether it did."""

    doubtful = False

    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        super().apply(decision, epoch)
        if self.doubtful and (decision.incidents or decision.health):
            self.doubtful = False
            raise StoreError("the connection was lost")


def test_a_commit_in_doubt_is_not_done_again() -> None:
    store = InDoubt()
    replica = Replica("ada", store)
    replica.win()
    store.keep([run(NOON, "P")])
    replica.live(at(1))
    store.doubtful = True
    store.keep([run(at(60), "F"), run(at(60), "f")])
    replica.live(at(66))
    assert "the judge cannot use the database: the connection was lost" == replica.centre.trouble
    replica.live(at(67))
    (incident,) = store.incidents()
    assert ["began", "opened"] == [event.what for event in store.events(incident.id)]
    assert (["trigger"], [Health.UP, Health.DOWN]) == (told(store), overall(store))
    assert replica.centre.trouble is None


def test_a_term_that_cannot_be_begun_is_tried_again_before_anything_is_judged(store: Store) -> None:
    replica = Replica("ada", store)
    tries: list[int] = []

    def begin(epoch: int) -> None:
        tries.append(epoch)
        if len(tries) == 1:
            raise StoreError("away")

    lead = Lead(lambda: replica.term, begin)
    replica.centre = Centre(store, lambda: {"checkout": probe()}, lambda: POLICY, CentrePorts(lead=lead))
    replica.win()
    store.keep([run(NOON, "F"), run(NOON, "f")])
    replica.live(at(6))
    assert ([EPOCH], []) == (tries, store.incidents())
    replica.live(at(7))
    assert ([EPOCH, EPOCH], ["trigger"]) == (tries, told(store))


def test_a_centre_that_does_not_come_round_is_known(store: Store) -> None:
    replica = Replica("ada", store)
    replica.live(NOON)
    assert replica.centre.gets_on(60)
    assert not replica.centre.gets_on(0)


def test_a_change_of_leader_is_no_absence_where_agents_run_the_probes(store: Store) -> None:
    store.record_versions([version()], NOON)
    first, second = Replica("ada", store), Replica("ben", store)
    first.win()
    first.live(NOON)
    first.term = None
    second.win(at(600))
    second.live(at(600))
    reasons = {slot.reason for slot in store.missed(*EVER)}
    assert {"no_result"} == reasons


def test_fenced_is_told_apart_from_a_database_that_is_away(store: Store) -> None:
    store.elect("ada", NOON)
    store.elect("ben", NOON)
    with pytest.raises(Fenced):
        store.apply(Decision(1, states=(RegionState("checkout", "local"),)), 1)
    assert [] == store.states()
