"""What an agent's memory is at 5,000 journeys a minute, and whether it stays that.

    python benchmarks/memory.py [--probes 1000] [--a-minute 5000] [--runs 15000] [--warm 9000] [--every 100] [--tls]

With `--tls` the journeys go by https, and the agent trusts whom this machine trusts, and the server.

`synthmon agent`, a process of its own as its users start it, with so many files of probes; journeys of four steps go to
a server on loopback, its results by way of its spool to a centre that takes everything, remembers how much, and keeps
nothing. Its resident memory is read after so many runs, and from inside how many blocks of memory Python holds and how
many objects the collector knows: what leaks shows in those long before it shows in the first.

Of "flat" only that is told which was seen. Growth leaves out the first `--warm` runs, nine of each probe where nothing
else is said: with its eighth, a step learns how its answers are built, which takes room once, and leaves objects in
circles, for which the collector comes by later. Whoever looks across that sees a step and takes it for a slope. Nothing
of it is hidden: the most memory is told from the first run on, and what the first runs added. What follows, six more of
each probe, is taken in three parts. Growth is the median of the last part to that of the first: single readings go up
and down with the runs that are under way. Then a line through all of these readings, with twice its standard error. A
day at 5,000 a minute is 7.2 million runs, of which three minutes see 15,000: what the line says of a day is as
uncertain as that. `--runs 500000 --a-minute 15000` takes half an hour and says more.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import goal, table
from benchmarks._serving import Talk, serving
from synthmon.app.measuring import JOURNEY, PASSWORD
from synthmon.engine.trusted import trusted_certificates

ROOT = Path(__file__).resolve().parent.parent
MOST, GROWTH = 100.0, 1.0  # MiB; percent
WARM, LEVEL = 9, 6  # runs of each probe: until it has learned what it will, and after that
DAY = 7_200_000  # runs, at 5,000 a minute
PATIENCE = 60.0  # seconds in which runs have to come
CONFIGURATION = 'synthmon_config: 1\nregions: {here: {title: "Here"}}\n'
AGENT = """
import gc, json, sys, threading
from synthmon.heap.lasting import share_one_arena
share_one_arena()  # as the command does, before there is any thread: here there is one before
def tell():
    for _ in sys.stdin:
        print(json.dumps([sys.getallocatedblocks(), len(gc.get_objects()) + gc.get_freeze_count()]), flush=True)
