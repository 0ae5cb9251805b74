"""Rollups are kept up by the leader: once a quarter is settled, again when it changes late, and again on demand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.typing import EventDict

from synthmon.app import rolling
from synthmon.app.late import UNTIL, rolled_until
from synthmon.app.reporting import ReportDesk
from synthmon.app.retention import Retention
from synthmon.app.rolling import Rolling, Sources
from synthmon.centre.lookout import Lookout
from synthmon.errors import Fenced
from synthmon.model.incident import Decision
from synthmon.model.probe import Probe
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.rollup import QUARTER, Grain, Rolled, Rollup
from synthmon.model.run import Outcome, RunResult
from synthmon.reports.figures.report import Report
from synthmon.schedule import slots
from synthmon.settings import RetentionSettings
from synthmon.store.interface import Store
from synthmon.store.memory import MemoryStore
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from tests.making import probe, run, version

DAY = timedelta(days=1)
MIDNIGHT = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
EVER = MIDNIGHT - 999 * DAY, MIDNIGHT + 999 * DAY


@dataclass
class House:
    """A store with a leader's rolling, and a clock."""

    store: Store
    now: datetime = MIDNIGHT
    kept: timedelta = 90 * DAY
    interval: float = 60.0
    probes: dict[str, Probe] = field(default_factory=lambda: {"checkout": probe()})

    def __post_init__(self) -> None:
        self.every(self.interval)
        self.rolling = Rolling(Sources(self.store, lambda: self.probes, tuple, lambda: self.kept), lambda: self.now)
        self.lookout = Lookout(self.store)

    def every(self, seconds: float) -> None:
        self.interval = seconds
        self.store.record_versions([version(interval=seconds)], MIDNIGHT)

    def lives(self, until: datetime, runs: Callable[[datetime], RunResult | None] = run) -> None:
        """A while at a time (30 slots of the probe): results, then the judge, missed slots and rollups."""
        while self.now < until:
            step = 30 * timedelta(seconds=self.interval)
            due = slots("checkout", "local", self.interval, self.now, self.now + step)
            self.now += step
            self.store.keep([made for slot in due if (made := runs(slot)) is not None])
            self.turn()

    def turn(self) -> None:
        self.store.apply(Decision(self.store.gather(9999).watermark))
        while self.lookout.note_missed(self.now):
            pass
        while not self.rolling.turn():
            pass

    def rollups(self, name: str = "checkout") -> list[Rollup]:
        return self.store.rollups(*EVER, name)

    def report(self, day: datetime, folder: Path) -> Report:
        desk = ReportDesk(self.store, "test", UTC, folder, tuple, lambda: self.kept)
        return desk.daily(day.date(), self.now, self.probes)


