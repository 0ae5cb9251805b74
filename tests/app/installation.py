"""An installation of a test's own: something to watch, files to break, and a daemon in or out of process."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from synthmon.app.configuration import Origin
from synthmon.app.daemon import Daemon
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.forked import Forked

ROOT = Path(__file__).parents[2]
SYNTHMON = ("-m", "synthmon")  # started as a copy of what has loaded it
FRESH = ("-u", *SYNTHMON)  # started as anybody would
DEADLINE = 45.0  # seconds; what is waited for takes one or two, on a machine that is not busy


def until(true: Callable[[], Any], deadline: float = DEADLINE) -> Any:
    """What it gave as soon as it gave something; fails the test after the deadline."""
    last = time.monotonic() + deadline
    while not (found := true()):
        assert time.monotonic() < last, f"not within {deadline} s"
        threading.Event().wait(0.02)
    return found


class Target:
    """A server on loopback. Paths in `hanging` get no answer until it closes; `statuses` are those of other paths.

    `delays` are the seconds that paths take to answer.
    """

    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}
        self.delays: dict[str, float] = {}
        self.hanging: set[str] = set()
        self.asked: list[tuple[str, str]] = []  # method, path
        self.changed = threading.Condition()
        self.let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.request_queue_size = 512
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def count(self, path: str, method: str = "GET") -> int:
        with self.changed:
            return self.asked.count((method, path))

    def wait_for(self, path: str, count: int = 1, method: str = "GET") -> None:
        with self.changed:
            asked = self.changed.wait_for(lambda: self.asked.count((method, path)) >= count, DEADLINE)
            assert asked, f"{path} was asked {self.asked.count((method, path))} times"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with target.changed:
                    target.asked.append((self.command, self.path))
                    target.changed.notify_all()
                if self.path in target.hanging:
                    target.let_go.wait()
                target.let_go.wait(target.delays.get(self.path, 0.0))
                try:
                    self.send_response(target.statuses.get(self.path, 200))
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"ok")
                except OSError:
                    pass  # whoever asked has gone

            do_POST = do_DELETE = do_GET  # noqa: N815 - names that http.server calls

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        return Handler


CONFIGURATION = """\
synthmon_config: 1
environment: test
channels: {channels}
web: {{bind: "127.0.0.1:0"}}
"""
PROBE = """\
synthmon: 1
name: {name}
interval: {interval}
timeout: {timeout}
base_url: {url}
steps:
  - id: first
    name: Open the page
    request: GET {path}
    expect: {{status: 200}}
alerts:
  - when: {{failures: 2}}
    severity: page
"""


@dataclass
class Installation:
    """Files of an installation; every probe written into it watches `target` once a second unless told otherwise."""

    folder: Path
    target: str
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.probes.mkdir()
        self.configure()

    @property
    def probes(self) -> Path:
        return self.folder / "probes"

    @property
    def file(self) -> Path:
        return self.folder / "synthmon.yaml"

    @property
    def data(self) -> Path:
        return self.folder / ".synthmon"

    def configure(self, channels: Mapping[str, Any] | None = None, more: str = "") -> None:
        said = {"quiet": {"webhook": {"url": f"{self.target}/told"}}} if channels is None else channels
        self.file.write_text(CONFIGURATION.format(channels=json.dumps(said)) + more)

    def add(self, name: str, path: str = "/ok", more: str = "", **values: str) -> Path:
        values = {"interval": "1s", "timeout": "1s", "url": self.target, **values}
        file = self.probes / f"{name}.yaml"
        file.write_text(PROBE.format(name=name, path=path, **values) + more)
        return file

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        """In this process, started; stopped at the end."""
        daemon = Daemon(Origin(self.environ, None, self.folder))
        daemon.start()
        try:
            yield daemon
        finally:
            daemon.stop()

    @contextmanager
    def process(self, *command: str, **options: Any) -> Iterator[Process]:
        """As a process of its own; killed at the end if it is still there."""
        with Process(self, command or ("-m", "synthmon", "up", "--log", "json"), options) as process:
            yield process

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        """The database, read beside the daemon."""
        store = open_store(self.data / "synthmon.db", read_only=True)
        try:
            yield store
        finally:
            store.close()


class Process:
    """`synthmon up`, and every line of its log as it comes."""

    deadline = DEADLINE

    def __init__(self, installation: Installation, command: tuple[str, ...], options: dict[str, Any]) -> None:
        self._installation = installation
        self.lines: list[dict[str, Any]] = []
        self.said = ""  # what it wrote that is no event
        self.changed = threading.Condition()
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")}
        environ = {**outside, "PYTHONPATH": str(ROOT), **installation.environ}
        self._child: Forked | subprocess.Popen[bytes]
        if command[:2] == SYNTHMON:
            self._child = Forked(command[2:], installation.folder, environ, **options)
        else:
            self._child = subprocess.Popen(
                [sys.executable, *command],
                cwd=installation.folder,
                env=environ,
                stdout=subprocess.DEVNULL,
                **{"stderr": subprocess.PIPE, **options},
            )
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Process:
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()
        self._reader.join()
        if self._child.stderr is not None:
            self._child.stderr.close()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def ended(self) -> bool:
        return self._child.poll() is not None

    def send(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def end(self, deadline: float | None = None) -> int:
        """Its exit code, after its last line was read."""
        code = self._child.wait(deadline or self.deadline)
        self._reader.join(deadline or self.deadline)
        return code

    def events(self, name: str) -> list[dict[str, Any]]:
        with self.changed:
            return [line for line in self.lines if line["event"] == name]

    def wait_for(self, name: str, count: int = 1, **fields: Any) -> dict[str, Any]:
        """The last of so many events of that name and with these fields."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self.lines if line["event"] == name and fields.items() <= line.items()]

        with self.changed:
            self.changed.wait_for(lambda: len(found()) >= count or self.ended, self.deadline)
            assert len(found()) >= count, (name, fields, self.said, self.lines[-5:])
            return found()[-1]

    def started(self, name: str) -> bool:
        """Whether the event came before the process ended."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or any(line["event"] == name for line in self.lines), DEADLINE)
            return any(line["event"] == name for line in self.lines)

    def _read(self) -> None:
        for raw in self._child.stderr or ():
            with self.changed:
                try:
                    self.lines.append(json.loads(raw))
                except ValueError:
                    self.said += raw.decode()
                self.changed.notify_all()


_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading certificates would take longer than asking


def get(url: str, timeout: float = 5.0) -> httpx.Response:
    with httpx.Client(verify=_NO_TLS, trust_env=False, timeout=timeout) as client:
        return client.get(url)