threading.Thread(target=tell, daemon=True).start()
from synthmon.cli import main
sys.argv[0] = "synthmon"
sys.exit(main())
"""
"""The command, beside a thread that says what the interpreter holds when it is asked."""


@dataclass(frozen=True, slots=True)
class Sample:
    runs: int
    resident: float  # MiB
    of_files: float  # MiB of it that are pages of programs and libraries, which the system can take away and read again
    blocks: int
    objects: int


def centre(taken: Any) -> Talk:
    """Takes whatever an agent sends; `taken` counts the runs. It says how far it has come, as an agent whose centre
    knows less than it did sends everything again.
    """

    class Taking(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path.endswith("/results"):
                records = json.loads(gzip.decompress(body))["records"]
                taken.value = records[-1]["seq"]  # numbered from 1, none left out
                self.answer({"durable": taken.value, "refused": []})
            else:
                self.answer({"now": round(time.time() * 1000), "durable": taken.value, "config_hash": ""})

        def do_GET(self) -> None:
            time.sleep(20)  # as one who has nothing to ask
            self.answer({"asked": [], "last": 0})

        def answer(self, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    return lambda channel: Taking(channel, ("", 0), None)  # type: ignore[arg-type, return-value]


@contextmanager
def agent(
    folder: Path, target: str, listens: str, probes: int, interval: float, authority: trustme.CA | None = None
) -> Iterator[subprocess.Popen[str]]:
    (folder / "probes").mkdir()
    (folder / "synthmon.yaml").write_text(CONFIGURATION)
    for number in range(probes):
        text = JOURNEY.format(name=f"probe-{number}", interval=f"{1000 * interval:.0f}ms", url=target)
        (folder / "probes" / f"{number}.yaml").write_text(text)
    bundle = folder / "authorities.pem"  # all that this machine trusts, as each would be read, and the server's
    ours = authority.cert_pem.bytes() if authority else b""
    bundle.write_bytes(Path(trusted_certificates()).read_bytes() + b"\n" + ours)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")} | {
        "PYTHONPATH": str(ROOT),
        "SYNTHMON_SECRET_PASSWORD": PASSWORD,
        "SYNTHMON_CENTRE_URL": listens,
        "SYNTHMON_AGENT_TOKEN": f"synthmon_{'0' * 43}",
        "SYNTHMON_REGION": "here",
        "SYNTHMON_CONFIG": str(folder / "synthmon.yaml"),
        "SSL_CERT_FILE": str(bundle),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", AGENT, "agent", "--log", "json"],
        cwd=folder,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / "log").open("w"),
        text=True,
    )
    try:
        yield child
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=60)
    finally:
        child.kill()
        child.wait()


def look(child: subprocess.Popen[str], runs: int) -> Sample:
    assert child.stdin is not None
    assert child.stdout is not None
    print(file=child.stdin, flush=True)
    blocks, objects = json.loads(child.stdout.readline())
    lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
    of = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "RssFile"))}
    return Sample(runs, of["VmRSS"], of["RssFile"], blocks, objects)


def samples(child: subprocess.Popen[str], taken: Any, runs: int, every: int, log: Path) -> Iterator[Sample]:
    for wanted in range(every, runs + 1, every):
        last, since = taken.value, time.monotonic()
        while taken.value < wanted:
            if taken.value > last:
                last, since = taken.value, time.monotonic()
            if child.poll() is not None or time.monotonic() - since > PATIENCE:
                raise SystemExit(f"the agent makes no runs any more:\n{log.read_text()[-3000:]}")
            time.sleep(0.02)
        yield look(child, taken.value)


@dataclass(frozen=True, slots=True)
class Line:
    """By least squares, for each run; `error` is twice the standard error of `slope`."""

    slope: float
    error: float

    def __str__(self) -> str:
        return f"{self.slope:.3f} ± {self.error:.3f}"


def line(found: Sequence[Sample], figure: Callable[[Sample], float]) -> Line:
    x, y = [float(one.runs) for one in found], [float(figure(one)) for one in found]
    slope, begins = statistics.linear_regression(x, y)
    left = sum((value - begins - slope * run) ** 2 for run, value in zip(x, y, strict=True))
    middle = statistics.fmean(x)
    spread = sum((run - middle) ** 2 for run in x)
    return Line(slope, 2 * (left / (len(x) - 2) / spread) ** 0.5)


def parts(found: Sequence[Sample]) -> tuple[float, float, float]:
    """The medians of three equal parts of what is resident, in MiB."""
    third = len(found) // 3
    cut = (found[:third], found[third : 2 * third], found[2 * third :])
    first, second, last = (statistics.median(one.resident for one in part) for part in cut)
    return first, second, last


def tell(found: Sequence[Sample], warm: int, what: str) -> None:
    shown = found if len(found) <= 12 else [*found[:: len(found) // 11 + 1], found[-1]]
    rows = [
        (f"{one.runs:,} runs", f"{one.resident:.1f}", f"{one.of_files:.1f}", f"{one.blocks:,}", f"{one.objects:,}")
        for one in shown
    ]
    table(("after", "resident, MiB", "of it files", "blocks", "objects"), rows)
    later = [one for one in found if one.runs > warm]
    thirds, resident = parts(later), line(later, lambda one: one.resident)
    blocks, objects = line(later, lambda one: one.blocks), line(later, lambda one: one.objects)
    settled = max((one.resident for one in found if one.runs <= warm), default=thirds[0])
    most = max(one.resident for one in later)
    print(f"Up to {settled:.1f} MiB in the first {warm:,} runs, and {most:.1f} after that,")
    print(f"where the medians of three parts are {', '.join(f'{part:.1f}' for part in thirds)} MiB.")
    print(f"Each run left {blocks} blocks and {objects} objects,")
    print(f"which is {resident.slope * DAY:,.0f} ± {resident.error * DAY:,.0f} MiB for a day of 5,000 a minute.\n")
    goal(f"memory of an agent at {what}, most", max(one.resident for one in found), MOST, "MiB")
    goal(
        f"growth over the last {later[-1].runs - warm:,} runs of {what}", 100 * (thirds[2] / thirds[0] - 1), GROWTH, "%"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probes", type=int, default=1000)
    parser.add_argument("--a-minute", type=int, default=5000, help="journeys")
    parser.add_argument("--runs", type=int, help=f"{WARM + LEVEL} for each probe, where nothing is said")
    parser.add_argument("--warm", type=int, help=f"runs at first that say nothing of growth; {WARM} for each probe")
    parser.add_argument("--every", type=int, default=100, help="runs after which it is looked at")
    parser.add_argument("--tls", action="store_true", help="journeys by https")
    asked = parser.parse_args()
    warm = WARM * asked.probes if asked.warm is None else asked.warm
    runs = (WARM + LEVEL) * asked.probes if asked.runs is None else asked.runs
    if runs < warm + 9 * asked.every:
        parser.error(f"--runs {runs}: less than nine readings are left after {warm} runs that say nothing of growth")
    authority = trustme.CA() if asked.tls else None
    interval, taken = asked.probes * 60 / asked.a_minute, multiprocessing.get_context("fork").Value("q", 0)
    with (
        tempfile.TemporaryDirectory() as name,
        serving(authority=authority) as target,
        serving(centre(taken)) as listens,
    ):
        folder = Path(name)
        with agent(folder, target, listens, asked.probes, interval, authority) as child:
            found = list(samples(child, taken, runs, asked.every, folder / "log"))
        bad = [
            line
            for line in (folder / "log").read_text().splitlines()
            if '"run.kept"' in line and '"passed"' not in line
        ]
    print(f"{asked.probes:,} probes of four steps, every {interval:g} s; {len(bad):,} of these runs did not pass:")
    tell(found, warm, f"{asked.a_minute:,} a minute{' by TLS' if asked.tls else ''}")


if __name__ == "__main__":
    main()
