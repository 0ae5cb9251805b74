"""The loop of the centre: what is kept is judged soon, and trouble in one place stops nothing elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from synthmon.centre import Centre, CentrePorts
from synthmon.centre.ports import Rhythm
from synthmon.errors import RefusedByStore, StoreError
from synthmon.judge import Policy, Situation, decide
from synthmon.model.incident import Decision, Health, Occasion
from synthmon.model.probe import Probe
from synthmon.model.run import RunResult
from synthmon.store.interface import Store
from synthmon.store.memory import MemoryStore
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from tests.judge.world import POLICY, regions, run
from tests.making import NOON, at, probe


@dataclass
class Room:
    """A centre on a store, with what is declared around it."""

    store: Any
    probes: dict[str, Probe] = field(default_factory=lambda: {"checkout": probe()})
    policy: Policy = POLICY
    owed: int = 0
    rhythm: Rhythm = field(default_factory=Rhythm)

    def __post_init__(self) -> None:
        self.centre = self.another()

    def another(self) -> Centre:
        """The centre of a process that starts now."""
        return Centre(self.store, self._declared, lambda: self.policy, CentrePorts(self._heard), self.rhythm)

    def hear(self, *runs: RunResult, now: datetime | None = None) -> list[str]:
        """Keep the runs, take a turn, and say what is owed because of it."""
        before = {delivery.notification.id for delivery in self.store.deliveries()}
        self.store.keep(runs)
        self.centre.turn(now or runs[-1].key.slot + timedelta(seconds=1))
        after = reversed(self.store.deliveries())
        return [
            f"{delivery.notification.occasion} {delivery.notification.channel}"
            for delivery in after
            if delivery.notification.id not in before
        ]

    def _declared(self) -> Mapping[str, Probe]:
        return self.probes

    def _heard(self) -> None:
        self.owed += 1


@pytest.fixture
def room() -> Room:
    return Room(MemoryStore())


@pytest.fixture(params=["memory", "sqlite"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    upgrade(tmp_path / "synthmon.db")
    store = open_store(tmp_path / "synthmon.db")
    yield store
    store.close()


def test_an_outage_is_paged_and_resolved_over_a_real_store(any_store: Store) -> None:
    room = Room(any_store)

    assert [] == room.hear(run(NOON, "P"))
    assert [] == room.hear(run(at(60), "F"))
    assert ["trigger pager"] == room.hear(run(at(60), "f"), now=at(66))
    assert [] == room.hear(run(at(120), "P"))
    assert ["resolve pager"] == room.hear(run(at(180), "P"))
    (incident,) = any_store.incidents()
    assert (at(60), at(66), at(181)) == (incident.began_at, incident.opened_at, incident.resolved_at)
    assert ["began", "opened", "resolved"] == [event.what for event in any_store.events(incident.id)]
    assert [Health.UP, Health.DOWN, Health.UP] == [
        change.health for change in any_store.health_changes(NOON, at(999)) if change.region is None
    ]
    assert 2 == room.owed


def test_a_restart_goes_on_from_what_was_kept(any_store: Store) -> None:
    room = Room(any_store)
    room.hear(run(NOON, "P"), run(at(60), "F"))
    room.centre = room.another()
    assert ["trigger pager"] == room.hear(run(at(60), "f"))
    room.centre = room.another()
    assert [] == room.hear(run(at(120), "P"))
    room.centre = room.another()
    assert ["resolve pager"] == room.hear(run(at(180), "P"))
    changes = [change for change in any_store.health_changes(NOON, at(999)) if change.region is None]
    assert [Health.UP, Health.DOWN, Health.UP] == [change.health for change in changes]


def test_a_crash_between_keeping_and_judging_loses_no_incident(any_store: Store) -> None:
    any_store.keep([run(NOON, "P"), run(at(60), "F"), run(at(60), "f")])

    Room(any_store).centre.turn(at(66))
    assert ["trigger"] == [delivery.notification.occasion for delivery in any_store.deliveries()]


def test_a_turn_judges_more_than_one_batch(room: Room) -> None:
    room.rhythm = Rhythm(batch=3)
    room.centre = room.another()
    room.store.keep([run(at(60.0 * number), "P") for number in range(20)])

    assert 20 == room.centre.turn(at(1200)).runs
    assert 0 == room.centre.turn(at(1201)).runs
    assert at(19 * 60) == room.store.states()[0].last_slot


def test_silence_is_noticed_without_a_run(room: Room) -> None:
    room.hear(run(NOON, "P"))
    room.centre.turn(at(134))
    assert [Health.UP] == overall(room.store)

    room.centre.turn(at(140))
    assert [Health.UP, Health.UNKNOWN] == overall(room.store)


def test_a_regional_outage_becomes_a_ticket_by_time_alone(room: Room) -> None:
    room.probes = {"checkout": everywhere()}
    room.hear(*(run(NOON, "P", region) for region in ("eu", "us", "ap")))
    room.hear(run(at(60), "F", "eu"), run(at(60), "f", "eu"), run(at(60), "P", "us"), run(at(60), "P", "ap"))
    assert [] == room.store.incidents()

    room.centre.turn(at(181))
    (ticket,) = room.store.incidents()
    assert ("ticket", ("eu",)) == (ticket.severity, ticket.regions)


def test_a_removed_probe_is_wound_up_by_the_next_sweep(room: Room) -> None:
    room.hear(run(NOON, "F"), run(NOON, "f"))
    room.probes = {}

    assert [] == room.hear(run(at(60), "F"), now=at(2))
    room.centre.turn(at(66))
    occasions = [delivery.notification.occasion for delivery in room.store.deliveries()]
    assert [Occasion.RESOLVE, Occasion.TRIGGER] == occasions
    assert "the probe was removed" == room.store.incidents()[0].resolved_because


def test_one_probe_that_cannot_be_judged_stops_no_other() -> None:
    room = Room(MemoryStore(), {name: probe(name) for name in ("checkout", "login")})
    room.hear(*(run(NOON, letter, name=name) for name in ("checkout", "login") for letter in "Ff"), now=at(6))
    poisoned = replace(room.probes["login"], interval="a minute")  # type: ignore[arg-type]
    room.probes["login"] = poisoned

    room.store.keep([run(at(60), "P", name=name) for name in ("login", "checkout")])
    room.store.keep([run(at(120), "P", name=name) for name in ("login", "checkout")])
    with capture_logs() as lines:
        report = room.centre.turn(at(121))

    assert ("login",) == report.failed
    assert {("judge.failed", "login")} == {(line["event"], line["probe"]) for line in lines if line.get("exc_info")}
    current = room.store.incidents(current=True)
    assert ["login"] == [incident.probe for incident in current]
    assert 0 == room.centre.turn(at(122)).runs


def test_a_probe_that_was_poisoned_is_judged_again_once_it_is_mended(room: Room) -> None:
    room.hear(run(NOON, "F"), run(NOON, "f"), now=at(6))
    mended = room.probes["checkout"]
    room.probes["checkout"] = replace(mended, regions=None)  # type: ignore[arg-type]
    assert [] == room.hear(run(at(60), "P"))
    room.probes["checkout"] = mended

    assert [] == room.hear(run(at(120), "P"))
    assert ["resolve pager"] == room.hear(run(at(180), "P"))


class Refusing(MemoryStore):
    """Takes no decision about the probes named; `away` takes nothing at all."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[str] = set()
        self.away = False

    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        if self.away:
            raise StoreError("the database does not like it")
        if self.refused & {state.probe for state in decision.states}:
            raise RefusedByStore("the database does not like it")
        super().apply(decision, epoch)


