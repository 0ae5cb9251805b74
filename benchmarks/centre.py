"""A centre that agents of many regions deliver to at real rates: what it takes, how late, and what it costs.

    python benchmarks/centre.py [--agents 10] [--probes 400] [--regions 5] [--interval 30] [--seconds 20]
                                [--database sqlite] [--database postgres] [--folder DIR]

The centre is `synthmon centre`, a process of its own, with a database of its own. The agents are simulated by this
process (`_fleet.py`): every probe of every agent has a result of four steps in each interval, at its slot, delivered as
agents deliver; they send heartbeats, and hold the long poll. A third of the way through, the target of three probes
breaks everywhere: their results fail, confirmations that the judge asks for are answered, and a webhook is paged.

`--agents 50 --probes 2000 --regions 10 --interval 60 --seconds 120` is 1,667 runs a second. Processor time, memory,
bytes on the wire and on disk are the centre's (and PostgreSQL's) own; what the agents and the machine's other users do
is not in them, though it keeps the centre waiting.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psycopg
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import goal, quantile, table
from benchmarks._fleet import ENVIRONMENT, Broken, Plan, Tally, fleet
from benchmarks._postgres import difference, postgres, processor_seconds, used_by
from synthmon.centre.door import Tokens
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.postgres_server import Server
from tests.regions.world import free_port

ROOT = Path(__file__).resolve().parent.parent
BROKEN = 3  # probes: as many as one channel is told of one by one within a minute
PATIENCE = 180.0  # seconds for the centre to start
LATE = 2.0  # seconds from a result's end until the centre has it for good
PAGED = 1.4, 3.0  # intervals and seconds from an outage until somebody is paged: 87 s at 60 s intervals

CONFIGURATION = """\
synthmon_config: 1
environment: {environment}
regions: {{{regions}}}
channels:
  pager: {{webhook: {{url: "{pager}"}}}}
"""
PROBE = """\
synthmon: 1
name: {name}
interval: {interval:g}s
timeout: 10s
base_url: https://shop.example.com
steps:
  - {{id: log-in, name: Log-in, request: POST /api/log-in, expect: {{status: 2xx}}}}
  - {{id: cart, name: Cart, request: POST /api/cart, expect: {{status: 2xx}}}}
  - {{id: checkout, name: Checkout, request: POST /api/checkout, expect: {{status: 2xx}}}}
  - {{id: order, name: Order, request: GET /api/order, expect: {{status: 2xx}}}}
alerts:
  - {{when: {{failures: 2}}, severity: page}}
"""


class Pager:
    """A webhook's receiver that remembers when a probe was first told of."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}
        pager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                for name in re.findall(rf'"synthmon/{ENVIRONMENT}/down/([a-z0-9-]+)"', body):
                    pager.told.setdefault(name, time.time())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(slots=True)
class Sampled:
    """What was seen twice a second: how far behind the judge was, and the memory of the centre."""

    behind: list[float] = field(default_factory=list)
    memory: int = 0


class Watch:
    """Looks at the marks in the database, as a reader like any other."""

    def __init__(self, marks: Callable[[], tuple[int, int]], pid: int) -> None:
        self.seen = Sampled()
        self._marks, self._pid = marks, pid
        self._arrived: list[tuple[float, int]] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._ending.wait(0.25):
            now = time.time()
            arrival, watermark = self._marks()
            self._arrived.append((now, arrival))
            waiting = next((at for at, number in self._arrived if number > watermark), now)
            self._arrived = [one for one in self._arrived if one[0] >= waiting]
            self.seen.behind.append(now - waiting)
            self.seen.memory = max(self.seen.memory, _resident(self._pid))


def _resident(pid: int) -> int:
    with suppress(OSError):
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def _written(pid: int) -> int:
    """Bytes that a process has caused to be written to disk."""
    found = re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Ground:
    """The database of a centre: its address, the judge's marks in it, its bytes, its server."""

    address: Path | str
    environ: dict[str, str]
    marks: Callable[[], tuple[int, int]]
    size: Callable[[], int]
    server: Server | None = None


_MARKS = "SELECT (SELECT value FROM counters WHERE name = 'arrival'), (SELECT max(watermark) FROM judge)"


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Ground]:
    path = folder / "centre" / "data" / "synthmon.db"

    def marks() -> tuple[int, int]:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            arrival, watermark = connection.execute(_MARKS).fetchone()
        return arrival, watermark or 0

    def size() -> int:
        return path.stat().st_size

    yield Ground(path, {}, marks, size)


