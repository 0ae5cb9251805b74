"""`synthmon capacity`: what is declared, what is measured, and what it says of the two."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from synthmon.app import measuring
from synthmon.model.run import RunResult
from synthmon.store.interface import Store
from synthmon.store.opening import open_store
from tests.cli.typed import Terminal


def test_what_is_declared_and_what_is_measured_is_told(terminal: Terminal) -> None:
    terminal.types("init")
    said = terminal.types("capacity", "--seconds", "1", "--json")
    told = json.loads(said.out)
    (region,) = told["regions"]
    assert said.code == 0
    assert (region["probes"], region["agents_needed"]) == (1, 1)
    assert 0 < told["machine"]["seconds_a_step"] < 1
    assert told["machine"]["runs_kept_a_second"] > 1
    assert 0 < told["machine"]["seconds_to_keep_a_run"] < 1
    assert region["cores"] == pytest.approx(
        (
            region["steps_a_day"] * told["machine"]["seconds_a_step"]
            + region["runs_a_day"] * told["machine"]["seconds_to_keep_a_run"]
        )
        / 86_400
    )
    assert 20 < told["machine"]["resident_mib"] < 5000
    assert 30 < told["machine"]["bytes_a_step"] < 3000
    assert list(Path(".synthmon").glob("capacity-*")) == []  # what was measured with is gone


def test_nothing_declared_is_said(terminal: Terminal) -> None:
    Path("probes").mkdir()
    said = terminal.types("capacity", "--seconds", "1")
    assert said.code == 0
    assert said.out.startswith("No probe is declared.\nThis machine: a step costs ")


def test_a_data_directory_that_cannot_be_written_to_is_said(terminal: Terminal) -> None:
    terminal.types("init")
    Path("file").write_text("")
    said = terminal.types("capacity", "--seconds", "1", "--data", "file")
    assert said.code == 2
    assert "file: nothing can be written there" in said.err


@pytest.mark.parametrize("seconds", ["nan", "NaN", "0", "inf", "soon"])
def test_what_is_no_time_is_refused(terminal: Terminal, seconds: str) -> None:
    terminal.types("init")
    said = terminal.types("capacity", "--seconds", seconds)
    assert said.code == 2
    assert "invalid value for '--seconds'" in said.err


def test_the_memory_that_is_told_does_not_hold_every_run_that_was_made_to_measure(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("probes").mkdir()

    def opened(path: Path) -> Store:
        there.append(results())
        return open_store(path)

    there = [results()]
    monkeypatch.setattr(measuring, "open_store", opened)
    assert terminal.types("capacity", "--seconds", "1").code == 0
    assert 1 <= there[1] - there[0] <= measuring.HELD


def results() -> int:
    return sum(type(one) is RunResult for one in gc.get_objects())
