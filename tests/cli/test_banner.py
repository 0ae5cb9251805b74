"""What `synthmon demo` prints: commands that can be typed as they stand, from the folder in which it was started."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from synthmon.cli import banner
from synthmon.demo.faults import FAULTS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody stands; `synthmon` is not on PATH."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def called_as(monkeypatch: pytest.MonkeyPatch, script: str | Path) -> str:
    monkeypatch.setattr(sys, "argv", [str(script), "demo"])
    return banner.our_command()


def test_what_is_on_the_path_is_called_by_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "synthmon").touch(0o755)
    assert called_as(monkeypatch, ".venv/bin/synthmon") == "synthmon"


def test_a_script_that_is_not_on_the_path_is_called_from_this_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert called_as(monkeypatch, ".venv/bin/synthmon") == ".venv/bin/synthmon"
    assert called_as(monkeypatch, folder / ".venv" / "bin" / "synthmon") == ".venv/bin/synthmon"
    assert called_as(monkeypatch, "synthmon") == "./synthmon"
    elsewhere = tmp_path_factory.mktemp("else where") / "synthmon"
    assert shlex.split(called_as(monkeypatch, elsewhere)) == [str(elsewhere)]


def test_a_module_is_called_by_its_interpreter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / ".venv" / "bin" / "python"))
    assert called_as(monkeypatch, "synthmon/__main__.py") == ".venv/bin/python -m synthmon"


def test_every_line_to_be_typed_can_be_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/synthmon"])
    said = banner.welcome("http://127.0.0.1:1", "http://127.0.0.1:2/pager", Path("/tmp/the demo"))
    typed = [shlex.split(line, comments=True) for line in said.splitlines() if line.startswith("    ")]
    ours = ".venv/bin/synthmon"
    assert typed == [
        *[[ours, "demo", "fault", name] for name in FAULTS],
        [ours, "status", "--data", "/tmp/the demo/data"],
        [ours, "why", "checkout", "--data", "/tmp/the demo/data"],
        [ours, "demo", "report", "--open"],
    ]
    assert "Within a minute" in said
    assert "payment-slow opens a ticket" in said