def test_a_decision_that_the_store_refuses_holds_up_no_other() -> None:
    store = Refusing()
    room = Room(store, {name: probe(name) for name in ("checkout", "login")})
    store.refused = {"login"}

    runs = [run(NOON, letter, name=name) for name in ("login", "checkout") for letter in "Ff"]
    assert ["trigger pager"] == room.hear(*runs, now=at(6))
    assert ["checkout"] == [incident.probe for incident in store.incidents()]
    assert 0 == room.centre.turn(at(7)).runs


def test_the_only_decision_being_refused_is_first_taken_for_trouble_with_the_database() -> None:
    store = Refusing()
    room = Room(store)
    store.refused = {"checkout"}
    store.keep([run(NOON, "F"), run(NOON, "f")])

    with pytest.raises(StoreError):
        room.centre.turn(at(6))
    assert ("checkout",) == room.centre.turn(at(7)).failed
    assert 0 == room.centre.turn(at(8)).runs


def test_what_could_not_be_applied_is_judged_again_when_the_database_is_back() -> None:
    store = Refusing()
    room = Room(store)
    room.hear(run(NOON, "P"))
    store.away = True
    store.keep([run(at(60), "F"), run(at(60), "f")])
    for second in range(66, 70):
        with pytest.raises(StoreError):
            room.centre.turn(at(second))
    assert [] == store.deliveries()

    store.away = False
    room.centre.turn(at(71))
    assert ["trigger"] == [delivery.notification.occasion for delivery in store.deliveries()]
    assert at(60) == store.incidents()[0].began_at


