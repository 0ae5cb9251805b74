"""Prometheus's blackbox_exporter as somebody who measures latencies: a process of its own that is asked for a probe."""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pycurl

from benchmarks._getting import DEBIAN, version, version_told
from benchmarks._getting import found as found_at

NAMES = ("blackbox_exporter", DEBIAN[0])
MODULES = "modules: {told: {prober: http, http: {preferred_ip_protocol: ip4}}}\n"
_PHASE = re.compile(rb'^probe_http_duration_seconds\{phase="processing"\} (\S+)$', re.MULTILINE)
_PATIENCE = 10.0


def found(peers: Path) -> str | None:
    """The program: of the folder of peers, or of the machine."""
    return next((words[0] for name in NAMES if (words := found_at(name, peers / DEBIAN[0]))), None)


def told_version(peers: Path, program: str) -> str:
    return version(peers / DEBIAN[0]) or version_told((program,))


@contextmanager
def exporting(program: str) -> Iterator[Callable[[str], float]]:
    """As long as this lasts: the seconds that a probe of an address reports from the connection to the first byte."""
    with tempfile.TemporaryDirectory() as made:
        config, port = Path(made) / "blackbox.yml", _free_port()
        config.write_text(MODULES)
        command = [program, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _await(port, process)
                yield _Asking(f"http://127.0.0.1:{port}/probe?module=told&target=").ask
            finally:
                process.kill()


class _Asking:
    """A handle a thread: what asking costs here is no part of what the exporter reports."""

    def __init__(self, address: str) -> None:
        self._address, self._local = address, threading.local()

    def ask(self, url: str) -> float:
        answer = fetched(self._local, self._address + quote(url, safe=""))
        if b"\nprobe_success 1\n" not in answer or not (phase := _PHASE.search(answer)):
            raise SystemExit(f"blackbox_exporter did not reach the server: {answer[-600:].decode()}")
        return float(phase[1])


def fetched(local: threading.local, url: str) -> bytes:
    """The body of an answer, by this thread's own connection."""
    if not hasattr(local, "handle"):
        local.handle = pycurl.Curl()
    pieces: list[bytes] = []
    handle = local.handle
    handle.reset()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.WRITEFUNCTION, pieces.append)
    handle.perform()
    return b"".join(pieces)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("blackbox_exporter does not start") from error
            time.sleep(0.02)
