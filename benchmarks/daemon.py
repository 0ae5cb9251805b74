"""Whether the daemon's memory stays what it is, and how late its runs start: 2,000 runs against a server on loopback.

    python benchmarks/daemon.py [--runs 2000] [--probes 100] [--folder DIR]

`synthmon up` is a process of its own with so many probes of four steps, each once a second. Its resident memory is read
after 200 runs, when everything has been used once, and after the last; the ratio of the two is compared, since the
figures themselves depend on the machine. How late a run started is taken from the database, beside how late a bare
thread of this process wakes for the same instants: what it is late as well is the machine's fault. What the daemon
takes of the processor, walking, keeping, judging and rolling up, is divided by the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import goal, quantile, ratio, table
from benchmarks._serving import serving
from synthmon.app.measuring import JOURNEY, PASSWORD
from synthmon.model.run import Outcome
from synthmon.store.opening import open_store

ROOT = Path(__file__).parent.parent
FIRST = 200  # runs after which the memory is read for the first time
GROWTH_GOAL = 1.10


@contextmanager
def daemon(folder: Path) -> Iterator[tuple[int, IO[str]]]:
    """`synthmon up` in the folder: its process id and its log."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")}
    command = [sys.executable, "-m", "synthmon", "up", "--log", "json"]
    environ |= {"PYTHONPATH": str(ROOT), "SYNTHMON_SECRET_PASSWORD": PASSWORD}
    child = subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    try:
        yield child.pid, child.stderr
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=30)
    finally:
        child.kill()
        child.wait()


def furnish(folder: Path, url: str, probes: int) -> None:
    (folder / "probes").mkdir()
    (folder / "synthmon.yaml").write_text('synthmon_config: 1\nweb: {bind: "127.0.0.1:0"}\n')
    for number in range(probes):
        (folder / "probes" / f"{number}.yaml").write_text(
            JOURNEY.format(name=f"probe-{number}", interval="1s", url=url)
        )


def resident(pid: int) -> float:
    """MiB of memory that the process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024


def processor(pid: int) -> float:
    """Seconds of processor time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def count(log: IO[str], kept: int) -> None:
    """Read the log until so many more runs were kept."""
    for line in log:
        kept -= line.startswith("{") and json.loads(line)["event"] == "run.kept"
        if kept <= 0:
            return
    raise SystemExit("the daemon ended by itself")


class Bare(threading.Thread):
    """Wakes on instants as many a second as runs start, and does nothing else; `late` in seconds."""

    def __init__(self, a_second: int) -> None:
        super().__init__(daemon=True)
        self._pause, self.late = 1 / a_second, list[float]()

    def run(self) -> None:
        due = time.monotonic()
        while True:
            due += self._pause
            time.sleep(max(0.0, due - time.monotonic()))
            self.late.append(time.monotonic() - due)


def spread(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    """Median, 99th percentile and worst, in milliseconds."""
    return (name, *(f"{1000 * value:.1f}" for value in (median(seconds), quantile(seconds, 0.99), max(seconds))))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=2000)
    arguments.add_argument("--probes", type=int, default=100)
    arguments.add_argument("--folder", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name, serving() as url:
        folder, bare = Path(name), Bare(options.probes)
        furnish(folder, url, options.probes)
        with daemon(folder) as (pid, log):
            count(log, FIRST)
            first, used = resident(pid), processor(pid)
            bare.start()
            count(log, options.runs - FIRST)
            last, spent = resident(pid), processor(pid) - used
        store = open_store(folder / ".synthmon" / "synthmon.db", read_only=True)
        rows = store.run_rows(limit=2 * options.runs)[:-FIRST]
        store.close()
    passed = sum(row.outcome is Outcome.PASSED for row in rows)
    if passed < len(rows):
        raise SystemExit(f"{len(rows) - passed} of {len(rows)} runs did not pass")
    memory = ((f"{FIRST} runs", first), (f"{options.runs:,} runs", last))
    table(("memory after", "resident, MiB", "ratio"), [(name, f"{one:.1f}", ratio(one, first)) for name, one in memory])
    late = (spread("start of a run", [row.late for row in rows]), spread("a bare thread", bare.late))
    table(("late, ms", "median", "p99", "worst"), late)
    each = 1000 * spent / (options.runs - FIRST)
    print(
        f"{passed:,} runs passed; each took {each:.1f} ms of the daemon's processor time, all that it does included.\n"
    )
    goal(f"memory of a daemon after {options.runs:,} runs to that after {FIRST}", last / first, GROWTH_GOAL, "times")


if __name__ == "__main__":
    main()
