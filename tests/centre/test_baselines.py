"""What is usual is read from kept runs, bit by bit, and each day once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from synthmon.app.usual import tell_usual, usual
from synthmon.centre import Centre
from synthmon.centre.baselines import MOST_AT_ONCE, Baselines
from synthmon.judge.baseline import day_of
from synthmon.model.history import RunRow
from synthmon.store.interface import Store
from synthmon.store.memory import MemoryStore
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from tests.judge.test_baseline import COMPARING, DAY, figure
from tests.judge.world import POLICY, run
from tests.making import NOON, at, probe

PAIR = ("checkout", "local")
PROBES = {"checkout": COMPARING}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    upgrade(tmp_path / "synthmon.db")
    opened = open_store(tmp_path / "synthmon.db")
    yield opened
    opened.close()


def keep(store: Store, ago: int, latency: float, many: int = 24) -> None:
    slots = [at(-DAY * ago - 43_200 + 3_600 * number) for number in range(many)]
    store.keep([run(slot, "P", latency=latency, duration=latency) for slot in slots])


def test_the_kept_runs_of_the_days_before_are_what_is_usual(store: Store) -> None:
    for ago in range(5):
        keep(store, ago, 2.0 if ago == 0 else 1.0)
    found = Baselines(store).look(PROBES, NOON)

    assert figure(found[PAIR]) == pytest.approx(1.0, rel=0.01)


class Reading(MemoryStore):
    """Counts the days that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[str, int]] = []

    def run_rows(self, **which: Any) -> list[RunRow]:
        self.read.append((which["region"], day_of(which["start"])))
        return super().run_rows(**which)


def test_no_look_reads_much_and_no_day_is_read_twice() -> None:
    reading = Reading()
    probes = {name: probe(name, alerts=COMPARING.alerts) for name in "abc"}
    baselines = Baselines(reading)
    for _ in range(10):
        before = len(reading.read)
        baselines.look(probes, NOON)
        assert len(reading.read) - before <= MOST_AT_ONCE
    assert len(reading.read) == 27
    baselines.look(probes, NOON + timedelta(days=1))
    assert len(reading.read) == 30


def test_who_does_not_ask_costs_nothing() -> None:
    reading = Reading()

    assert Baselines(reading).look({"checkout": probe()}, NOON) == {}
    assert reading.read == []


def test_a_day_is_read_an_hour_after_its_end_since_results_come_late() -> None:
    reading = Reading()
    baselines, midnight = Baselines(reading), datetime(2026, 3, 3, tzinfo=NOON.tzinfo)
    baselines.look(PROBES, midnight + timedelta(minutes=59))
    assert ("local", day_of(NOON)) not in reading.read

    baselines.look(PROBES, midnight + timedelta(minutes=61))
    assert ("local", day_of(NOON)) in reading.read


def test_the_centre_holds_runs_against_it(store: Store) -> None:
    for ago in range(1, 6):
        keep(store, ago, 1.0)
    centre = Centre(store, lambda: PROBES, lambda: POLICY)
    centre.turn(at(-60))
    for minute in range(12):
        slow = run(at(60.0 * minute), "P", latency=1.6, duration=1.6)
        store.keep([slow])
        centre.turn(at(60.0 * minute + 2))

    (incident,) = store.incidents(current=True)
    assert incident.reason.startswith("slow: p95 is 1.60 s over 10 min, more than 50 % above the usual ")


def test_whoever_looks_beside_the_daemon_reads_the_same_and_says_it(store: Store) -> None:
    for ago in range(1, 3):
        keep(store, ago, 1.0)
    few = list(tell_usual(store, COMPARING, NOON))
    keep(store, 3, 1.0)
    enough = list(tell_usual(store, COMPARING, NOON))

    assert few == [
        "slower than usual, local: nothing is usual yet: 2 of 3 days are known with 20 runs or more, of the last 7"
    ]
    assert enough == ["slower than usual, local: more than 50 % above the usual 990 ms"]
    assert list(tell_usual(store, probe(), NOON)) == []
    assert figure(usual(store, [COMPARING], NOON, NOON)[PAIR]) == figure(Baselines(store).look(PROBES, NOON)[PAIR])
