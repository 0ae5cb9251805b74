"""What a report says equals what anybody can count from its table of runs, over hundreds of histories of chance."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.rollup import HOUR, QUARTER, Rollup, ceiling_of, floor_of
from synthmon.model.run import Outcome
from synthmon.reports import document, sheet, wording
from synthmon.reports.figures.coarser import merged
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.period import Period, day, days, week
from synthmon.reports.figures.report import Frame, Report, build
from synthmon.reports.figures.rolling import Seen, reach, roll_up
from synthmon.schedule import slots
from tests.making import incident, missed, row, version
from tests.reports.recount import recount

HISTORIES = 1000  # of every build: page, data and rollups are only as good as this count
BLOCK = 50
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia")
DAYS = (
    date(2026, 3, 2),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 12, 31),
    date(2028, 2, 29),
    date(2026, 4, 24),
)
OUTCOMES = (Outcome.PASSED,) * 6 + (Outcome.DEGRADED, Outcome.FAILED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED)


@dataclass
class History:
    """A period of one probe: two spells in which it was declared differently, and whatever became of its slots."""

    chance: random.Random
    period: Period = field(init=False)
    as_of: datetime = field(init=False)
    material: Material = field(init=False)

    def __post_init__(self) -> None:
        chance, zone = self.chance, ZoneInfo(self.chance.choice(ZONES))
        self.period = _period(chance, zone)
        inside = self.period.start + (self.period.end - self.period.start) * chance.random()
        self.as_of = chance.choice((self.period.end + timedelta(hours=3), inside))
        versions = self._versions()
        rows, gone = self._traces(versions)
        self.material = Material(
            name="checkout",
            title="Checkout",
            regions=("east", "west"),
            interval=versions[-1].interval,
            timeout=versions[-1].timeout,
            rows=rows,
            missed=gone,
            versions=versions,
            quiets=list(self._quiets()),
        )

    def _versions(self) -> list[ProbeVersion]:
        """A region is added, and the interval changed, somewhere within."""
        chance = self.chance
        changed = self.period.start + (self.period.end - self.period.start) * chance.random()
        begun = self.period.start + (self.period.end - self.period.start) * chance.choice((-1.0, -1.0, 0.2))
        intervals = (900.0, 1800.0, 3600.0, 5400.0)
        if changed <= begun:
            return [version(since=begun, interval=chance.choice(intervals), regions=("east", "west"))]
        return [
            version(since=begun, until=changed, interval=chance.choice(intervals), regions=("east",)),
            version(since=changed, interval=chance.choice(intervals), regions=("east", "west"), content_hash="1" * 64),
        ]

    def _traces(self, versions: list[ProbeVersion]) -> tuple[list[RunRow], list[MissedSlot]]:
        """Every slot that is due leaves a trace: a run, also one that came late, or that it was missed."""
        rows: list[RunRow] = []
        gone: list[MissedSlot] = []
        until = min(self.period.end, self.as_of)
        for one in versions:
            start, end = max(one.since, self.period.start - timedelta(hours=6)), min(one.until or until, until)
            tick = timedelta(milliseconds=1)
            for region in one.regions:
                for slot in slots("checkout", region, one.interval, start - tick, end - tick):
                    if self.chance.random() < 0.1:
                        gone.append(missed(slot, region=region))
                    else:
                        outcome = self.chance.choice(OUTCOMES)
                        rows.append(row(slot, outcome, region=region, late=self.chance.choice((0.0, 0.0, 40.0))))
        self.chance.shuffle(rows)  # as late results come
        return rows, gone

    def _quiets(self) -> Iterator[Quiet]:
        for number in range(self.chance.choice((0, 0, 1, 2))):
            start = self.period.start + (self.period.end - self.period.start) * self.chance.random()
            end = start + timedelta(minutes=self.chance.randrange(10, 500))
            yield Quiet(QuietKind.MAINTENANCE, Selection(probe="checkout"), start, end, f"disk {number}", "ada")

    @property
    def report(self) -> Report:
        return build(Frame("test", self.period, self.as_of, "0" * 12), [self.material])

    @property
    def when_runs_are_gone(self) -> Report:
        """The same from rollups up to some quarter, often the last one; no run before it is left."""
        until, whole = floor_of(self.period.until(self.as_of)), self.material
        quarters = max(0, (until - self.period.start) // QUARTER)
        cut = self.period.start + QUARTER * self.chance.choice((quarters, self.chance.randint(0, quarters)))
        seen = Seen("checkout", whole.rows, (), whole.missed, whole.versions, whole.planned())
        back = cut - reach(whole.versions)
        kept = replace(
            whole,
            rows=[one for one in whole.rows if one.slot >= back],
            missed=[one for one in whole.missed if one.slot >= back],
            rollups=self._coarser(roll_up(seen, self.period.start, cut), cut),
            raw_from=cut,
            kept_from=cut,
            incidents=[incident(self.period.start + timedelta(hours=1))],  # one that is still open changes no figure
        )
        return build(Frame("test", self.period, self.as_of, "0" * 12), [kept])

    def _coarser(self, quarters: list[Rollup], cut: datetime) -> list[Rollup]:
        """Hours in the place of their quarters, of as many of them as chance has it."""
        hour = ceiling_of(self.period.start, HOUR)
        made: list[Rollup] = []
        while hour + HOUR <= cut and self.chance.random() < 0.95:
            made += merged(quarters, hour, hour + HOUR)
            hour += HOUR
        first = ceiling_of(self.period.start, HOUR)
        return sorted([*made, *(one for one in quarters if not first <= one.bucket < hour)], key=lambda one: one.bucket)

    @property
    def table(self) -> str:
        return sheet.render([self.material], self.period, self.period.until(self.as_of))


def _period(chance: random.Random, zone: tzinfo) -> Period:
    day_ = chance.choice(DAYS)
    if chance.random() < 0.8:
        return day(day_, zone)
    return chance.choice((week(day_, zone), days(day_, day_ + timedelta(days=2), zone)))


@pytest.mark.deep
@pytest.mark.parametrize("block", range(HISTORIES // BLOCK))
def test_it_equals_what_is_counted_again_from_the_table(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        history = History(random.Random(seed))
        report = history.when_runs_are_gone if seed % 2 else history.report
        told = document.to_json(report)
        total = told["probes"][0]["total"]
        until = min(told["period"]["end"], told["as_of"])
        again = recount(history.table, told["period"]["start"], until)["checkout"]
        assert total["availability"] == pytest.approx(again.availability, abs=1e-9), seed
        assert total["success"] == pytest.approx(again.success, abs=1e-9), seed
        if told["closed"]:  # of one in progress the slots that just fell due are not told of yet
            assert total["coverage"] == pytest.approx(again.coverage, abs=1e-9), seed
        flawless = not again.bad and again.good_runs == again.rows and not again.bad_runs
        assert ("100 %" == wording.availability(report.probes[0].total)) is (flawless and bool(again.rows)), seed
