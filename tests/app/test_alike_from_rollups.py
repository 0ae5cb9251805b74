"""A report that is counted from rollups is, figure by figure and byte by byte, the one that its runs would give."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from synthmon.app.gathering import Gathering, Question
from synthmon.app.rolling import Rolling, Sources
from synthmon.centre.lookout import Lookout
from synthmon.model.history import ProbeVersion, RunRow
from synthmon.model.incident import Decision, Health
from synthmon.model.probe import Objective, Probe, ProbeRegion
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import FailureKind, Outcome, Quality, RunKind, RunResult
from synthmon.reports.figures.period import Period, day, days
from synthmon.reports.figures.report import Frame, Report, build
from synthmon.reports.html import render
from synthmon.schedule import slots
from synthmon.store.memory import MemoryStore
from tests.making import change, failure, probe, run, step, version

KEPT = timedelta(days=90)
CASES = [
    ("UTC", date(2026, 3, 3)),
    ("Europe/Berlin", date(2026, 3, 29)),  # 23 hours
    ("Asia/Kolkata", date(2026, 3, 3)),  # days begin at half past an hour in UTC
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour more
    ("Pacific/Chatham", date(2026, 3, 4)),  # quarters
]
OUTCOMES = [Outcome.PASSED] * 12 + [Outcome.DEGRADED, Outcome.FAILED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED]
OBJECTIVES = (Objective("available", 0.99, 2 * 86_400.0), Objective("fast", 0.95, 90_000.0, within=0.2))


class World:
    """Two days of a probe of two steps in two regions, rolled up as they pass; then its reports."""

    def __init__(self, seed: int, zone: tzinfo, last: date) -> None:
        self.chance, self.zone = random.Random(seed), zone
        self.first, self.end = last - timedelta(days=1), day(last, zone).end
        self.start = day(self.first, zone).start
        self.store, self.now = MemoryStore(), self.start
        regions = (ProbeRegion("eu"), ProbeRegion("us"))
        self.probes: dict[str, Probe] = {"checkout": probe(regions=regions, objectives=OBJECTIVES)}
        sources = Sources(self.store, lambda: self.probes, tuple, lambda: KEPT, zone)
        self.rolling = Rolling(sources, lambda: self.now)
        self.late: list[RunResult] = []

    def lives(self, beyond: timedelta) -> None:
        changed = self.start + timedelta(hours=31, minutes=7)
        self.store.record_versions([self._version(1200.0)], self.start)
        self._until(changed, 1200.0)
        self.store.record_versions([self._version(900.0)], changed)
        self._until(self.end + beyond, 900.0)
        self.store.keep(self.late)

    def _version(self, interval: float) -> ProbeVersion:
        return version(interval=interval, regions=("eu", "us"), content_hash=str(int(interval)) * 8)

    def _until(self, end: datetime, interval: float) -> None:
        while self.now < end:
            until = min(self.now + timedelta(hours=2), end)
            for region in ("eu", "us"):
                tick = timedelta(milliseconds=1)
                for slot in slots("checkout", region, interval, self.now - tick, until - tick):
                    self.store.keep(list(self._of(slot, region)))
            self.now = until
            gathered = self.store.gather(9999)
            believed = change(self.now, self.chance.choice([Health.UP, Health.UP, Health.DOWN]))
            self.store.apply(Decision(gathered.watermark, health=(believed,)))
            while Lookout(self.store).note_missed(self.now):
                pass
            while not self.rolling.turn():
                pass

    def _of(self, slot: datetime, region: str) -> Iterator[RunResult]:
        chance = self.chance
        outcome = chance.choice([*OUTCOMES, None])
        if outcome is None:
            return
        made = self._made(slot, region, outcome)
        if chance.random() < 0.03:
            self.late.append(made)
        else:
            yield made
        if outcome is Outcome.FAILED:
            yield run(slot, Outcome.PASSED, region=region, kind=RunKind.CONFIRM, n=1, flaky=True)

    def _made(self, slot: datetime, region: str, outcome: Outcome) -> RunResult:
        chance = self.chance
        latency = chance.lognormvariate(-1.5, 0.6)
        steps = [step("log-in", latency=latency / 3, captured={"release": f'"{1 + slot.day // 2}.0"'})]
        steps += [step("pay", outcome, latency=latency / 2, unverified="checks are switched off")]
        kinds = [FailureKind.STATUS, FailureKind.TIMEOUT, FailureKind.SCHEMA]
        if outcome is Outcome.FAILED:
            steps[1] = replace(steps[1], failures=(failure(chance.choice(kinds)),))
        if chance.random() < 0.1:
            steps.append(step("thank", latency=0.01, excused=True, latency_budget=None))
        untidy = step("cancel", chance.choice([Outcome.PASSED] * 9 + [Outcome.FAILED]))
        return replace(
            run(slot, outcome, region=region),
            steps=tuple(steps) if outcome is not Outcome.SKIPPED else (),
            cleanup=(untidy,),
            latency=latency,
            latency_budget=0.3,
            flaky=chance.random() < 0.05,
            quality=Quality(late=chance.random() / 50),
        )

    def report(self, period: Period, as_of: datetime, *, raw: bool) -> Report:
        question = Question(["checkout"], self.probes, period, as_of, raw)
        return build(Frame("test", period, as_of, "0" * 12), Gathering(self.store, question, (), KEPT).materials())


@pytest.mark.parametrize(
    ("zone", "last", "settled"),
    [*((zone, last, True) for zone, last in CASES), (*CASES[1], False)],
    ids=[*(name for name, _ in CASES), "with-late-results"],
)
def test_rollups_and_runs_give_the_same_report(zone: str, last: date, settled: bool) -> None:
    world = World(len(zone) + settled, ZoneInfo(zone), last)
    world.lives(timedelta(hours=3))
    if settled:
        while not world.rolling.turn():
            pass
    quiet = Quiet(
        QuietKind.MAINTENANCE,
        Selection(probe="checkout"),
        world.end - timedelta(hours=9, minutes=7),
        world.end - timedelta(hours=8),
        "disks",
        "ada",
    )
    world.store.keep_quiet(quiet)
    if settled:
        while not world.rolling.turn():
            pass
    inside = world.end - timedelta(hours=5, minutes=13, seconds=7)
    for period in (day(last, world.zone), days(world.first, last, world.zone)):
        for as_of in (world.now, inside):
            counted = world.report(period, as_of, raw=False)
            from_runs = world.report(period, as_of, raw=True)
            for one, other in zip(counted.probes, from_runs.probes, strict=True):
                assert one.total == other.total
                assert one.objectives == other.objectives
                assert one.steps == other.steps
                assert one.region_steps == other.region_steps
                assert one.course == other.course
                assert one.beyond == other.beyond
            assert counted == from_runs
            assert render(counted) == render(from_runs)


def test_runs_of_what_is_rolled_up_are_read_when_somebody_asks_where_regions_disagreed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(7, ZoneInfo("UTC"), date(2026, 3, 3))
    world.probes = {"checkout": probe(regions=(ProbeRegion("eu"), ProbeRegion("us")))}  # no window cuts a quarter
    world.lives(timedelta(hours=3))
    while not world.rolling.turn():
        pass
    asked: list[object] = []
    rows = world.store.run_rows

    def counting(**asks: Any) -> list[RunRow]:
        asked.append(asks)
        return rows(**asks)

    monkeypatch.setattr(world.store, "run_rows", counting)
    world.now += timedelta(days=3)
    report = world.report(day(world.first, UTC), world.now, raw=False)
    assert report.probes[0].total.judged
    assert [] == asked
    assert report.probes[0].beyond.disagreements
    assert asked
