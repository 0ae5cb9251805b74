"""A deadline for whatever waits for the server: a database that is frozen, and not gone, still holds its connections.

Its kernel goes on acknowledging what it is sent, so neither keepalives nor `tcp_user_timeout` notice, and the server's
own `statement_timeout` is frozen with it. So a thread of ours shuts the socket down, and the driver sees the end of it.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from synthmon.store.database import Unanswered

_EVERY = 0.25  # seconds


class _Watched:
    """One wait. The descriptor is a copy of ours: nothing else can come to be behind its number meanwhile."""

    def __init__(self, descriptor: int, seconds: float) -> None:
        self.descriptor, self.until = os.dup(descriptor), monotonic() + seconds
        self.expired = False


class Deadlines:
    """Waits that are going on, and the thread that ends those which take too long. Thread-safe."""

    def __init__(self) -> None:
        self._watched: set[_Watched] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @contextmanager
    def limit(self, descriptor: int, seconds: float) -> Iterator[None]:
        """Whatever waits for the socket inside gives up after `seconds`; raises `Unanswered` then."""
        watched = _Watched(descriptor, seconds)
        with self._lock:
            self._watched.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="store-deadlines", daemon=True)
                self._thread.start()
        try:
            yield
        except Exception as error:
            if watched.expired:
                raise Unanswered(f"no answer within {seconds:g} seconds") from error
            raise
        finally:
            with self._lock:
                self._watched.remove(watched)
            os.close(watched.descriptor)

    def close(self) -> None:
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(_EVERY):
            now = monotonic()
            with self._lock:
                for watched in self._watched:
                    if watched.until <= now and not watched.expired:
                        watched.expired = True
                        _shut(watched.descriptor)


def _shut(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as end, suppress(OSError):  # it may have been closed from there
        end.shutdown(socket.SHUT_RDWR)
