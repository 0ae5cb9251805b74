"""As the first process of a container: signals reach it though the kernel withholds them, and no zombie stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.installation import ROOT, Installation, Process, Target, until

# In a new PID namespace, as a container's runtime does it; killed with whoever waits for it.
ALONE = """
import os, sys
os.execvp("unshare", ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, *sys.argv[1:]])
"""


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    if os.geteuid() != 0:
        pytest.skip("a process becomes the first of a namespace only as root")
    tried = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no PID namespace can be had here: {tried.stderr.decode()}")


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def first(installation: Installation, *words: str) -> Iterator[tuple[Process, int]]:
    """synthmon as process 1 of a namespace, and its number outside of it."""
    with installation.process("-c", ALONE, "-m", "synthmon", *words) as process:
        (pid,) = until(lambda: "unshare" in _name(process.pid) and children(process.pid))
        yield process, pid


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text()


def is_first(pid: int) -> bool:
    return re.search(r"^NSpid:.*\t1$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE) is not None


def test_asked_to_end_the_first_process_ends_in_order(installation: Installation, target: Target) -> None:
    installation.add("shop", "/shop")
    with first(installation, "up", "--log", "json") as (process, pid):
        process.wait_for("run.kept", probe="shop")
        assert is_first(pid)
        os.kill(pid, signal.SIGTERM)
        assert 0 == process.end()
        assert 0 == process.events("daemon.stopped")[0]["results_not_kept"]


def test_a_process_that_another_left_behind_does_not_stay_a_zombie(installation: Installation, target: Target) -> None:
    """What somebody starts in the container, as `docker exec` does it, and leaves there."""
    installation.add("shop", "/shop")
    with first(installation, "up", "--log", "json") as (process, pid):
        process.wait_for("daemon.started")
        reading, writing = os.pipe()
        leaving = ["nsenter", f"--target={pid}", "--pid", "sh", "-c", "exec 3<&0; cat <&3 >/dev/null & exit 7"]
        left = subprocess.run(leaving, stdin=reading, check=False)
        os.close(reading)
        assert 7 == left.returncode
        assert until(lambda: children(pid)), "it was not left to the first process"
        os.close(writing)  # which is what it waits for
        until(lambda: children(pid) == [])
        os.kill(pid, signal.SIGTERM)
        assert 0 == process.end()


def test_what_ended_before_it_was_ready_does_not_stay_a_zombie_either(installation: Installation) -> None:
    """A script that leaves processes behind and makes way for synthmon with `exec`."""
    script = "import os, sys\nif os.fork() == 0: os._exit(0)\nos.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    words = ("-c", ALONE, "-c", script, "-m", "synthmon", "up", "--log", "json")
    with installation.process(*words) as process:
        process.wait_for("daemon.started")
        (pid,) = children(process.pid)
        assert is_first(pid)
        assert [] == children(pid)


def test_a_command_that_asks_for_no_signal_ends_on_sigterm_all_the_same(
    installation: Installation, target: Target
) -> None:
    target.hanging.add("/slow")
    installation.add("slow", "/slow", timeout="60s")
    with first(installation, "run", "slow") as (process, pid):
        target.wait_for("/slow")
        os.kill(pid, signal.SIGTERM)
        assert 143 == process.end()


def test_only_demo_and_capacity_start_processes_so_that_no_exit_code_is_lost() -> None:
    """The kernel buries the children of a daemon that is the first process; it must have none that it asks for."""
    starts = re.compile(r"\b(subprocess|multiprocessing|os\.(fork|spawn|popen|system|posix_)|ProcessPoolExecutor)")
    ours = {path.relative_to(ROOT / "synthmon"): path.read_text() for path in (ROOT / "synthmon").rglob("*.py")}
    found = {path.as_posix() for path, text in ours.items() if starts.search(text) and path.parts[0] != "demo"}
    assert found == {"app/measuring.py"}
    measured_by = {path.as_posix() for path, text in ours.items() if "synthmon.app.measuring" in text}
    assert measured_by == {"app/needs.py", "cli/capacity.py"}  # a command that ends, and no daemon
    assert [path for path, text in ours.items() if "synthmon.app.needs" in text] == [Path("cli/capacity.py")]
