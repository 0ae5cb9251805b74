"""A real centre with a folder and a database of its own: declared, let in to, started, ended."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg

from benchmarks._fleet import ENVIRONMENT
from benchmarks._postgres import postgres
from synthmon.centre.door import Tokens
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.postgres_server import Server
from tests.regions.world import free_port

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180.0  # seconds for the centre to start

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
    log: str = "log"


def install(folder: Path, ground: Ground, asked: argparse.Namespace, pager: str) -> Installation:
    """`agents` of them in `regions`, each with `probes` of its own."""
    regions = tuple(f"r{number:02}" for number in range(1, asked.regions + 1))
    shards = asked.agents // asked.regions
    names = tuple(f"probe-{number:05}" for number in range(asked.probes * shards))
    (folder / "probes").mkdir(parents=True)
    for name in names:
        (folder / "probes" / f"{name}.yaml").write_text(PROBE.format(name=name, interval=asked.interval))
    titles = ", ".join(f"{region}: {{title: {region}}}" for region in regions)
    (folder / "synthmon.yaml").write_text(CONFIGURATION.format(environment=ENVIRONMENT, regions=titles, pager=pager))
    port = free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")},
        "SYNTHMON_DATA_DIR": str(folder / "data"),
        "SYNTHMON_WEB_BIND": f"127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
        **ground.environ,
    }
    return Installation(folder, environ, port, names, regions)


def another(made: Installation, number: int) -> Installation:
    """One more process of that centre: the same declarations and database, a port and a folder of its own."""
    port = free_port()
    own = {"SYNTHMON_DATA_DIR": f"{made.folder / 'data'}-{number}", "SYNTHMON_WEB_BIND": f"127.0.0.1:{port}"}
    return replace(made, environ=made.environ | own, port=port, log=f"log-{number}")


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
    with (made.folder / made.log).open("wb") as log:
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
            raise SystemExit(f"the centre did not start:\n{(made.folder / made.log).read_text()[-3000:]}")
        time.sleep(0.1)
