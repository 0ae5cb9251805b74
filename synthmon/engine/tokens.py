"""The token cache of one process: access tokens in memory only, and one renewal at a time for each of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from synthmon.engine.ports import Token

Key = tuple[str, str, str]

CAPACITY = 4096  # tokens and locks; the oldest go first, and whoever misses one fetches it again


class MemoryTokens:
    """Tokens by (probe, region, profile). Thread-safe; nothing is ever written to disk.

    `patience`: seconds for which a run waits for another one's renewal before it tries by itself.
    """

    def __init__(self, patience: float = 15.0) -> None:
        self._patience = patience
        self._guard = threading.Lock()
        self._tokens: dict[Key, Token] = {}
        self._locks: dict[Key, threading.Lock] = {}

    def get(self, key: Key) -> Token | None:
        with self._guard:
            return self._tokens.get(key)

    def put(self, key: Key, token: Token) -> None:
        with self._guard:
            self._tokens.pop(key, None)
            self._tokens[key] = token
            _bound(self._tokens)

    def drop(self, key: Key) -> None:
        with self._guard:
            self._tokens.pop(key, None)

    @contextmanager
    def lock(self, key: Key) -> Iterator[bool]:
        """Held during a renewal; yields whether it was had in time. A run that was not so lucky renews all the same."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
            _bound(self._locks)
        held = lock.acquire(timeout=self._patience)
        try:
            yield held
        finally:
            if held:
                lock.release()


def _bound(kept: dict[Key, Token] | dict[Key, threading.Lock]) -> None:
    """Forget the oldest entries: keys of probe versions that are gone would otherwise stay for ever."""
    while len(kept) > CAPACITY:
        del kept[next(iter(kept))]
