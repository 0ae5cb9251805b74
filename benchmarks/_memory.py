"""The most memory that a process has had, where the work is done by a fresh one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def most() -> float:
    """MiB that this process has had; what getrusage tells begins with what its parent had."""
    told = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in told.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def tell(work: Callable[[], object]) -> None:
    """Print what it was before the work, and after."""
    before = most()
    work()
    print(before, most())


def told_by(script: str, *arguments: str) -> tuple[float, float]:
    """What `tell` prints in a process of its own."""
    command = [sys.executable, "-W", "ignore", script, *arguments]
    before, after = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-2:]
    return float(before), float(after)
