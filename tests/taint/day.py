"""A day of runs in virtual time: every step breaks in every way, results are kept, judged, told and reported."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from structlog.testing import capture_logs

from synthmon.centre import Centre, CentrePorts
from synthmon.engine.walk import walk
from synthmon.judge import Policy
from synthmon.model.probe import Probe
from synthmon.model.run import RunKey, RunKind, RunResult
from synthmon.spool import Spool
from synthmon.store.interface import Store
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from tests.engine.world import SLOT, World
from tests.taint import outlets
from tests.taint.journeys import journey
from tests.taint.shapes import SHAPES, made
from tests.taint.target import FAULTS, Target

POLICY = Policy("test", default_channels=("pager",), link_base="https://synthmon.example.com/")


class Day:
    """So many secrets in as many probes as they fill; `slots` runs of each, `every` so many minutes."""

    def __init__(self, folder: Path, secrets: int, slots: int, every: int = 1, chance: int = 7) -> None:
        self.folder, self.slots, self.every = folder, slots, timedelta(minutes=every)
        self.secrets = made(secrets, Random(chance))
        names = list(self.secrets)
        groups = [names[start : start + len(SHAPES)] for start in range(0, len(names), len(SHAPES))]
        self.targets = {f"probe-{n}": Target([self.secrets[one] for one in group]) for n, group in enumerate(groups)}
        self.probes = {f"probe-{n}": journey(f"probe-{n}", group, 60.0 * every) for n, group in enumerate(groups)}
        self.world = World(secrets=self.secrets)
        self.runs = 0

    def outputs(self) -> Iterator[tuple[str, bytes]]:
        """Everything that came out anywhere, with its place."""
        with ExitStack() as held, capture_logs() as logs:
            upgrade(self.folder / "synthmon.db")
            store = open_store(self.folder / "synthmon.db")
            held.callback(store.close)
            spool = Spool(self.folder / "spool.db", 256 << 20, lambda: "spool", self.world.clock.now)
            held.callback(spool.close)
            yield from self._lived(store, spool)
            yield from outlets.of_the_store(store, self.probes, self.folder, self.world.clock.now())
            yield from outlets.of_the_pages(store, self.probes, self.folder, self.world.clock.now())
            yield from outlets.of_the_spool(spool)
            yield "the log", json.dumps(logs, default=repr, ensure_ascii=False).encode()
            yield "the log in ASCII", json.dumps(logs, default=repr).encode()
        for file in self.folder.iterdir():
            if file.is_file():
                yield f"the file {file.name}", file.read_bytes()

    def _lived(self, store: Store, spool: Spool) -> Iterator[tuple[str, bytes]]:
        centre = Centre(store, self._declared, lambda: POLICY, CentrePorts(lambda: None))
        for slot in range(self.slots):
            results = []
            for name, probe in self.probes.items():
                whole = (slot + int(name.rpartition("-")[2])) % 7 == 0
                result, commands = self._run(name, probe, slot, whole=whole)
                results.append(result)
                yield from outlets.of_a_run(result, probe, commands, whole=whole)
            store.keep(results)
            spool.put(results)
            passed = self.world.clock.now() - (SLOT + slot * self.every)
            self.world.clock.advance(max(1.0, (self.every - passed).total_seconds()))
            centre.turn(self.world.clock.now())

    def _declared(self) -> Mapping[str, Probe]:
        return self.probes

    def _run(self, name: str, probe: Probe, slot: int, *, whole: bool) -> tuple[RunResult, tuple[Any, ...]]:
        """Three good runs after each so many bad ones, so that incidents open and end."""
        self.runs += 1
        target, steps = self.targets[name], probe.journey.steps
        turn = slot + 3 * int(name.rpartition("-")[2])
        target.broken = "" if slot % 10 > 6 else steps[turn % len(steps)].id
        target.fault = FAULTS[(turn // len(steps) + turn) % len(FAULTS)]
        target.slow = self.world.clock.advance
        told: list[tuple[Any, ...]] = []
        surroundings = replace(self.world.surroundings, commands=told.append if whole else None)
        key = RunKey("test", name, "local", SLOT + slot * self.every, RunKind.SCHEDULED)
        result = walk(probe, key, probe.regions[0], surroundings, httpx.MockTransport(target))
        return result, told[0] if told else ()
