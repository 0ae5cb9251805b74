"""Starts the demo's shop as a process of its own, and never leaves it behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from types import TracebackType
from typing import IO

from synthmon.demo.control import DemoError

SHOP_PORT, CONTROL_PORT = 8421, 8422
ENDS_WITHIN = 5.0  # seconds


class ShopProcess:
    """A context manager: inside it the shop answers at `shop_url` and the pager at `control_url`.

    Port 0 takes any that is free. The child ends when its standard input does, so it outlives neither this object nor
    the process, however that dies.
    """

    def __init__(self, port: int = SHOP_PORT, control_port: int = CONTROL_PORT, *options: str) -> None:
        self._ports = (port, control_port)
        self._options = options
        self._child: subprocess.Popen[str] | None = None
        self._drain: threading.Thread | None = None
        self.shop_url = self.control_url = ""

    def __enter__(self) -> ShopProcess:
        port, control = self._ports
        command = [sys.executable, "-m", "synthmon.demo.server", f"--port={port}", f"--control-port={control}"]
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends the shop in order
        )
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        said = self._child.stdout.readline().split()
        if len(said) != 3 or said[0] != "ready":
            self._refuse()
        # A full pipe would stop the child one day.
        self._drain = threading.Thread(target=_drain, args=(self._child.stderr,), name="demo-stderr", daemon=True)
        self._drain.start()
        self.shop_url, self.control_url = (f"http://127.0.0.1:{number}" for number in said[1:])
        return self

    def _refuse(self) -> None:
        assert self._child is not None
        _, reason = self._child.communicate(timeout=ENDS_WITHIN)
        last = reason.strip().splitlines()[-1] if reason.strip() else "it ended without a word"
        raise DemoError(
            f"the demo's shop could not start: {last}", hint="choose other ports: --port and --control-port"
        )

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        child = self._child
        if child is None or child.stdin is None:
            return
        child.stdin.close()
        try:
            child.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()
        if self._drain is not None:
            self._drain.join(ENDS_WITHIN)


def _drain(stream: IO[str]) -> None:
    """Read and forget until the end."""
    with stream:
        for _ in stream:
            pass
