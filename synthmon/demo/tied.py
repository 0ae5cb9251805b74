"""Programs of the demo as processes that end with it, however it dies.

`python -m synthmon.demo.tied WORDS` is `synthmon WORDS` that ends in order when its standard input does.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

ENDS_WITHIN = 60.0  # seconds; running journeys and their cleanup may take that long


class Tied:
    """A context manager: inside it the module runs as a process, and writes what it says to a file.

    The first line of its standard output is `first`, where it `speaks`.
    """

    def __init__(
        self, words: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path, *, speaks: bool = False
    ) -> None:
        self._words, self._log, self._environment, self._folder = words, log, environment, folder
        self._speaks = speaks
        self._child: subprocess.Popen[bytes] | None = None
        self.first = ""

    def __enter__(self) -> Tied:
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
                [sys.executable, "-m", *self._words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if self._speaks else log,
                stderr=log,
                cwd=self._folder,
                env=dict(self._environment),
                start_new_session=True,  # Ctrl-C is for the parent, which then ends everything in order
            )
        if self._child.stdout is not None:
            self.first = self._child.stdout.readline().decode().strip()
        return self

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def ended(self) -> int | None:
        """The code that it ended with; None while it lives."""
        return self._child.poll() if self._child is not None else None

    @property
    def last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines() if self._log.exists() else []
        return lines[-1] if lines else "it said nothing"

    def ask_to_end(self) -> None:
        """Its standard input ends; so that several can end at the same time."""
        if self._child is not None and self._child.stdin is not None and not self._child.stdin.closed:
            self._child.stdin.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ask_to_end()
        if self._child is None:
            return
        try:
            self._child.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()


def synthmon(*words: str) -> Sequence[str]:
    """What `Tied` runs for `synthmon WORDS`."""
    return ("synthmon.demo.tied", *words)


def _end_with_the_parent() -> None:
    """Standard input is a pipe from the parent; it ends when the parent closes it, or dies."""
    while os.read(0, 4096):  # below Python's buffers, whose locks would be in the way of an end by itself
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    sys.argv[0] = "synthmon"
    runpy.run_module("synthmon", run_name="__main__", alter_sys=False)