@pytest.fixture(params=["memory", "sqlite"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if request.param == "memory":
        yield House(MemoryStore())
        return
    upgrade(tmp_path / "synthmon.db")
    store = open_store(tmp_path / "synthmon.db")
    yield House(store)
    store.close()


def some(chance: random.Random) -> Callable[[datetime], RunResult | None]:
    outcomes = [Outcome.PASSED] * 6 + [Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, None]

    def made(slot: datetime) -> RunResult | None:
        outcome = chance.choice(outcomes)
        return None if outcome is None else replace(run(slot, outcome), latency=chance.random())

    return made


def test_a_quarter_is_rolled_up_once_it_is_settled(house: House) -> None:
    house.lives(MIDNIGHT + timedelta(hours=3))
    until = rolled_until(house.store.notes())
    assert until is not None
    assert house.now - timedelta(hours=1, minutes=15) <= until <= house.now - timedelta(hours=1)
    assert [MIDNIGHT + number * QUARTER for number in range(len(house.rollups()))] == [
        one.bucket for one in house.rollups()
    ]
    assert {15} == {one.due for one in house.rollups()}
    assert {15} == {one.count(Outcome.PASSED) for one in house.rollups()}


def test_what_comes_late_is_counted_again_as_though_it_had_come_in_time(house: House, logs: list[EventDict]) -> None:
    made = some(random.Random(3))
    late: list[RunResult] = []

    def half(slot: datetime) -> RunResult | None:
        found = made(slot)
        if found is not None and MIDNIGHT + timedelta(hours=1) <= slot < MIDNIGHT + timedelta(hours=2):
            late.append(found)
            return None
        return found

    house.lives(MIDNIGHT + timedelta(hours=6), half)
    house.store.keep([*late, *late[:3]])
    house.turn()
    found = house.rollups()
    assert [MIDNIGHT + timedelta(hours=1) - QUARTER] == [
        datetime.fromisoformat(line["start"]) for line in logs if line["event"] == "rollups.counted_again"
    ]
    assert len(late) == sum(
        sum(one.outcomes.values()) - one.count(Outcome.MISSED)
        for one in found
        if MIDNIGHT + timedelta(hours=1) <= one.bucket < MIDNIGHT + timedelta(hours=2)
    )
    list(house.rolling.rebuild())
    assert found == house.rollups()


def test_maintenance_asked_for_afterwards_is_counted_once_it_is_over(house: House) -> None:
    house.lives(MIDNIGHT + timedelta(hours=4))
    start = MIDNIGHT + timedelta(hours=1)
    quiet = Quiet(QuietKind.MAINTENANCE, Selection(probe="checkout"), start, start + timedelta(hours=1), "disks", "ada")
    house.store.keep_quiet(quiet)
    house.turn()
    planned = [one.planned for one in house.rollups()]
    assert [0] * 4 + [15] * 4 == planned[:8]
    assert {0} == set(planned[8:])
    assert {0} == {one.due for one in house.rollups()[4:8]}


def test_rebuilding_gives_the_same_rows_however_spoilt_they_were(house: House) -> None:
    house.lives(MIDNIGHT + timedelta(hours=5), some(random.Random(5)))
    found = house.rollups()
    house.store.replace_rollups(
        "checkout", [Rolled(Grain.QUARTER, *EVER, tuple(replace(one, due=99) for one in found[::2]))]
    )
    assert len(found) == sum(number for _, number in house.rolling.rebuild())
    assert found == house.rollups()


def test_a_new_leader_goes_on_and_a_former_one_moves_no_mark(house: House) -> None:
    house.lives(MIDNIGHT + timedelta(hours=2))
    before = dict(house.store.notes())
    former = house.store.elect("ada", MIDNIGHT).epoch
    house.store.elect("ben", MIDNIGHT)
    house.now += timedelta(hours=3)
    house.lookout.note_missed(house.now)
    with pytest.raises(Fenced):
        house.rolling.turn(former)
    assert before[UNTIL] == house.store.notes()[UNTIL]


def test_a_turn_ends_in_time_and_the_next_one_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "AT_MOST", -1.0)
    house.now += timedelta(hours=9)
    while house.lookout.note_missed(house.now):
        pass
    assert not house.rolling.turn()
    assert [] == house.rollups()


def test_runs_stay_until_they_are_rolled_up(house: House) -> None:
    house.lives(MIDNIGHT + timedelta(hours=6))
    house.now += 200 * DAY
    keeper = Retention(house.store, RetentionSettings, lambda: house.now)
    keeper.turn()
    assert 360 == len(house.store.run_rows())


def test_a_day_whose_runs_are_gone_reads_as_it_did(house: House, tmp_path: Path) -> None:
    house.every(300.0)
    house.lives(MIDNIGHT + 3 * DAY, some(random.Random(9)))
    day = MIDNIGHT + DAY
    before = house.report(day, tmp_path)
    house.kept = timedelta(hours=30)
    house.lives(house.now + timedelta(hours=30))
    keeper = Retention(house.store, lambda: RetentionSettings(house.kept, house.kept), lambda: house.now)
    while not keeper.turn():
        pass
    assert [] == house.store.run_rows(start=day, end=day + DAY)
    after = house.report(day, tmp_path)
    (was,), (now,) = before.probes, after.probes
    assert pytest.approx(was.total.good) == now.total.good
    assert pytest.approx(was.total.bad) == now.total.bad
    whole = ("good_runs", "bad_runs", "due", "planned")
    assert [getattr(was.total, name) for name in whole] == [getattr(now.total, name) for name in whole]
    assert dict(was.total.by_outcome or {}) == {
        outcome: (now.total.by_outcome or {}).get(outcome, 0) for outcome in was.total.by_outcome or {}
    }
    assert was.steps == now.steps
    assert before.last_result == after.last_result
    assert (None, None) == (before.remark, after.remark)  # of one region nothing is lost


def test_a_day_that_is_half_gone_is_counted_from_both(house: House, tmp_path: Path) -> None:
    house.every(300.0)
    house.lives(MIDNIGHT + 2 * DAY, some(random.Random(11)))
    before = house.report(MIDNIGHT, tmp_path)
    house.kept = timedelta(hours=35)
    after = house.report(MIDNIGHT, tmp_path)
    (was,), (now,) = before.probes, after.probes
    assert pytest.approx(was.total.good) == now.total.good
    assert (was.total.due, was.total.good_runs, was.total.bad_runs) == (
        now.total.due,
        now.total.good_runs,
        now.total.bad_runs,
    )
    assert 2 == len(now.steps)
