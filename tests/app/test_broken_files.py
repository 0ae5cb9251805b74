"""While a file is broken, in whatever way, every probe runs on, and pages, metrics and log say what is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from synthmon.app.daemon import Daemon
from tests.app.installation import ROOT, Installation, Target, get, until

DATA = ROOT / "tests" / "data"
BANNER = "A changed file is not in force"
NAMES = {"home", "basket", "payment"}


def broken(folder: str) -> list[Path]:
    """Files with an error in them, not only with a warning."""
    texts = sorted((DATA / folder).glob("*.txt"))
    return [text.with_suffix(".yaml") for text in texts if "error[" in text.read_text("utf-8")]


PROBES, SETTINGS = broken("bad"), broken("bad_settings")


@dataclass
class Running:
    installation: Installation
    target: Target
    daemon: Daemon

    @property
    def scheduled(self) -> set[tuple[str, str]]:
        return set(self.daemon._agents.agent.coming)

    @property
    def metric(self) -> str:
        lines = get(f"{self.daemon.url}/metrics").text.splitlines()
        return next(line for line in lines if line.startswith("synthmon_configuration_refused"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One daemon for all: each test leaves the files as it found them."""
    target = Target()
    installation = Installation(tmp_path_factory.mktemp("installation"), target.url)
    for name in NAMES:
        installation.add(name, f"/{name}")
    with capture_logs(), installation.daemon() as daemon:
        yield Running(installation, target, daemon)
    target.close()


def test_there_are_many_ways_to_break_a_file() -> None:
    assert len(PROBES) >= 40
    assert len(SETTINGS) >= 15


def hold(running: Running, file: Path, content: bytes | None) -> None:
    """Break the file in that way (None: delete it), see everything go on, mend it, see it taken over."""
    before, scheduled = file.read_bytes() if file.exists() else None, running.scheduled
    with capture_logs() as logs:
        file.unlink(missing_ok=True) if content is None else file.write_bytes(content)
        running.daemon.reload()
    said = [line for line in logs if line["event"] == "config.refused"]
    page = get(running.daemon.url)
    assert said
    assert all(line["problem"] for line in said)
    assert "config.kept" in [line["event"] for line in logs]
    assert (200, True) == (page.status_code, BANNER in page.text)
    assert "synthmon_configuration_refused 1.0" == running.metric
    assert scheduled == running.scheduled
    assert {(name, "local") for name in NAMES} == scheduled
    assert running.daemon._agents.agent.lives

    with capture_logs() as logs:
        file.unlink() if before is None else file.write_bytes(before)
        running.daemon.reload()
    assert "config.taken_over" in [line["event"] for line in logs]
    assert "synthmon_configuration_refused 0.0" == running.metric
    assert BANNER not in get(running.daemon.url).text
    assert scheduled == running.scheduled


@pytest.mark.parametrize("path", PROBES, ids=lambda path: path.stem)
def test_a_broken_probe_file_changes_nothing_until_it_is_mended(running: Running, path: Path) -> None:
    hold(running, running.installation.probes / "broken.yaml", path.read_bytes())


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: path.stem)
def test_a_broken_configuration_changes_nothing_until_it_is_mended(running: Running, path: Path) -> None:
    hold(running, running.installation.file, path.read_bytes())


def test_a_probe_in_force_that_is_half_written_runs_on_as_it_was(running: Running) -> None:
    file = running.installation.probes / "home.yaml"
    content = file.read_bytes()
    for size in (0, len(content) // 3, len(content) // 2):
        hold(running, file, content[:size] + b"\n  - {")


def test_a_configuration_that_is_gone_is_missed_and_nobody_loses_their_channel(running: Running) -> None:
    hold(running, running.installation.file, None)
    assert "quiet" in running.daemon._centre.channels


def test_a_probes_folder_that_is_gone_is_missed_and_everything_runs_on(running: Running) -> None:
    probes = running.installation.probes
    aside = probes.with_name("aside")
    scheduled = running.scheduled
    probes.rename(aside)
    running.daemon._configuration.refresh_if_changed()
    assert BANNER in get(running.daemon.url).text
    assert "there is no such folder" in get(running.daemon.url).text
    before = {name: running.target.count(f"/{name}") for name in NAMES}
    for name, count in before.items():
        running.target.wait_for(f"/{name}", count + 2)
    aside.rename(probes)
    running.daemon._configuration.refresh_if_changed()
    assert BANNER not in get(running.daemon.url).text
    assert scheduled == running.scheduled


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nowhere", "link to itself"])
def test_what_is_no_file_is_refused_without_waiting_for_it(running: Running, kind: str) -> None:
    path = running.installation.probes / "strange.yaml"
    match kind:
        case "folder":
            path = running.installation.file
            content = path.read_bytes()
            path.unlink()
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "link to nowhere":
            path.symlink_to("/nonexistent/probe.yaml")
        case "link to itself":
            path.symlink_to(path)
    running.daemon._configuration.refresh_if_changed()
    assert BANNER in get(running.daemon.url).text
    if kind == "folder":
        path.rmdir()
        path.write_bytes(content)
    else:
        path.unlink()
    running.daemon._configuration.refresh_if_changed()
    assert BANNER not in get(running.daemon.url).text


def test_runs_went_on_all_the_while_and_their_results_were_kept(running: Running) -> None:
    counts = {name: running.target.count(f"/{name}") for name in NAMES}
    for name, count in counts.items():
        running.target.wait_for(f"/{name}", count + 1)
    until(lambda: NAMES == {row.probe for row in running.daemon.store.run_rows(limit=30)})
    assert () == running.daemon.pulse().troubles