@contextmanager
def on_postgres(folder: Path) -> Iterator[Ground | None]:
    with postgres(folder) as server:
        if server is None:
            yield None
            return
        connection = psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True)
        lock = threading.Lock()

        def marks() -> tuple[int, int]:
            with lock:
                arrival, watermark = connection.execute(_MARKS).fetchone() or (0, 0)
            return arrival, watermark or 0

        def size() -> int:
            with lock:
                (found,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
            return int(found)

        yield Ground(server.url(), {"SYNTHMON_DATABASE_URL": server.url()}, marks, size, server)
        connection.close()


GROUNDS = {"sqlite": on_sqlite, "postgres": on_postgres}


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder of a centre, and what it is asked to bear."""

    folder: Path
    environ: dict[str, str]
    port: int
    names: tuple[str, ...]
    regions: tuple[str, ...]


def install(folder: Path, ground: Ground, asked: argparse.Namespace, pager: Pager) -> Installation:
    """`agents` of them in `regions`, each with `probes` of its own."""
    regions = tuple(f"r{number:02}" for number in range(1, asked.regions + 1))
    shards = asked.agents // asked.regions
    names = tuple(f"probe-{number:05}" for number in range(asked.probes * shards))
    (folder / "probes").mkdir(parents=True)
    for name in names:
        (folder / "probes" / f"{name}.yaml").write_text(PROBE.format(name=name, interval=asked.interval))
    titles = ", ".join(f"{region}: {{title: {region}}}" for region in regions)
    (folder / "synthmon.yaml").write_text(
        CONFIGURATION.format(environment=ENVIRONMENT, regions=titles, pager=pager.url)
    )
    port = free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")},
        "SYNTHMON_DATA_DIR": str(folder / "data"),
        "SYNTHMON_WEB_BIND": f"127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
        **ground.environ,
    }
    return Installation(folder, environ, port, names, regions)


def let_in(ground: Ground, made: Installation) -> dict[str, str]:
    """A token for each region."""
    migrate.upgrade(ground.address)
    store = open_store(ground.address)
    try:
        desk = Tokens(store, lambda: made.regions, lambda: datetime.now(UTC))
        return {region: desk.add(region)[1] for region in made.regions}
    finally:
        store.close()


@contextmanager
def centre(made: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """A real one, which answers; its log stays in the folder."""
    with (made.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "synthmon", "centre", "--log", "json"],
            cwd=made.folder,
            env=made.environ,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, made)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], made: Installation) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{made.port}/healthz", timeout=5).status_code == 200:
                return
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the centre did not start:\n{(made.folder / 'log').read_text()[-3000:]}")
        time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Borne:
    """What came of one centre; seconds and bytes."""

    seconds: float
    offered: float
    tally: Tally
    seen: Sampled
    start: float
    processor: float
    server: float | None
    written: int
    grown: int
    outage: dict[str, float]
    page: dict[str, float]


def bear(ground: Ground, folder: Path, asked: argparse.Namespace) -> Borne:
    pager = Pager()
    made = install(folder, ground, asked, pager)
    tokens = let_in(ground, made)
    began = time.monotonic()
    with centre(made) as process:
        start = time.monotonic() - began
        tally, broken = Tally(), Broken()
        agents = fleet(
            Plan(made.port, asked.interval),
            tokens,
            asked.agents // asked.regions,
            made.names,
            broken,
            tally,
        )
        for agent in agents:
            agent.start()
        time.sleep(min(5.0, asked.seconds / 4))  # the first results, dictionaries, connections
        watch = Watch(ground.marks, process.pid)
        before = _Before(process.pid, ground, tally)
        if asked.spy:
            spied = [
                "record",
                "--gil",
                "-f",
                "raw",
                "-r",
                "200",
                "-d",
                str(int(asked.seconds)),
                "-o",
                str(folder / "spied"),
            ]
            subprocess.Popen([asked.spy, *spied, "-p", str(process.pid)], stdout=subprocess.DEVNULL)
        time.sleep(asked.seconds / 3)
        broken.since, broken.probes = time.time(), frozenset(made.names[:: len(made.names) // BROKEN][:BROKEN])
        time.sleep(asked.seconds * 2 / 3)
        while len(pager.told) < BROKEN and time.time() - broken.since < asked.interval * 1.5 + 10:
            time.sleep(0.2)
        borne = before.until_now(watch, start, asked, broken, pager)
        for agent in agents:
            agent.stop()
        watch.stop()
    pager.close()
    return borne


class _Before:
    """How everything stood when measuring began."""

    def __init__(self, pid: int, ground: Ground, tally: Tally) -> None:
        self._pid, self._ground, self._tally = pid, ground, tally
        with tally.lock:
            self._counts = (tally.accepted, tally.requests, tally.sent, tally.received)
            tally.waits.clear()
        self._at, self._processor = time.monotonic(), processor_seconds(pid)
        self._server = used_by(ground.server) if ground.server else {}
        self._written, self._size = _written(pid), ground.size()

    def until_now(self, watch: Watch, start: float, asked: argparse.Namespace, broken: Broken, pager: Pager) -> Borne:
        server = self._ground.server
        tally = self._tally
        with tally.lock:
            accepted, requests, sent, received = self._counts
            since = Tally(
                accepted=tally.accepted - accepted,
                refused=tally.refused,
                requests=tally.requests - requests,
                errors=list(tally.errors),
                sent=tally.sent - sent,
                received=tally.received - received,
                waits=list(tally.waits),
                confirmed=tally.confirmed,
            )
            first = dict(tally.first_failure)
        return Borne(
            seconds=time.monotonic() - self._at,
            offered=asked.agents * asked.probes / asked.interval,
            tally=since,
            seen=watch.seen,
            start=start,
            processor=processor_seconds(self._pid) - self._processor,
            server=difference(self._server, used_by(server)) if server else None,
            written=_written(self._pid) - self._written,
            grown=self._ground.size() - self._size,
            outage={name: at - broken.since for name, at in pager.told.items() if name in broken.probes},
            page={name: at - first[name] for name, at in pager.told.items() if name in first},
        )


def report(name: str, borne: Borne) -> None:
    tally, runs = borne.tally, max(1, borne.tally.accepted)
    waits, behind = tally.waits or [0.0], borne.seen.behind or [0.0]
    server = (
        "–"
        if borne.server is None
        else f"{borne.server / runs * 1e6:.0f} µs a run, {borne.server / borne.seconds:.2f} cores"
    )
    rows = [
        ("offered, runs a second", f"{borne.offered:,.0f}"),
        ("accepted, runs a second", f"{runs / borne.seconds:,.0f}"),
        ("accepted after the end of the run, p50 / p99 / most", _three(waits)),
        ("judged after it was kept, p50 / p99 / most", _three(behind)),
        ("page after the outage began, each", _each(borne.outage)),
        ("page after the first failed result, each", _each(borne.page)),
        ("confirmations asked for and answered", f"{tally.confirmed:,}"),
        (
            "requests with results a second, runs in each",
            f"{tally.requests / borne.seconds:,.0f}, {runs / max(1, tally.requests):.1f}",
        ),
        (
            "the centre's processor time",
            f"{borne.processor / runs * 1e6:.0f} µs a run, {borne.processor / borne.seconds:.2f} cores",
        ),
        ("PostgreSQL's", server),
        ("the centre's memory, most", f"{borne.seen.memory / 2**20:.0f} MiB"),
        ("bytes on the wire a run, to the centre and back", f"{tally.sent / runs:,.0f}, {tally.received / runs:,.0f}"),
        ("the database grew by, a run", f"{borne.grown / runs:,.0f} bytes"),
        ("the centre wrote to disk, a run", f"{borne.written / runs:,.0f} bytes"),
        ("refused, errors", f"{tally.refused:,}, {len(tally.errors):,}"),
        ("start of the centre", f"{borne.start:.1f} s"),
    ]
    table((name, "found"), rows)
    for error in sorted(set(tally.errors))[:3]:
        print(f"    {error[:200]}")


def _three(values: list[float]) -> str:
    return f"{quantile(values, 0.5):.2f} / {quantile(values, 0.99):.2f} / {max(values):.2f} s"


def _each(values: dict[str, float]) -> str:
    return " / ".join(f"{value:.1f}" for value in sorted(values.values())) + " s" if values else "none came"


def goals(name: str, borne: Borne | None, interval: float) -> None:
    share = None if borne is None else borne.tally.accepted / borne.seconds / borne.offered * 100
    goal(f"{name}, of what is due it accepts", share, 97, "%", at_least=True)
    late = None if borne is None else quantile(borne.tally.waits or [999.0], 0.99)
    goal(f"{name}, accepted after the end of the run, p99", late, LATE, "s")
    paged = None if borne is None or len(borne.outage) < BROKEN else max(borne.outage.values())
    goal(f"{name}, the last of {BROKEN} outages is paged after", paged, PAGED[0] * interval + PAGED[1], "s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=10, help="a multiple of the regions")
    parser.add_argument("--probes", type=int, default=400, help="of each agent")
    parser.add_argument("--regions", type=int, default=5)
    parser.add_argument("--interval", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--database", choices=sorted(GROUNDS), action="append", help="one of them, or each in turn")
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made; the disk that counts")
    parser.add_argument(
        "--spy", metavar="PROGRAM", help="where py-spy is, to have it say what the centre spends its time with"
    )
    parser.add_argument("--keep", action="store_true", help="leave the folder, with the centre's log in it")
    asked = parser.parse_args()
    if asked.agents % asked.regions:
        parser.error("--agents must be a multiple of --regions")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    found: dict[str, Borne | None] = {}
    for database in asked.database or ["sqlite", "postgres"]:
        folder = Path(tempfile.mkdtemp(prefix="synthmon-centre-", dir=asked.folder))
        folder.chmod(0o755)
        with GROUNDS[database](folder) as ground:
            name = {"sqlite": "SQLite", "postgres": "PostgreSQL"}[database]
            found[name] = bear(ground, folder / "centre", asked) if ground is not None else None
            if (borne := found[name]) is not None:
                report(name, borne)
        if asked.keep:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for name, borne in found.items():
        goals(name, borne, asked.interval)


if __name__ == "__main__":
    main()
