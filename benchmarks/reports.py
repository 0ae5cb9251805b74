"""How long a report and the status page take at 1,000 probes in three regions, beside a bare loop over the same rows.

    python benchmarks/reports.py [--probes 1000] [--seed 7] [--folder DIR] [--profile]

What is in the database is written by a seeded generator as 30 days of runs every five minutes would have left it: not
the runs themselves (26 million), but what is kept of them. Rollups of days and of totals are there for all 30 days;
those of hours and quarters for the last day alone, as reports read them for no other; runs are there for the last half
hour. Every fiftieth probe fails for an hour of the last day, with an incident and the runs around it.

The bare loop reads the same rows with sqlite3 and adds up their columns: what no program could do without. All figures
are processor time, so that they do not hang on what else the machine does.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from benchmarks import _memory
from benchmarks._figures import goal, table
from synthmon.app.agents_desk import AgentsDesk
from synthmon.app.configuration import Declared
from synthmon.app.days import DAYS, DaysMark
from synthmon.app.late import ARRIVAL, UNTIL
from synthmon.app.people import People
from synthmon.app.reporting import ReportDesk
from synthmon.app.rolling import SETTLED
from synthmon.model.answer import Expect
from synthmon.model.histogram import Histogram
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import Decision, Health, HealthChange, Incident, IncidentStatus, RegionState, RunNote
from synthmon.model.journey import Journey, Step
from synthmon.model.probe import AlertRule, Objective, Probe, ProbeRegion, Severity, Track
from synthmon.model.request import RequestSpec
from synthmon.model.rollup import HOUR, QUARTER, Detail, Grain, Rolled, Rollup, floor_of
from synthmon.model.run import FailureKind, Outcome, RunKey, RunResult, StepResult
from synthmon.model.secret import Secret
from synthmon.model.stepsums import PHASES, PhaseSum, StepFigures
from synthmon.model.text import Source
from synthmon.reports import html
from synthmon.reports.figures.coarser import totals
from synthmon.reports.figures.period import Period, day, days
from synthmon.schedule import slots
from synthmon.settings import load_settings
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Pulse, WebPorts
from synthmon.web.site import build_site

LAST = datetime(2026, 11, 23, tzinfo=UTC)  # the day that is reported begins
NOW = LAST + timedelta(days=1, hours=6)
FIRST = LAST - timedelta(days=29)
INTERVAL, TIMEOUT = 300.0, 10.0
REGIONS = ("ap-south", "eu-west", "us-east")
STEPS = ("log-in", "cart", "checkout", "order")
HERE = Source("probes/shop.yaml", 1, 1)
EVERY = 50  # th probe fails
DAY = timedelta(days=1)


class World:
    """1,000 probes of four steps, and what 30 days of them left behind."""

    def __init__(self, store: SqlStore, count: int, seed: int) -> None:
        self.store, self.chance = store, random.Random(seed)
        self.probes = {name: _probe(name) for name in (f"shop-{number:04}" for number in range(count))}
        self.samples = {length: [self.sample(length) for _ in range(40)] for length in (3, 12, 288)}

    def fill(self) -> None:
        self.store.record_versions([_version(one) for one in self.probes.values()], FIRST)
        health, incidents = [], []
        for number, name in enumerate(self.probes):
            broken = number % EVERY == 0
            self.store.replace_rollups(name, list(self._rolled(name, broken)))
            health += [HealthChange(name, None, FIRST, Health.UP, "first run passed")]
            if broken:
                incidents.append(_incident(name, number))
                began, over = LAST + 10 * HOUR, LAST + 11 * HOUR
                health += [
                    HealthChange(name, None, began, Health.DOWN, "order answered 500 in every region"),
                    HealthChange(name, None, over, Health.UP, "every region recovered"),
                ]
        watermark = self._keep_runs()
        states = tuple(
            RegionState(name, region, last_slot=NOW - HOUR / 12) for name in self.probes for region in REGIONS
        )
        self.store.apply(Decision(watermark, states=states, health=tuple(health), incidents=tuple(incidents)))
        for note, value in (
            (UNTIL, floor_of(NOW - SETTLED).isoformat()),
            (ARRIVAL, str(watermark)),
            (DAYS, str(DaysMark("UTC", LAST + DAY))),
        ):
            self.store.note(note, value)

    def _keep_runs(self) -> int:
        """Those of the last half hour, and around what failed."""
        kept: list[RunResult] = []
        for number, name in enumerate(self.probes):
            stretches = [(NOW - HOUR / 2, NOW)]
            stretches += [(LAST + 9 * HOUR, LAST + 12 * HOUR)] if number % EVERY == 0 else []
            for region in REGIONS:
                for start, end in stretches:
                    kept += [self._run(name, region, slot) for slot in slots(name, region, INTERVAL, start, end)]
        for index in range(0, len(kept), 500):
            self.store.keep(kept[index : index + 500])
        return self.store.arrived()

    def _run(self, name: str, region: str, slot: datetime) -> RunResult:
        failed = LAST + 10 * HOUR <= slot < LAST + 11 * HOUR
        outcome = Outcome.FAILED if failed else Outcome.PASSED
        steps = tuple(StepResult(one, one.capitalize(), Outcome.PASSED, 0.0, 0.1, 0.1, 1.0) for one in STEPS)
        return RunResult(RunKey("production", name, region, slot), slot, 0.4, outcome, steps, latency=0.4)

    def _rolled(self, name: str, broken: bool) -> Iterator[Rolled]:
        days_: list[Rollup] = []
        for index in range(30):
            start = FIRST + index * DAY
            days_ += [self._rollup(name, region, start, DAY, broken and start == LAST) for region in REGIONS]
        yield Rolled(Grain.DAY, FIRST, LAST + DAY, tuple(days_))
        everywhere = [totals(days_, FIRST + n * DAY, FIRST + (n + 1) * DAY) for n in range(30)]
        yield Rolled(Grain.TOTAL, FIRST, LAST + DAY, tuple(one for found in everywhere for one in found))
        for grain, length in ((Grain.HOUR, HOUR), (Grain.QUARTER, QUARTER)):
            made = tuple(
                self._rollup(name, region, LAST + n * length, length, broken and 10 * HOUR <= n * length < 11 * HOUR)
                for n in range(DAY // length)
                for region in REGIONS
            )
            yield Rolled(grain, LAST, LAST + DAY, made)

    def _rollup(self, name: str, region: str, start: datetime, length: timedelta, failed: bool) -> Rollup:
        runs = int(length.total_seconds() / INTERVAL)
        bad = min(runs, 12) if failed else 0
        sample, last = self.chance.choice(self.samples[runs]), start + length - timedelta(seconds=60)
        slots_ = tuple(LAST + 10 * HOUR + n * timedelta(seconds=INTERVAL) for n in range(bad))
        return replace(
            sample,
            bucket=start,
            probe=name,
            region=region,
            outcomes={Outcome.PASSED: runs - bad, Outcome.FAILED: bad} if bad else {Outcome.PASSED: runs},
            due=runs,
            good=(runs - bad) * INTERVAL,
            bad=bad * INTERVAL,
            until=start + length,
            last=last,
            judged=last,
            told=replace(sample.detail, failed=slots_),
        )

    def sample(self, runs: int) -> Rollup:
        """Latencies that differ from any other's."""
        journeys = [sum(self.chance.lognormvariate(-2.5, 0.4) for _ in STEPS) for _ in range(runs)]
        late = Histogram.of(self.chance.random() / 300 for _ in range(runs))
        steps = tuple(self._step(one, place, runs) for place, one in enumerate(STEPS))
        return Rollup(FIRST, "", "", journeys=Histogram.of(journeys), budget=2.0, told=Detail(steps=steps, late=late))

    def _step(self, name: str, place: int, runs: int) -> StepFigures:
        latencies = [self.chance.lognormvariate(-2.5, 0.4) for _ in range(runs)]
        phases = {
            one: PhaseSum(runs, self.chance.randrange(runs * 80_000), self.chance.randrange(90_000)) for one in PHASES
        }
        outcomes: Counter[Outcome] = Counter({Outcome.PASSED: runs})
        latency = Histogram.of(latencies)
        return StepFigures(
            name, name.capitalize(), 1.0, latency, 0, runs, outcomes, Counter[FailureKind](), 0, 0, phases, LAST, place
        )


