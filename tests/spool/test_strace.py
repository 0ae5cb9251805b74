"""Seen from the system calls: synced before taken, and a kill or a failing disk at any of them loses nothing taken."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.soak import spooling
from tests.store.test_strace import pytestmark as _needs_strace
from tests.store.values import DAY, MIDNIGHT, run

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.soak.spooling"]
pytestmark = _needs_strace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    migrate.upgrade(tmp_path / "centre.db")
    return tmp_path


def straced(folder: Path, count: int, *options: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    log = folder / "strace.log"
    # As in tests/store/test_strace.py: quick, but then signals are not injected.
    quick = [] if any("signal=" in option for option in options) else ["--seccomp-bpf"]
    tracing = ["strace", "-f", *quick, "-y", "-o", str(log), "-e", "trace=pwrite64,fdatasync,fsync,write", *options]
    command = [*tracing, *PROGRAM, str(folder), str(count)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return said, log.read_text().splitlines()


def again(folder: Path, count: int) -> list[str]:
    """What is taken when it is begun again: here, as nothing disturbs it any more."""
    said: list[str] = []
    spooling.go_on(folder, count, said.append)
    return _taken(said)


def at_the_centre(folder: Path) -> list[str]:
    store = open_store(folder / "centre.db")
    try:
        return [result.id for result in store.runs(MIDNIGHT, MIDNIGHT + DAY)]
    finally:
        store.close()


def taken(said: subprocess.CompletedProcess[str]) -> list[str]:
    return _taken(said.stdout.splitlines())


def _taken(lines: Sequence[str]) -> list[str]:
    return [line.split()[1] for line in lines if line.startswith("run.kept")]


def test_the_spool_is_synced_between_a_results_last_byte_and_its_acknowledgement(folder: Path) -> None:
    said, calls = straced(folder, 5)
    assert (0, 5) == (said.returncode, len(taken(said))), said.stderr
    wal = re.escape(f"<{folder / 'spool.db-wal'}>")
    kinds = (
        (re.compile(rf"pwrite64\(\d+{wal}"), "W"),
        (re.compile(rf"f(data)?sync\(\d+{wal}.*= 0"), "S"),
        (re.compile(r'write\(1<.*"run\.kept'), "A"),
    )
    story = "".join(next((letter for kind, letter in kinds if kind.search(call)), "") for call in calls)
    assert 5 == len(re.findall(r"W+S+A", story)), story


@pytest.mark.slow
@pytest.mark.parametrize(
    "place",
    [*(f"pwrite64:{number}" for number in range(4, 64, 6)), *(f"fdatasync:{number}" for number in (1, 2, 4, 6, 8, 9))],
)
def test_a_kill_at_a_system_call_around_spool_and_delivery_loses_nothing_taken(folder: Path, place: str) -> None:
    call, _, number = place.partition(":")
    first, _ = straced(folder, 7, "-e", f"inject={call}:signal=KILL:when={number}")
    assert first.returncode != 0, "it ended before it came to that call"
    second = again(folder, 7)
    kept = at_the_centre(folder)
    assert {*taken(first), *second} <= set(kept)
    assert [run(number).id for number in range(7)] == kept


@pytest.mark.parametrize(
    "fault",
    [
        "fdatasync:error=EIO:when=4",
        "pwrite64:error=ENOSPC:when=12..25",
        "pwrite64:error=EIO:when=3",
        "pwrite64:error=EIO:when=15",
        "fdatasync:error=EIO:when=3..6",
    ],
)
def test_a_failing_disk_refuses_what_it_cannot_take_and_goes_on_when_it_can(folder: Path, fault: str) -> None:
    spool = folder / "spool.db"
    paths = [word for end in ("", "-wal") for word in ("-P", f"{spool}{end}")]
    said, calls = straced(folder, 8, *paths, "-e", f"inject={fault}")
    assert 0 == said.returncode, said.stderr
    assert any("(INJECTED)" in call for call in calls)
    again(folder, 8)
    assert [run(number).id for number in range(8)] == at_the_centre(folder)
    assert 8 == len(set(taken(said)))
