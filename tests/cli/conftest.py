"""Somebody who types commands: in an empty folder, before the demo's shop, beside a daemon that watches something."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from synthmon.demo import demo_secrets
from synthmon.demo.control import active_faults, switch_fault
from synthmon.demo.process import ShopProcess
from tests.app.installation import Installation, Target, until
from tests.cli.typed import Terminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    for name in os.environ:
        if name.startswith("SYNTHMON_"):
            monkeypatch.delenv(name)
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Terminal(folder, monkeypatch, capsys)


@pytest.fixture(scope="session")
def one_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShopProcess, Path]]:
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        process = ShopProcess(0, 0, "--settles-after=0.1")
        process.__enter__()
    with ExitStack() as stack:
        stack.push(process.__exit__)
        yield process, folder


@pytest.fixture
def shop(
    one_shop: tuple[ShopProcess, Path], terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ShopProcess]:
    """The demo's shop, every fault off; its password is in the environment and `probes/` and `synthmon.yaml` here."""
    process, folder = one_shop
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name, value in demo_secrets().items():
        monkeypatch.setenv(f"SYNTHMON_SECRET_{name.upper()}", value)
    probes = terminal.folder / "probes"
    shutil.copytree(Path(__file__).parents[2] / "probes", probes)
    for probe in probes.glob("*.yaml"):  # generous budgets: this machine may be busy
        probe.write_text(re.sub(r"latency_budget: (\d+ms|1s)", "latency_budget: 4s", probe.read_text("utf-8")), "utf-8")
    variables = f'{{shop: "{process.shop_url}", partner: "{process.shop_url}/partner"}}'
    terminal.write(
        "synthmon.yaml", f"synthmon_config: 1\nenvironment: demo\nregions:\n  local: {{vars: {variables}}}\n"
    )
    yield process
    for name, on in active_faults().items():
        if on:
            switch_fault(name, on=False)


@dataclass(frozen=True, slots=True)
class Watched:
    """A daemon that runs, with one probe that is up and one that is down; the incident is open and was told."""

    data: Path
    incident: str


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A daemon with an incident, in this process; over before other modules begin, as it would log into their tests."""
    folder = tmp_path_factory.mktemp("watched")
    with ExitStack() as stack:
        target = Target()
        stack.callback(target.close)
        target.statuses["/broken"] = 500
        installation = Installation(folder, target.url)
        installation.add("homepage")
        installation.add("search", "/broken")
        stack.enter_context(capture_logs())
        daemon = stack.enter_context(installation.daemon())
        [incident] = until(lambda: daemon.store.incidents(current=True))
        until(lambda: all(one.notification and one.sent_at for one in daemon.store.deliveries(incident.id)))
        until(lambda: daemon.store.run_rows(probe="homepage"))
        yield Watched(installation.data, incident.id)
