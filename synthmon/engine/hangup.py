"""Breaks off exchanges from outside: their sockets are shut, since whoever waits in the kernel cannot be asked to stop.

A callback that libcurl asked again and again would do as well, but it waits for the interpreter each time; when that is
busy, the answer's first byte lies unread meanwhile, and the target would be said to be slow.
"""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

from synthmon.engine.ports import Stop
from synthmon.model.run import Failure, FailureKind

_DESCRIPTORS = Path("/dev/fd")
Held = set[int] | set[socket.SocketType]
"""Sockets that may be shut: libcurl's by their inodes, ours as they are."""

AGAIN = 0.05  # seconds until it is looked whether something still goes on
PATIENCE = 10.0  # seconds; longer than a name is looked up for, and a connection takes


class Lines:
    """The sockets of exchanges that go on now. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: dict[int, Held] = {}  # thread -> the sockets of its run

    def begin(self, held: Held) -> None:
        """From now on, what `held` holds then may be shut. It waits for nobody: whoever looks takes what is there."""
        self._busy[threading.get_ident()] = held

    def end(self) -> None:
        """Waits until nothing of this thread's is being shut any more."""
        with self._lock:
            self._busy.pop(threading.get_ident(), None)

    def release(self, held: set[socket.SocketType], channel: socket.SocketType) -> None:
        """Take out a socket that is to be closed: not while it is being shut, as its number is another's soon."""
        with self._lock:
            held.discard(channel)

    def hang_up(self) -> bool:
        """Shut the sockets of all of them, again until none is left; whether none is."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with self._lock:
                if not self._busy:
                    return True
                wanted = {one for held in tuple(self._busy.values()) for one in tuple(held)}
                _shut_ours([one for one in wanted if isinstance(one, socket.SocketType)])
                _shut({one for one in wanted if isinstance(one, int)})
            time.sleep(AGAIN)
        return False


def stopped(stop: Stop | None) -> Failure | None:
    """Why an exchange does not go on, once the stop is set."""
    if stop is None or not stop.is_set():
        return None
    return Failure(FailureKind.SHUTDOWN, "synthmon was stopped during the run")


def joined(thread: threading.Thread, patience: float, stop: Stop | None) -> None:
    """Wait for a thread that waits for somebody else, until a stop is asked for: nothing of it can be shut."""
    ends = time.monotonic() + patience
    while thread.is_alive() and (left := ends - time.monotonic()) > 0 and not (stop and stop.is_set()):
        thread.join(min(left, AGAIN))


def inode_of(descriptor: int) -> int:
    """What tells a socket from all others of this machine, whichever of its descriptors one has."""
    return os.fstat(descriptor).st_ino


def _shut_ours(channels: list[socket.SocketType]) -> None:
    for channel in channels:
        with suppress(OSError):  # not connected yet: it is tried again
            channel.shutdown(socket.SHUT_RDWR)


def _shut(inodes: set[int]) -> None:
    """Each descriptor is looked at before it is duplicated, so that no file is: whoever closes a descriptor of a file
    drops the locks that SQLite holds on it. It is looked at again afterwards: it could be somebody else's meanwhile.
    """
    for entry in tuple(_DESCRIPTORS.iterdir()) if inodes else ():
        descriptor = int(entry.name)
        with suppress(OSError):  # closed meanwhile, or not connected yet: it is looked for again
            if not _is_one_of(inodes, descriptor):
                continue
            copy = os.dup(descriptor)
            if not stat.S_ISSOCK(os.fstat(copy).st_mode):
                continue  # a file by now: the copy stays open, for the sake of its locks
            with socket.socket(fileno=copy) as found:
                if _is_one_of(inodes, copy):
                    found.shutdown(socket.SHUT_RDWR)


def _is_one_of(inodes: set[int], descriptor: int) -> bool:
    known = os.fstat(descriptor)
    return stat.S_ISSOCK(known.st_mode) and known.st_ino in inodes