def _probe(name: str) -> Probe:
    steps = tuple(
        Step(one, one.capitalize(), RequestSpec("GET", "http://shop/"), Expect(source=HERE), HERE) for one in STEPS
    )
    return Probe(
        name=name,
        title=f"Customer can buy at {name}",
        journey=Journey(steps, timeout=TIMEOUT),
        interval=INTERVAL,
        regions=tuple(ProbeRegion(one) for one in REGIONS),
        alerts=(AlertRule(f"{name} is down", Track.DOWN, 2, 2),),
        objectives=(Objective("availability", 0.999, 30 * 86_400.0),),
        content_hash=name.ljust(64, "0"),
        path=f"probes/{name}.yaml",
        yaml="synthmon: 1\n",
    )


def _version(probe: Probe) -> ProbeVersion:
    return ProbeVersion(
        probe.name, probe.content_hash, FIRST, None, probe.title, INTERVAL, TIMEOUT, REGIONS, probe.yaml
    )


def _incident(name: str, number: int) -> Incident:
    began, over = LAST + 10 * HOUR, LAST + 11 * HOUR
    is_open = number % (5 * EVERY) == 0
    return Incident(
        environment="production",
        probe=name,
        probe_title=f"Customer can buy at {name}",
        track=Track.DOWN,
        generation=1,
        severity=Severity.PAGE,
        opened_at=began + timedelta(seconds=40),
        began_at=began,
        regions=REGIONS,
        reason="step “Order” answered 500, expected 201",
        cause=RunNote(RunKey("production", name, REGIONS[0], began).id, began, REGIONS[0], "order", "Order"),
        channels=(),
        alert=f"{name} is down",
        status=IncidentStatus.OPEN if is_open else IncidentStatus.RESOLVED,
        resolved_at=None if is_open else over,
    )


