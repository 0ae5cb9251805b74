"""The token cache of one process: access tokens in memory only, and one renewal at a time for each of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from synthmon.engine.ports import Token
from synthmon.model.secret import Secret

Key = tuple[str, str, str]
K = TypeVar("K")
V = TypeVar("V")

MOST_TOLD = 16  # tokens and sessions of earlier runs, the newest; each of them is looked for in every result
CAPACITY = 4096  # tokens and locks; the oldest go first, and whoever misses one fetches it again


class MemoryTokens:
    """Tokens by (probe, region, profile). Thread-safe; nothing is ever written to disk."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tokens: dict[Key, Token] = {}
        self._locks: dict[Key, threading.Lock] = {}
        self._successors: dict[str, Secret] = {}
        self._told: dict[tuple[str, str], tuple[Secret, ...]] = {}

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
    def lock(self, key: Key, patience: float) -> Iterator[bool]:
        """Held during a renewal; yields whether it was had within so many seconds."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
            _bound(self._locks)
        held = lock.acquire(timeout=min(max(0.0, patience), threading.TIMEOUT_MAX))
        try:
            yield held
        finally:
            if held:
                lock.release()

    def successor(self, lineage: str) -> Secret | None:
        with self._guard:
            return self._successors.get(lineage)

    def succeed(self, lineage: str, token: Secret) -> None:
        with self._guard:
            self._successors.pop(lineage, None)
            self._successors[lineage] = token
            _bound(self._successors)

    def told(self, probe: str, region: str) -> tuple[Secret, ...]:
        with self._guard:
            return self._told.get((probe, region), ())

    def tell(self, probe: str, region: str, secrets: tuple[Secret, ...]) -> None:
        with self._guard:
            before = self._told.pop((probe, region), ())
            if before[: len(secrets)] != secrets:  # as tokens that last for many runs are
                before = tuple(dict.fromkeys((*secrets, *before)))[:MOST_TOLD]
            self._told[probe, region] = before
            _bound(self._told)


def _bound(kept: dict[K, V]) -> None:
    """Forget the oldest entries: keys of probe versions that are gone would otherwise stay for ever."""
    while len(kept) > CAPACITY:
        del kept[next(iter(kept))]
