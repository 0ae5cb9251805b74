"""What a command costs before it does anything: `synthmon --help`, and `validate` of one file, against a bare start.

    python benchmarks/startup.py [--rounds 30]

Every round starts each command once, one after another, so that whatever else the machine does meets all of them
alike; the medians are compared. The bare start is the same interpreter with nothing to run. `console script` is the
entry point that pip writes beside the interpreter, `module` is `python -m synthmon`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parent.parent
SCRIPT = Path(sys.executable).with_name("synthmon")
PROBE = ROOT / "probes" / "login.yaml"
HELP_GOAL = 4.0  # times a bare start
BARE = "bare interpreter"

COMMANDS: Mapping[str, Sequence[str]] = {
    BARE: (sys.executable, "-c", "pass"),
    "click imported": (sys.executable, "-c", "import click"),
    "--help, console script": (str(SCRIPT), "--help"),
    "--help, module": (sys.executable, "-m", "synthmon", "--help"),
    "--version, console script": (str(SCRIPT), "--version"),
    "validate of one file": (str(SCRIPT), "validate", str(PROBE)),
    "run --help": (str(SCRIPT), "run", "--help"),
}


def seconds(command: Sequence[str]) -> float:
    """From before the process exists until it has ended."""
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return time.perf_counter() - begun


def main() -> int:
    """Print a table of medians and ratios; exits 1 where the goal for `--help` is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=30)
    rounds = arguments.parse_args().rounds
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(rounds + 1):
        for name, command in COMMANDS.items():
            spent = seconds(command)
            if number:  # the first round fills the caches
                taken[name].append(spent)
    ratios = {name: median(values) / median(taken[BARE]) for name, values in taken.items()}
    print("| command | median | p90 | times a bare start |\n|---|---|---|---|")
    for name, values in taken.items():
        p50, p90 = median(values) * 1000, quantiles(values, n=10)[-1] * 1000
        print(f"| {name} | {p50:.0f} ms | {p90:.0f} ms | {ratios[name]:.1f} |")
    of_help = ratios["--help, console script"]
    print(f"\n--help: {of_help:.2f} of at most {HELP_GOAL:.0f}")
    return 0 if of_help <= HELP_GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
