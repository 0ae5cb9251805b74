"""How often signing in may fail: per account and address, per address, and per account from wherever."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

WITHIN = timedelta(minutes=1)
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 20, 30  # failures within a minute
MOST_KEPT = 10_000  # keys; then the oldest are forgotten

Key = tuple[str, ...]


class Throttle:
    """Counts failures of the last minute, in memory: nobody is kept out for longer than that. Thread-safe.

    Whoever has signed in from an address before is not kept out there by failures from elsewhere: `knows_address` says
    so of the account and the address.
    """

    def __init__(self, now: Callable[[], datetime], knows_address: Callable[[str, str], bool]) -> None:
        self._now, self._knows = now, knows_address
        self._failures: dict[Key, list[datetime]] = {}
        self._lock = threading.Lock()

    def is_shut(self, account: str, address: str) -> bool:
        """Whether no further attempt is looked at for now."""
        pair, whole, owner = _keys(account, address)
        if self._count(pair) >= PER_PAIR or self._count(whole) >= PER_ADDRESS:
            return True
        return self._count(owner) >= PER_ACCOUNT and not self._knows(account, address)

    def attempted(self, account: str, address: str) -> None:
        """Counted before anything is looked at, so that a hundred at once do not all pass."""
        now = self._now()
        with self._lock:
            for key in _keys(account, address):
                self._failures.setdefault(key, []).append(now)
            if len(self._failures) > MOST_KEPT:
                self._forget(now)

    def succeeded(self, account: str, address: str) -> None:
        """The last attempt was none to count."""
        with self._lock:
            for key in _keys(account, address):
                if times := self._failures.get(key):
                    times.pop()
            self._failures = {key: times for key, times in self._failures.items() if times}

    def _count(self, key: Key) -> int:
        now = self._now()
        with self._lock:
            recent = [at for at in self._failures.get(key, ()) if now - WITHIN < at <= now]
            if recent:
                self._failures[key] = recent
            else:
                self._failures.pop(key, None)
            return len(recent)

    def _forget(self, now: datetime) -> None:
        self._failures = {key: times for key, times in self._failures.items() if now - times[-1] < WITHIN}
        for key in sorted(self._failures, key=lambda key: self._failures[key][-1])[: -MOST_KEPT // 2]:
            del self._failures[key]


def _keys(account: str, address: str) -> tuple[Key, Key, Key]:
    near = near_by(address)
    return ("pair", account, near), ("address", near), ("account", account)


def near_by(address: str) -> str:
    """The address, or the network that one customer of a provider has: of IPv6 the first 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    if mapped is not None:
        return str(mapped)
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
