"""What a process costs before it does anything, beside a bare interpreter; and how soon 1,000 probe files are watched.

    python benchmarks/startup.py [--rounds 7] [--files 1000]

Commands are started one after another in rounds that alternate, with the bytecode that pip writes when it installs.
`run` walks a journey of four requests against a server on loopback; beside newman it is measured by `peers.py`. Then
`synthmon up` is started in a folder of so many probe files, without a database as yet: until it says that all first
runs are scheduled. The bare loop is a process that reads the same files by PyYAML's C loader, and nothing more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._compiled import ROOT, compile_as_installed
from benchmarks._figures import Spent, children, goal, table, versions
from benchmarks._serving import serving
from synthmon.app.measuring import JOURNEY, PASSWORD

SCRIPT = Path(sys.executable).with_name("synthmon")
BARE, RUN, HELP = "a bare interpreter", "`synthmon run`, four requests", "`synthmon --help`"
FILES_ROUNDS, PATIENCE = 3, 60
READ = (
    "import sys, pathlib, yaml\n"
    "for path in sorted(pathlib.Path('probes').iterdir()): yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)"
)

COMMANDS: Mapping[str, Sequence[str]] = {
    BARE: (sys.executable, "-c", "pass"),
    "click imported": (sys.executable, "-c", "import click"),
    HELP: (str(SCRIPT), "--help"),
    "`synthmon validate`, one file": (str(SCRIPT), "validate", "probes/probe-0.yaml"),
    RUN: (str(SCRIPT), "run", "probes/probe-0.yaml"),
    "`synthmon agent --help`, all that an agent loads": (str(SCRIPT), "agent", "--help"),
    "`synthmon up --help`, all that a daemon loads": (str(SCRIPT), "up", "--help"),
}


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")}
    return kept | {"PYTHONPATH": str(ROOT), "SYNTHMON_SECRET_PASSWORD": PASSWORD}


def ended(command: Sequence[str], folder: Path) -> Spent:
    """From before the process exists until it has ended."""
    with children() as spent:
        done = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, check=False, timeout=PATIENCE
        )
    if done.returncode:
        raise SystemExit(f"{command}: exit code {done.returncode}: {done.stderr.decode()[-2000:]}")
    return spent


def furnish(folder: Path, url: str, files: int) -> Path:
    (folder / "probes").mkdir(parents=True)
    (folder / "synthmon.yaml").write_text('synthmon_config: 1\nweb: {bind: "127.0.0.1:0"}\n')
    for number in range(files):
        text = JOURNEY.format(name=f"probe-{number}", interval="15m", url=url)
        (folder / "probes" / f"probe-{number}.yaml").write_text(text)
    return folder


def scheduled(folder: Path) -> Spent:
    """`synthmon up` until it says that it has begun, which is after the first run of every probe was scheduled."""
    with tempfile.TemporaryDirectory() as data:
        command = [str(SCRIPT), "up", "--log", "json"]
        began = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environment() | {"SYNTHMON_DATA_DIR": data},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        ) as child:
            try:
                assert child.stderr is not None
                for line in child.stderr:
                    if _event(line) == "daemon.started":
                        return Spent(time.perf_counter() - began, _processor(child.pid))
            finally:
                child.kill()
    raise SystemExit("the daemon ended before it had begun")


def _event(line: str) -> str:
    with suppress(ValueError):
        return str(json.loads(line).get("event"))
    return ""


def _processor(pid: int) -> float:
    """Seconds of processor time that a living process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(turns: Mapping[str, Callable[[], Spent]], rounds: int) -> dict[str, Spent]:
    """Medians of rounds that alternate; one before them fills the caches."""
    found: dict[str, list[Spent]] = {name: [] for name in turns}
    for number in range(rounds + 1):
        for name, turn in turns.items():
            spent = turn()
            if number:
                found[name].append(spent)
    return {
        name: Spent(statistics.median(one.wall for one in every), statistics.median(one.cpu for one in every))
        for name, every in found.items()
    }


def show(head: str, found: Mapping[str, Spent], bare: str) -> None:
    rows = [
        (name, f"{one.wall:.3f}", f"{one.cpu:.3f}", f"{one.cpu / found[bare].cpu:.1f}") for name, one in found.items()
    ]
    table((head, "s", "CPU s", "CPU to bare"), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--files", type=int, default=1000)
    asked = parser.parse_args(arguments)
    compile_as_installed()
    with tempfile.TemporaryDirectory() as made, serving() as url:
        one = furnish(Path(made) / "one", url, 1)
        commands = {name: partial(ended, command, one) for name, command in COMMANDS.items()}
        found = measured(commands, asked.rounds)
        many = furnish(Path(made) / "many", url, asked.files)
        read, up = "read by a bare YAML loader", "`synthmon up`, to the last first run scheduled"
        validate = "`synthmon validate`"
        turns = {
            read: partial(ended, (sys.executable, "-c", READ), many),
            validate: partial(ended, (str(SCRIPT), "validate"), many),
            up: partial(scheduled, many),
        }
        watched = measured(turns, FILES_ROUNDS)
    show("a process", found, BARE)
    show(f"{asked.files:,} probe files", watched, read)
    print(versions("click", "PyYAML") + "\n")
    goal("processor time of `synthmon run` of one probe, a cold process", found[RUN].cpu, 0.25, "s")
    goal("processor time of `synthmon --help` to a bare interpreter", found[HELP].cpu / found[BARE].cpu, 4, "times")
    goal(f"{asked.files:,} files to the last first run scheduled", watched[up].wall, 2, "s")
    goal(f"processor time of {asked.files:,} files to the last first run scheduled", watched[up].cpu, 2, "s")


if __name__ == "__main__":
    main()
