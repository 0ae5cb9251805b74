"""Seen from the system calls: synced before acknowledged, and what a failing disk or a kill at any of them leaves."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from synthmon.store.opening import open_store
from tests.store.values import DAY, MIDNIGHT, run

ROOT = Path(__file__).parents[2]


def _can_trace() -> bool:
    strace = shutil.which("strace")
    if strace is None:
        return False
    trial = [strace, "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO", "true"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.strace,
    pytest.mark.skipif(not _can_trace(), reason="strace is not installed or may not trace here"),
]


def straced(database: Path, count: int, *options: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """What the process said, and its system calls in their order."""
    log = database.with_name("strace.log")
    program = [sys.executable, "-m", "tests.soak.acknowledge", str(database), str(count)]
    # Stopping at the traced calls alone is three times as fast, but strace 6.1 then forgets to inject signals.
    quick = [] if any("signal=" in option for option in options) else ["--seccomp-bpf"]
    tracing = ["strace", "-f", *quick, "-y", "-o", str(log), "-e", "trace=pwrite64,fdatasync,fsync,write", *options]
    said = subprocess.run([*tracing, *program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return said, log.read_text().splitlines()


def _story(calls: Sequence[str], log: Path) -> str:
    """The calls that matter, a letter each: a Write to the log, a Sync of the log, an Acknowledgement."""
    wal = re.escape(f"<{log}>")
    kinds = (
        (re.compile(rf"pwrite64\(\d+{wal}"), "W"),
        (re.compile(rf"f(data)?sync\(\d+{wal}.*= 0"), "S"),
        (re.compile(r'write\(1<.*"run\.kept'), "A"),
    )
    letters = (next((letter for kind, letter in kinds if kind.search(call)), "") for call in calls)
    return "".join(letters)


def test_the_log_is_synced_between_a_runs_last_byte_and_its_acknowledgement(database: Path) -> None:
    said, calls = straced(database, 5)
    assert (0, 5) == (said.returncode, said.stdout.count("run.kept")), said.stderr
    story = _story(calls, database.with_name(f"{database.name}-wal"))
    # Each acknowledgement follows a sync with nothing written in between; and each has a write of its own.
    assert 5 == len(re.findall(r"W+S+A", story)), story
    assert 5 == story.count("A")


def _kept(database: Path) -> list[str]:
    store = open_store(database)
    try:
        return [result.id for result in store.runs(MIDNIGHT, MIDNIGHT + DAY)]
    finally:
        store.close()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("fdatasync:error=EIO:when=4", "the disk failed"),
        ("fdatasync:error=ENOSPC:when=3", "the disk failed"),
        ("pwrite64:error=ENOSPC:when=14", "no room is left on the disk"),
        ("pwrite64:error=EIO:when=14", "the disk failed"),
        ("pwrite64:error=ENOSPC:when=9..30", "no room is left on the disk"),
        ("fdatasync:error=EIO:when=3..5", "the disk failed"),
    ],
)
def test_a_failing_disk_refuses_what_it_cannot_keep_and_goes_on_when_it_can(
    database: Path, fault: str, told: str
) -> None:
    said, _ = straced(database, 8, "-e", f"inject={fault}")
    assert 0 == said.returncode, said.stderr
    refused = [line for line in said.stdout.splitlines() if line.startswith("run.refused")]
    assert refused
    assert all(told in line or "run.kept" in line for line in refused), refused
    assert 8 == said.stdout.count("run.kept")
    assert [run(number).id for number in range(8)] == _kept(database)


def test_after_a_failed_sync_all_is_settled_in_the_database_before_anything_is_acknowledged(database: Path) -> None:
    said, calls = straced(database, 6, "-e", "inject=fdatasync:error=EIO:when=4")
    assert (0, 6) == (said.returncode, said.stdout.count("run.kept")), said.stdout
    failed = next(place for place, call in enumerate(calls) if "(INJECTED)" in call)
    acknowledged = next(place for place in range(failed, len(calls)) if '"run.kept' in calls[place])
    settled = re.compile(rf"f(data)?sync\(\d+<{re.escape(str(database))}>.*= 0")
    assert any(settled.search(call) for call in calls[failed:acknowledged])


@pytest.mark.slow
@pytest.mark.parametrize(
    "place",
    [*(f"pwrite64:{number}" for number in (2, 5, 8, 11, 15, 19)), *(f"fdatasync:{number}" for number in (1, 3, 4))],
)
def test_a_kill_in_the_midst_of_a_commit_loses_nothing_acknowledged(database: Path, place: str) -> None:
    call, _, number = place.partition(":")
    said, _ = straced(database, 3, "-e", f"inject={call}:signal=KILL:when={number}")
    assert said.returncode != 0
    kept = _kept(database)
    acknowledged = [line.split()[1] for line in said.stdout.splitlines()]
    assert acknowledged == kept[: len(acknowledged)]
    assert len(kept) == len(set(kept))
    assert len(kept) - len(acknowledged) in {0, 1}  # what is in doubt is there whole or not at all