def bare(path: Path) -> float:
    """Seconds for the rows of a daily report, read and added up by nothing but sqlite3."""
    start, end, before = (int(one.timestamp() * 1000) for one in (LAST, LAST + DAY, FIRST))
    columns = "probe, bucket, region, passed, degraded, failed, error, skipped, missed, due, good, bad, latency, detail"
    began = time.process_time()
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        good: Counter[str] = Counter()
        for table, first in (("rollup_days", start), ("rollup_totals", before)):
            query = f"SELECT {columns} FROM {table} WHERE bucket >= ? AND bucket < ? ORDER BY probe, bucket, region"
            for row in connection.execute(query, (first, end)):
                good[row[0]] += row[10]
    connection.close()
    return time.process_time() - began


def median(work: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None, help="where the database is made, or is from before")
    parser.add_argument("--profile", action="store_true", help="say where the time of a daily report goes")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = (asked.folder or Path(name)) / "reports.db"
        fresh = not path.exists()
        migrate.upgrade(path)
        store = open_store(path)
        world = World(store, asked.probes, asked.seed)
        if fresh:
            began = time.process_time()
            world.fill()
            print(f"written in {time.process_time() - began:.0f} s, {path.stat().st_size / 1e6:,.0f} MB")
        desk = ReportDesk(store, "production", UTC, Path(name), kept_for=lambda: timedelta(days=90))
        if asked.alone:
            period = days(FIRST.date(), LAST.date(), UTC)
            _memory.tell(lambda: html.render(desk.of(period, NOW, world.probes)))
        else:
            measure(world, desk, path, asked.profile)
            same = ("--probes", str(asked.probes), "--seed", str(asked.seed))
            before, most = _memory.told_by(__file__, "--alone", "--folder", str(path.parent), *same)
            print(f"A process that makes the 30-day report has {most:.0f} MiB at most, {before:.0f} of them before.")
        store.close()


