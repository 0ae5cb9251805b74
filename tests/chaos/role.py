"""One process of synthmon that can be killed, frozen and started again, and everything that it logs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.forked import Forked

ROOT = Path(__file__).parents[2]


class Role:
    """`synthmon WORDS` in a folder of its own, with these variables; its log goes to a file that is kept over lives."""

    def __init__(self, name: str, words: tuple[str, ...], folder: Path, variables: Mapping[str, str]) -> None:
        self.name, self._words, self._folder = name, words, folder
        outside = {key: value for key, value in os.environ.items() if not key.startswith("SYNTHMON_")}
        self._variables = {**outside, "PYTHONPATH": str(ROOT), **variables}
        self._child: Forked | None = None
        self.frozen = False
        self.lives = 0
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def log(self) -> Path:
        return self._folder.parent / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        if self.alive:
            return
        with self.log.open("ab") as log:
            self._child = Forked(self._words, self._folder, self._variables, stderr=log.fileno())
        self.lives += 1
        self.frozen = False

    def kill(self) -> None:
        """As the machine would: no warning."""
        self._signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)
        self.frozen = False

    def end(self, within: float = 90.0) -> int | None:
        """In order, with SIGTERM; its exit code, or None if it did not end in time."""
        if self._child is None:
            return None
        self.thaw()
        self._signal(signal.SIGTERM)
        try:
            return self._child.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None and self.alive:
            self._child.send_signal(number)

    def events(self, *names: str) -> Iterator[dict[str, Any]]:
        """What it logged under these names, over all its lives; lines cut by a kill are left out."""
        if not self.log.exists():
            return
        for raw in self.log.read_bytes().splitlines():
            try:
                line = json.loads(raw)
            except ValueError:
                continue
            if isinstance(line, dict) and line.get("event") in names:
                yield line


def until(true: Any, within: float, what: str) -> Any:
    """What it gave as soon as it gave something; raises `TimeoutError` otherwise."""
    last = time.monotonic() + within
    while not (found := true()):
        if time.monotonic() > last:
            raise TimeoutError(f"{what}: not within {within:.0f} s")
        time.sleep(0.1)
    return found
