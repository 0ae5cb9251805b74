"""Processes of synthmon that begin as a copy of one that has loaded everything: loading is most of what a start costs.

What they do from `synthmon.cli.main` on is what a fresh process does, in a folder, with an environment and with outputs
of its own. That a fresh process comes as far as that is proved where a test starts one with `subprocess`.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).parents[1]
LOADED = ("up", "agent", "centre")  # commands; those of others are loaded when one is first asked for
_LARGEST = 1 << 20  # bytes of an order: words, folder and environment


def answer(
    *words: str, folder: Path, environ: Mapping[str, str], within: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """What a command writes, and its code."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = Forked(words, folder, environ, stdout=out.fileno(), stderr=err.fileno()).wait(within)
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())


class Forked:
    """As much of `subprocess.Popen` as tests of processes use. Without `stderr`, errors are read here."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        *,
        stdout: int = subprocess.DEVNULL,
        stderr: int = subprocess.PIPE,
    ) -> None:
        order = {"words": list(words), "folder": str(folder), "environ": dict(environ)}
        self.stderr: IO[bytes] | None = None
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, Path(os.devnull).open("wb") as nowhere:
            out = nowhere.fileno() if stdout == subprocess.DEVNULL else stdout
            if stderr == subprocess.PIPE:
                reading, writing = os.pipe()
                self.stderr = os.fdopen(reading, "rb")
            else:
                writing = os.dup(stderr)
            try:
                _mother().ask(json.dumps(order).encode(), [out, writing, theirs.fileno()])
            finally:
                os.close(writing)
        self.pid = int(self._line.recv(16))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("synthmon", timeout or 0.0)
        return code

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
            said = self._line.recv(16)
            self.returncode = os.waitstatus_to_exitcode(int(said)) if said else -signal.SIGKILL
            self._line.close()
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Mother:
    """The process that is copied, one for each process of pytest; it ends with that."""

    def __init__(self) -> None:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
        self._asking = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        atexit.register(self.close)

    def close(self) -> None:
        self._door.close()
        self._process.wait()

    def ask(self, order: bytes, descriptors: list[int]) -> None:
        with self._asking:
            socket.send_fds(self._door, [order], descriptors)


_mothers: list[_Mother] = []
_making = threading.Lock()


def _mother() -> _Mother:
    with _making:
        if not _mothers:
            _mothers.append(_Mother())
        return _mothers[0]


# The other side


def _serve(door: socket.socket) -> list[str]:
    """Copy this process for each order, until nobody can give one any more; a copy returns the words that it is for."""
    lines: dict[int, tuple[int, socket.socket]] = {}  # descriptor of a copy -> its id, and who waits for its end
    while True:
        for ready in select.select([door.fileno(), *lines], [], [])[0]:
            if ready != door.fileno():
                pid, line = lines.pop(ready)
                _tell(line, os.waitpid(pid, 0)[1])
                line.close()
                os.close(ready)
                continue
            said, descriptors, _, _ = socket.recv_fds(door, _LARGEST, 3)
            if not said:
                os._exit(0)
            order = json.loads(said)
            _load(order["words"][0])
            assert threading.active_count() == 1, "a thread is not there in a copy"
            if not (pid := os.fork()):
                for one in (door, *(line for _, line in lines.values())):
                    one.detach()  # or it would close whatever is opened under its number
                _become(order, *descriptors[:2])
                return list(order["words"])
            for descriptor in descriptors[:2]:
                os.close(descriptor)
            line = socket.socket(fileno=descriptors[2])
            lines[os.pidfd_open(pid)] = (pid, line)
            _tell(line, pid)


def _tell(line: socket.socket, number: int) -> None:
    with suppress(OSError):  # whoever asked has gone
        line.send(str(number).encode())


def _become(order: dict[str, Any], out: int, err: int) -> None:
    """A process as it is after `exec`: its folder, its environment, its three streams, and nothing else open."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor, taken in ((0, nowhere), (1, out), (2, err)):
        os.dup2(taken, descriptor)
    os.closerange(3, 4096)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    time.tzset()
    sys.argv = ["synthmon", *order["words"]]
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8")
    sys.stdout, sys.stderr = _writer(1), _writer(2)


def _writer(descriptor: int) -> io.TextIOWrapper:
    file = io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False))
    return io.TextIOWrapper(file, "utf-8", "backslashreplace", line_buffering=True)


def _load(command: str) -> None:
    """Load what the command will, as it does itself: httpx without its command line, and no garbage looked for."""
    from synthmon.cli import COMMANDS, main  # noqa: F401

    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    import_module(f"synthmon.cli.{COMMANDS[command][0]}")
    gc.freeze()


def _main() -> NoReturn:
    door = socket.socket(fileno=int(sys.argv[1]))
    for command in LOADED:
        _load(command)
    _serve(door)
    from synthmon.cli import main

    main()
    raise AssertionError("a command ends its process")


if __name__ == "__main__":
    _main()
