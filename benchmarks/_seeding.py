"""A month of a shop's runs, from a seed: the same seed gives the same rows, in whatever database they end up.

Runs become rows by the product's own functions, documents and all, and are kept a day at a time past its writer, which
would sync every batch. Rollups are made by the product alone, as `synthmon db rollup` makes them; PostgreSQL gets
all of it by `synthmon db copy`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from benchmarks._runs import STEPS, typical
from synthmon import wire
from synthmon.app.late import ARRIVAL, UNTIL
from synthmon.app.rolling import Rolling, Sources
from synthmon.model.answer import Expect
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import Decision, Health, HealthChange, RegionState
from synthmon.model.journey import Journey, Step
from synthmon.model.probe import AlertRule, Objective, Probe, ProbeRegion, Track
from synthmon.model.request import RequestSpec
from synthmon.model.run import Failure, FailureKind, Outcome, RunKey, RunResult
from synthmon.model.text import Source
from synthmon.schedule import slots
from synthmon.store import keeping, migrate
from synthmon.store.document import Dictionaries
from synthmon.store.opening import open_store
from synthmon.store.sqlite import putting

FIRST = datetime(2026, 10, 25, tzinfo=UTC)
DAY = timedelta(days=1)
REGIONS = ("ap-south", "eu-west", "us-east")
HERE = Source("probes/shop.yaml", 1, 1)
FAILS = 200  # one run in so many


@dataclass(frozen=True, slots=True)
class Shop:
    """So many probes of four steps, each in every region, for so many days from `FIRST` on."""

    probes: int = 20
    regions: tuple[str, ...] = REGIONS
    days: int = 30
    interval: float = 60.0
    seed: int = 7

    @property
    def end(self) -> datetime:
        return FIRST + self.days * DAY

    @property
    def declared(self) -> Mapping[str, Probe]:
        return {one.name: one for one in (_probe(f"shop-{number:04}", self) for number in range(self.probes))}

    def results(self, day: datetime) -> Iterator[RunResult]:
        """The runs of that day, by their slots."""
        made = [
            run
            for probe in self.declared.values()
            for region in self.regions
            for run in _runs(probe, region, day, self)
        ]
        yield from sorted(made, key=lambda run: (run.key.slot, run.key.probe, run.key.region))


def of_rows(rows: int, seed: int) -> Shop:
    """The shop that leaves about so many step rows behind in a month, by how often its probes run."""
    shop = Shop(seed=seed)
    a_day = max(1, round(rows / len(STEPS) / (shop.probes * len(shop.regions) * shop.days)))
    return replace(shop, interval=float(max(1, 86_400 // a_day)))


def fingerprint(shop: Shop) -> str:
    """Of what the seed gives: other rows, or documents written in another way, have another one."""
    first = next(iter(shop.declared.values()))
    runs = islice(_runs(first, shop.regions[0], FIRST, shop), 2 * FAILS)  # so many that some have failed
    return sha256(b"".join(wire.dumps(wire.to_kept_json(run)) for run in runs)).hexdigest()[:8]


def build(path: Path, shop: Shop, tell: Callable[[str], None]) -> int:
    """A SQLite file with that month in it; how many step rows its runs have. Rollups are not made yet."""
    migrate.upgrade(path)
    engine = create_engine(f"sqlite:///{path}")
    number = 0
    with engine.connect() as connection:
        connection.execute(text("PRAGMA synchronous = OFF"))
        connection.commit()
        known = _dictionaries(connection)
        keep = keeping.keeper_of_runs(known, putting.put)
        for day in range(shop.days):
            results = list(shop.results(FIRST + day * DAY))
            known.prepare(list({run.probe_hash: run for run in results if run.outcome.good}.values()))  # one of each
            connection.commit()
            with connection.begin():
                number += sum(keep(connection, [[keeping.Incoming(run) for run in results]]))
            tell(f"day {day + 1} of {shop.days}: {number * len(STEPS):,} step rows")
    engine.dispose()
    _believe(path, shop)
    return number * len(STEPS)


def roll_up(path: Path, shop: Shop) -> int:
    """What `synthmon db rollup` does, of everything that is there; how many quarters there are."""
    with closing(open_store(path)) as store, redirect_stdout(sys.stderr):  # the log of a daemon
        store.note(UNTIL, shop.end.isoformat())
        store.note(ARRIVAL, str(store.arrived()))
        sources = Sources(store, lambda: shop.declared, tuple, lambda: 400 * DAY)
        return sum(made for _, made in Rolling(sources, lambda: shop.end + DAY / 4).rebuild())


def _believe(path: Path, shop: Shop) -> None:
    """What the judge and the loading of files would have left behind: everything is up."""
    with closing(open_store(path)) as store:
        store.record_versions([_version(one, shop) for one in shop.declared.values()], FIRST)
        health = tuple(HealthChange(name, None, FIRST, Health.UP, "first run passed") for name in shop.declared)
        states = tuple(
            RegionState(name, region, last_slot=shop.end) for name in shop.declared for region in shop.regions
        )
        store.apply(Decision(store.arrived(), states=states, health=health))


def _dictionaries(connection: Connection) -> Dictionaries:
    return Dictionaries(
        lambda hashes: keeping.find_dictionaries(connection, hashes),
        lambda samples: keeping.make_dictionaries(connection, [samples])[0],
        lambda number: keeping.dictionary(connection, number),
    )


def _runs(probe: Probe, region: str, day: datetime, shop: Shop) -> Iterator[RunResult]:
    """Some days are slower than others, some probes are slower than others, and one run in so many fails."""
    chance = Random(f"{shop.seed} {probe.name} {region} {day:%F}")
    slow = Random(probe.name).uniform(0.5, 8) * chance.uniform(0.8, 1.25)
    for slot in slots(probe.name, region, shop.interval, day, day + DAY):
        run = typical(chance, RunKey("production", probe.name, region, slot), probe.content_hash)
        if chance.randrange(FAILS) == 0:
            yield _failed(run)
        else:
            latency = (run.latency or 0.0) * slow * chance.lognormvariate(0, 0.4)
            yield replace(run, latency=round(latency, 6), duration=round(latency, 6))


def _failed(run: RunResult) -> RunResult:
    first, second, third, _ = run.steps
    why = Failure(FailureKind.STATUS, "answered 503, expected 2xx", "2xx", "503", source="probes/shop.yaml:38:7")
    broken = replace(third, outcome=Outcome.FAILED, status=503, failures=(why,), assertions=third.assertions[:1])
    return replace(run, outcome=Outcome.FAILED, steps=(first, second, broken), latency=None)


def _probe(name: str, shop: Shop) -> Probe:
    steps = tuple(
        Step(one, one.capitalize(), RequestSpec(method, "http://shop/"), Expect(source=HERE), HERE)
        for one, method in STEPS
    )
    return Probe(
        name=name,
        title=f"Customer can buy at {name}",
        journey=Journey(steps, timeout=10.0),
        interval=shop.interval,
        regions=tuple(ProbeRegion(one) for one in shop.regions),
        alerts=(AlertRule(f"{name} is down", Track.DOWN, 2, 2),),
        objectives=(Objective("availability", 0.99, 30 * 86_400.0),),
        content_hash=sha256(name.encode()).hexdigest(),
        path=f"probes/{name}.yaml",
        yaml="synthmon: 1\n",
    )


def _version(probe: Probe, shop: Shop) -> ProbeVersion:
    return ProbeVersion(
        probe.name, probe.content_hash, FIRST, None, probe.title, shop.interval, 10.0, shop.regions, probe.yaml
    )
