"""Trouble of the monitor stays its own: a channel, a database or a file that is broken delays and reddens nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from structlog.testing import capture_logs

from synthmon.agent.keeper import Keeper
from synthmon.agent.loop import Agent, AgentPorts
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.app.configuration import Origin
from synthmon.app.daemon import Daemon
from synthmon.centre import Centre, CentrePorts
from synthmon.centre.ports import Rhythm
from synthmon.errors import StoreError
from synthmon.judge import Policy
from synthmon.model.incident import Health, Notification
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunResult
from synthmon.store.memory import MemoryStore
from tests.alerting.receivers import Receiver
from tests.making import probe, run

PATIENCE = 10.0  # seconds after which a test gives up
POLICY = Policy("test", default_channels=("pager",))


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Hanging:
    """A channel that takes a message and does not come back until it is let go."""

    name: str = "pager"
    entered: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def send(self, _told: Notification) -> str:
        self.entered.set()
        self.let_go.wait(PATIENCE)
        return "ok"


class Away(MemoryStore):
    """A store that can be away, as a database is whose connections have run out."""

    def __init__(self) -> None:
        super().__init__()
        self.away = threading.Event()
        self.refused = threading.Event()

    def keep(self, results: Sequence[RunResult]) -> int:
        if self.away.is_set():
            self.refused.set()
            raise StoreError("no connection is left")
        return super().keep(results)


@dataclass
class House:
    """Agent, keeper, centre and sender, joined as the daemon joins them, with targets that are a function."""

    store: MemoryStore
    outcome: Callable[[str], Outcome]
    channel: Hanging = field(default_factory=Hanging)
    walked: threading.Condition = field(default_factory=threading.Condition)
    runs: list[RunResult] = field(default_factory=list)

    def walk(self, declared: Probe, key: RunKey, _region: ProbeRegion) -> RunResult:
        result = replace(run(outcome=self.outcome(declared.name)), key=key, started_at=now())
        with self.walked:
            self.runs.append(result)
            self.walked.notify_all()
        return result

    def wait_for(self, more: int) -> list[RunResult]:
        """So many runs more."""
        with self.walked:
            before = len(self.runs)
            assert self.walked.wait_for(lambda: len(self.runs) >= before + more, PATIENCE)
            return self.runs[before:]

    @contextmanager
    def living(self, probes: Mapping[str, Probe]) -> Iterator[None]:
        wake, ending = threading.Event(), threading.Event()
        keeper = Keeper(self.store.keep, wake.set, retry_after=0.02)
        agent = Agent(AgentPorts("test", self.walk, keeper.take, now), frozenset({"local"}))
        ports = SenderPorts(self.store, lambda: {"pager": self.channel}, dict, now, Random(7))
        sender = Sender(ports)
        centre = Centre(self.store, lambda: probes, lambda: POLICY, CentrePorts(sender.wake), Rhythm(idle=0.05))
        judging = threading.Thread(target=centre.run, args=(ending, wake, now))
        with capture_logs():
            keeper.start()
            judging.start()
            sender.start()
            agent.replace(probes)
            agent.start()
            try:
                yield
            finally:
                self.channel.let_go.set()
                agent.stop_starting()
                assert agent.wait_idle(PATIENCE)
                agent.close()
                keeper.close(PATIENCE)
                ending.set()
                wake.set()
                judging.join(PATIENCE)
                sender.stop(PATIENCE)


def test_a_channel_that_never_comes_back_delays_no_run_of_any_probe() -> None:
    """Gatus sends from within the lock of its probes, so that a slow mail server stalls the probing (#786)."""
    house = House(MemoryStore(), lambda name: Outcome.FAILED if name == "down" else Outcome.PASSED)
    probes = {name: probe(name, interval=0.1) for name in ("down", "well")}
    with house.living(probes):
        assert house.channel.entered.wait(PATIENCE)
        during = house.wait_for(20)
        assert not house.channel.let_go.is_set()
    assert {"down", "well"} == {result.key.probe for result in during}


def test_a_database_that_is_away_makes_no_target_red_and_what_was_seen_meanwhile_is_kept() -> None:
    """In Uptime Kuma a database pool that had run out marked every target down (#6486, #6660)."""
    store = Away()
    store.away.set()
    house = House(store, lambda _name: Outcome.PASSED)
    with house.living({name: probe(name, interval=0.1) for name in ("a", "b", "c")}):
        assert store.refused.wait(PATIENCE)
        house.wait_for(12)
        store.away.clear()
        house.wait_for(3)
    kept = store.run_rows()
    assert len(house.runs) == len(kept)
    assert {Outcome.PASSED} == {row.outcome for row in kept}
    assert [] == store.incidents()
    changes = store.health_changes(house.runs[0].started_at, now())
    assert {Health.UP} == {change.health for change in changes}


def test_a_thousand_probes_are_scheduled_within_two_seconds_of_the_start() -> None:
    """Gatus sleeps 222 ms for each endpoint at start, and the last of a thousand is first probed minutes later."""
    probes = {name: probe(name) for name in (f"probe-{index}" for index in range(1000))}
    house = House(MemoryStore(), lambda _name: Outcome.PASSED)
    agent = Agent(AgentPorts("test", house.walk, lambda _result: None, now), frozenset({"local"}))
    began = now()
    with capture_logs():
        agent.replace(probes)
        agent.start()
    took = (now() - began).total_seconds()
    try:
        due = list(agent.coming.values())
    finally:
        agent.stop_starting()
        agent.wait_idle(PATIENCE)
        agent.close()
    assert 1000 == len(due)
    assert 2.0 > took
    assert 60.0 + took >= (max(due) - began).total_seconds()


CONFIG = "synthmon_config: 1\nenvironment: test\nweb: {bind: 127.0.0.1:0}\n"
PROBE = """\
synthmon: 1
name: NAME
interval: 1s
steps:
  - {id: read, request: {method: POST, url: "URL/NAME"}}
"""


def test_a_broken_file_on_reload_stops_no_probe_not_even_the_one_whose_file_it_is(tmp_path: Path) -> None:
    """Gatus logs that the old configuration will continue, and monitors nothing any more."""
    target = Receiver()
    (tmp_path / "synthmon.yaml").write_text(CONFIG)
    (tmp_path / "probes").mkdir()
    for name in ("cart", "login"):
        file = tmp_path / "probes" / f"{name}.yaml"
        file.write_text(PROBE.replace("NAME", name).replace("URL", target.url))
    with capture_logs() as logs:
        daemon = Daemon(Origin({}, None, tmp_path))
        daemon.start()
        try:
            (tmp_path / "probes" / "cart.yaml").write_text("steps: [\n")
            daemon.reload()
            refused = [line for line in logs if line["event"] == "config.refused"]
            before = len(target.asked)
            after = target.wait_for(before + 4)[before:]
            stopped = [line for line in logs if line["event"] in {"run.skipped", "chore.failed"}]
        finally:
            daemon.stop()
            target.close()
    assert refused
    assert {"/cart", "/login"} == {asked.path for asked in after}
    assert [] == stopped