def measure(world: World, desk: ReportDesk, path: Path, profile: bool) -> None:
    yardstick = median(lambda: bare(path))
    rows = [("a bare sqlite3 loop over a daily report's rows", f"{yardstick:.2f} s", "", "1", "")]
    found: dict[str, tuple[float, int]] = {}
    for label, period in (
        ("daily report", day(LAST.date(), UTC)),
        ("30-day report", days(FIRST.date(), LAST.date(), UTC)),
    ):
        counted, taken, size = report(world, desk, period, profile)
        found[label] = (taken, size)
        rows.append((label, f"{taken:.2f} s", f"{counted:.2f} s", f"{taken / yardstick:.1f}", f"{size / 1e6:.2f} MB"))
    taken, size = status(world, path.parent)
    rows.append(("status page", f"{taken:.3f} s", "", f"{taken / yardstick:.2f}", f"{size / 1024:.0f} KiB"))
    table(("", "processor time", "of it to count", "to the bare loop", "size"), rows)
    for label, (seconds, room) in found.items():
        goal(label, seconds, 5, "s")
        goal(f"{label}'s page", room / 1e6, 5, "MB")
    goal(f"status page of {len(world.probes):,} probes in three regions", taken, 0.3, "s")
    goal("status page's size", size / 1024, 300, "KiB")


def report(world: World, desk: ReportDesk, period: Period, profile: bool) -> tuple[float, float, int]:
    """Seconds to count, seconds to count and write, and the page's size; the same data gives the same page."""
    pages: list[str] = []

    def made() -> None:
        pages.append(html.render(desk.of(period, NOW, world.probes)))

    counted = median(lambda: desk.of(period, NOW, world.probes), 1)
    if profile:
        with cProfile.Profile() as seen:
            made()
        pstats.Stats(seen).sort_stats("cumulative").print_stats(45)
        pstats.Stats(seen).sort_stats("tottime").print_stats(25)
    taken = median(made)
    assert len(set(pages)) == 1, "the same data gave another page"
    return counted, taken, len(pages[-1].encode())


def site_of(world: World, folder: Path) -> ASGIApp:
    """The pages over this store; what they could do beside showing it, nobody does here."""
    store = world.store
    ports = WebPorts(
        store=store,
        environment="production",
        probes=lambda: world.probes,
        config_problems=tuple,
        acknowledge=lambda _incident, _actor: False,
        run_again=lambda _probe, _region: None,
        people=People(store, lambda: NOW),
        agents=AgentsDesk(
            store, "production", lambda: Declared(load_settings({}, None, folder)[0], world.probes), print
        ),
        pulse=lambda: Pulse(FIRST, "bench", REGIONS),
        now=lambda: NOW,
        reports=folder,
        figures=lambda _start, _end, _chosen: {},
        api_token=Secret("api_token", "x" * 40),
    )
    metrics = Metrics()
    metrics.attach(ports)
    return build_site(ports, metrics, None)


def status(world: World, folder: Path) -> tuple[float, int]:
    """Seconds, and bytes."""
    # From this very machine, where nobody has to sign in, and without following anybody elsewhere.
    site = site_of(world, folder)
    client = TestClient(site, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000), follow_redirects=False)
    answers = []
    taken = median(lambda: answers.append(client.get("/")), 5)
    assert answers[-1].status_code == 200, answers[-1].text[:200]
    assert f"{len(world.probes):,} probes" in answers[-1].text or f"{len(world.probes)} probes" in answers[-1].text
    return taken, len(answers[-1].content)


if __name__ == "__main__":
    main()
