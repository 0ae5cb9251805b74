"""A region whose runs are made by Celery workers: a broker, workers as processes, the agent, a target, and the rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from synthmon.agent.keeper import Keeper
from synthmon.agent.loop import Agent, AgentPorts
from synthmon.app.centre_side import versions_of
from synthmon.app.surroundings import Walks
from synthmon.broker.application import Broker
from synthmon.broker.elsewhere import Elsewhere, ElsewherePorts
from synthmon.broker.ledger import Ledger
from synthmon.broker.line import Line
from synthmon.centre.lookout import Lookout
from synthmon.model.history import RunRow
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult
from synthmon.model.secret import Secret
from synthmon.probefile.assembly.installation import Installation, InstallationRegion
from synthmon.probefile.builder import load_probes
from synthmon.schedule import slots
from synthmon.secrets import Secrets
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from tests.app.installation import PROBE, ROOT, Target, until
from tests.broker.redis import Redis

REGIONS = ("eu-west", "us-east")


def now() -> datetime:
    return datetime.now(UTC)


class Worker:
    """A worker as a process; `lines` is its log."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.name = str(told["name"])
        self.lines: list[dict[str, Any]] = []
        self.said = ""
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.broker.worker_process", json.dumps(told)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, event: str) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.has(event), 30), (event, self.said, self.lines[-5:])

    def has(self, event: str) -> bool:
        return any(line["event"] == event for line in self.lines)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _read(self) -> None:
        for raw in self.process.stderr or ():
            with self.changed:
                try:
                    self.lines.append(json.loads(raw))
                except ValueError:
                    self.said += raw.decode()
                self.changed.notify_all()


@dataclass
class Region:
    """`eu-west` has workers; `us-east` is another region of the same installation, whose agent knows no broker."""

    folder: Path
    redis: Redis
    target: Target
    probes: Mapping[str, Probe] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "probes").mkdir()
        self.database = str(self.folder / "kept.db")
        upgrade(f"sqlite:///{self.database}")
        self.store = open_store(self.database)

    def declare(self, count: int = 5, path: str = "/ok", interval: str = "1s", timeout: str = "1s") -> None:
        for number in range(count):
            name = f"probe-{number}"
            text = PROBE.format(name=name, path=path, interval=interval, timeout=timeout, url=self.target.url)
            (self.folder / "probes" / f"{name}.yaml").write_text(text)
        installation = Installation("test", {name: InstallationRegion() for name in REGIONS}, frozenset())
        loaded = load_probes(self.folder / "probes", installation)
        assert not [problem for problem in loaded.problems if problem.is_error]
        self.probes = {probe.name: probe for probe in loaded.probes}
        self.store.record_versions(versions_of(self.probes), now())

    def worker(self, name: str, concurrency: int = 4, visible: float = 60.0) -> Worker:
        made = Worker(
            {
                "broker": self.redis.url,
                "region": "eu-west",
                "regions": REGIONS,
                "visible": visible,
                "probes": str(self.folder / "probes"),
                "name": name,
                "database": self.database,
                "concurrency": concurrency,
            }
        )
        self.workers.append(made)
        return made

    def broker(self) -> Broker:
        return Broker(Secret("broker", self.redis.url), "test", "eu-west")

    @contextmanager
    def running(self) -> Iterator[Running]:
        running = Running(self)
        try:
            yield running
        finally:
            running.stop()

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.redis.kill()
        self.store.close()

    # What became of it

    def rows(self, region: str, start: datetime) -> list[RunRow]:
        rows = self.store.run_rows(region=region, start=start)
        return [row for row in rows if row.kind is RunKind.SCHEDULED]

    def passed(self, region: str, start: datetime) -> list[RunRow]:
        return [row for row in self.rows(region, start) if row.outcome is Outcome.PASSED]

    def account(self, region: str, start: datetime, end: datetime) -> Counter[str]:
        """What each due slot in (start, end] came to. Fails where one came to nothing, or to two things."""
        Lookout(self.store).note_missed(now() + timedelta(minutes=1))
        missed = [(one.probe, one.slot) for one in self.store.missed(start, end) if one.region == region]
        came = {(row.probe, row.slot): row.outcome.value for row in self.rows(region, start)}
        ids = Counter(row.id for row in self.rows(region, start))
        assert max(ids.values(), default=0) <= 1
        found: Counter[str] = Counter()
        for probe in self.probes.values():
            for slot in slots(probe.name, region, probe.interval, start, end):
                outcome, absent = came.get((probe.name, slot)), (probe.name, slot) in missed
                assert (outcome is None) is absent, (probe.name, slot, outcome)
                found[outcome or "missed"] += 1
        return found


class Running:
    """The agents of both regions, started."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.walks = Walks(Secrets({}, Path("/nowhere"), {}))
        self.walks.start()
        self.keeper = Keeper(region.store.keep, lambda: None)
        self.keeper.start()
        self.ledger = Ledger(now)
        broker = region.broker()
        self.line = Line(broker, self.ledger, "agent-1", now)
        self.own = 0  # runs of eu-west that its agent made itself
        self.elsewhere = Elsewhere(
            ElsewherePorts(self._walk, self.line.send, lambda: self.line.trouble, self.line.reply_to, now), self.ledger
        )
        self.line.start()
        self.agents = {
            "eu-west": Agent(AgentPorts("test", self.elsewhere, self.keeper.take, now), frozenset({"eu-west"})),
            "us-east": Agent(AgentPorts("test", self.walks, self.keeper.take, now), frozenset({"us-east"})),
        }
        self.began = now()
        for agent in self.agents.values():
            agent.replace(region.probes)
            agent.start()

    def _walk(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult:
        self.own += 1
        return self.walks(probe, key, region)

    def stop(self) -> None:
        for agent in self.agents.values():
            agent.stop_starting()
        self.ledger.close()
        for agent in self.agents.values():
            assert agent.wait_idle(30)
            agent.close()
        self.line.stop()
        assert self.keeper.close(10) == 0
        self.walks.stop()

    def until_passed(self, count: int, since: datetime, region: str = "eu-west") -> None:
        until(lambda: len(self.region.passed(region, since)) >= count, 60)
