"""Where a tool walks its journeys: a server that counts what comes, and the process that is started there."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from socket import socket
from typing import cast

from benchmarks._figures import Spent, children
from benchmarks._walkers import CALLS, Walker
from synthmon.app.answering import talk

PATIENCE = 120  # seconds for one process


class Counter:
    """Counts connections and answers in the server's process; `spoiled` is whether payments are refused."""

    def __init__(self) -> None:
        self.connections, self.answers, self.spoiled = _number(), _number(), _number()

    def talk(self, channel: socket) -> None:
        with self.connections.get_lock():
            self.connections.value += 1
        talk(cast("socket", _Counted(channel, self)))  # of a socket it asks these two methods

    def reset(self, *, spoiled: bool = False) -> None:
        self.connections.value = self.answers.value = 0
        self.spoiled.value = int(spoiled)


def _number() -> Synchronized[int]:
    return cast("Synchronized[int]", multiprocessing.get_context("fork").Value("q", 0))


class _Counted:
    def __init__(self, channel: socket, counter: Counter) -> None:
        self._counter = counter
        self._channel = channel
        self.recv = channel.recv

    def sendall(self, answer: bytes) -> None:
        with self._counter.answers.get_lock():
            self._counter.answers.value += 1
        spoiled = answer.replace(b'"status": "paid"', b'"status": "open"')
        self._channel.sendall(spoiled if self._counter.spoiled.value else answer)


@dataclass(frozen=True, slots=True)
class Track:
    """Where journeys go: an address, what counts there, and the folder that files are laid into."""

    url: str
    counter: Counter
    folder: Path
    ca_file: str

    def each(self, walker: Walker, program: Sequence[str]) -> float:
        """Processor seconds that each journey more takes in a process that walks many."""
        cold = self.walk(walker, program, 1)
        return (self.walk(walker, program, walker.many).cpu - cold.cpu) / (walker.many - 1)

    def walk(self, walker: Walker, program: Sequence[str], journeys: int) -> Spent:
        """Exits where it did not pass, or did not send as many requests as it was asked to."""
        self.counter.reset()
        spent, code, said = self._run(walker, program, journeys)
        asked, came = journeys * len(CALLS), self.counter.answers.value
        if code or came != asked:
            raise SystemExit(f"{walker.name}: exit code {code}, {came} of {asked} requests came: {said[-3000:]}")
        return spent

    def refuse(self, walker: Walker, program: Sequence[str]) -> None:
        """Exits where it passes although the payment was refused: then it does not do the work."""
        self.counter.reset(spoiled=True)
        _, code, said = self._run(walker, program, 1)
        self.counter.reset()
        if not code:
            raise SystemExit(f"{walker.name} did not notice a payment that was not made: {said[-3000:]}")

    def _run(self, walker: Walker, program: Sequence[str], journeys: int) -> tuple[Spent, int, str]:
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            shutil.copy(self.ca_file, Path(made) / "ca.pem")
            for name, content in walker.files(self.url, journeys).items():
                file = Path(made) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)
            with children() as spent:
                done = self._ended(walker, [*program, *walker.command(journeys)], made)
        return spent, done.returncode, done.stdout + done.stderr

    def _ended(self, walker: Walker, command: Sequence[str], folder: str) -> subprocess.CompletedProcess[str]:
        try:
            told = _environment(self.ca_file)
            return subprocess.run(
                command, cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired as late:
            raise SystemExit(f"{walker.name} did not end within {PATIENCE} s") from late


def _environment(ca_file: str) -> dict[str, str]:
    """With the authority of the server by TLS for each of them, and nothing told to anybody's statistics."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")}
    authority = dict.fromkeys(("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), ca_file)
    quiet = {"STEPCI_DISABLE_ANALYTICS": "1", "ARTILLERY_DISABLE_TELEMETRY": "true", "NO_COLOR": "1"}
    return kept | authority | quiet | {"SYNTHMON_SECRET_PASSWORD": "correct horse battery", "NO_PROXY": "127.0.0.1"}