def test_an_acknowledgement_made_while_the_judge_decides_is_not_lost(any_store: Store) -> None:
    room = Room(any_store)
    room.hear(run(NOON, "F"), run(NOON, "f"), now=at(6))
    (incident,) = any_store.incidents()
    any_store.acknowledge(incident.id, "maria", at(7))

    room.hear(run(at(60), "F"))
    (incident,) = any_store.incidents()
    assert "maria" == incident.acknowledged_by
    assert incident.current


def test_one_line_is_logged_for_each_decision(room: Room) -> None:
    with capture_logs() as lines:
        room.hear(run(NOON, "P"), run(at(60), "F"), now=at(61))
        room.hear(run(at(60), "f"), now=at(66))
        room.hear(run(at(120), "P"), run(at(180), "P"), now=at(181))

    assert ["health.changed", "incident.opened", "health.changed", "incident.resolved", "health.changed"] == [
        line["event"] for line in lines
    ]
    opened = lines[1]
    assert ("checkout", "down", "page", ["local"]) == (
        opened["probe"],
        opened["track"],
        opened["severity"],
        opened["regions"],
    )


@contextmanager
def running(room: Room, now: datetime) -> Iterator[threading.Event]:
    """The loop in a thread, on a clock that stands still; gives the event that wakes it."""
    stop, wake = threading.Event(), threading.Event()
    thread = threading.Thread(target=room.centre.run, args=(stop, wake, lambda: now))
    thread.start()
    try:
        yield wake
    finally:
        stop.set()
        wake.set()
        thread.join(5)
        assert not thread.is_alive()


def test_from_kept_to_decided_it_takes_less_than_a_tenth_of_a_second(room: Room) -> None:
    decided = threading.Event()
    room.rhythm = Rhythm(idle=30)
    room.centre = Centre(room.store, lambda: room.probes, lambda: room.policy, CentrePorts(decided.set), room.rhythm)

    with running(room, at(6)) as wake:
        for _ in range(500):
            if room.centre.last_turn_at:
                break
            time.sleep(0.01)
        room.store.keep([run(NOON, "F"), run(NOON, "f")])
        began = time.perf_counter()
        wake.set()
        assert decided.wait(5)
        seconds = time.perf_counter() - began
    assert seconds < 0.1


def test_the_loop_outlives_a_database_that_is_away_and_says_so() -> None:
    store = Refusing()
    room = Room(store, rhythm=Rhythm(idle=0.01))
    store.away = True
    store.keep([run(NOON, "F"), run(NOON, "f")])

    with running(room, at(6)):
        _wait_for(lambda: room.centre.trouble is not None)
        assert "the judge cannot use the database: the database does not like it" == room.centre.trouble
        store.away = False
        _wait_for(lambda: bool(store.deliveries()))
        _wait_for(lambda: room.centre.trouble is None)


def test_the_loop_outlives_a_defect_and_says_so() -> None:
    room = Room(MemoryStore(), rhythm=Rhythm(idle=0.01))

    def broken() -> Policy:
        raise ZeroDivisionError("no policy")

    room.centre = Centre(room.store, lambda: room.probes, broken, rhythm=room.rhythm)
    with running(room, at(6)):
        _wait_for(lambda: room.centre.trouble is not None)
    assert "the judge failed: ZeroDivisionError: no policy" == room.centre.trouble


def test_what_was_kept_while_stopping_is_still_judged(room: Room) -> None:
    stop, wake = threading.Event(), threading.Event()
    stop.set()
    room.store.keep([run(NOON, "F"), run(NOON, "f")])

    room.centre.run(stop, wake, lambda: at(6))
    assert 1 == len(room.store.incidents())


def test_the_runs_of_a_thousand_probes_in_three_regions_are_decided_on_in_one_turn() -> None:
    room = Room(MemoryStore(), {f"p{number}": everywhere(f"p{number}") for number in range(1000)})
    runs = [run(NOON, "P", region, name=name) for name in room.probes for region in ("eu", "us", "ap")]
    decision = decide(Situation(room.probes, runs), room.policy, at(1))
    assert 3000 == len(decision.states)


def overall(store: Store) -> list[Health]:
    return [change.health for change in store.health_changes(NOON, at(9999)) if change.region is None]


def everywhere(name: str = "checkout") -> Probe:
    return probe(name, regions=regions("eu", "us", "ap"))


def _wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within five seconds")


@pytest.mark.parametrize(("took", "pause"), [(0.0, 5), (0.25, 5), (0.45, 9), (4.0, 15), (60.0, 15)])
def test_sweeps_that_take_long_are_further_apart_but_not_by_much(took: float, pause: float) -> None:
    assert timedelta(seconds=pause) == Rhythm().until_next_sweep(took)
