"""The only reader of the wall clock and the only source of randomness; everything else is handed them."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from uuid import uuid4

from synthmon.engine.ports import Clock


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def chance() -> random.Random:
    """Randomness from the operating system, for identifiers in requests and for jitter."""
    return random.SystemRandom()


def seed() -> int:
    """A number that nobody can guess, from which chance can be repeated."""
    return random.SystemRandom().getrandbits(128)


def seeded(number: int) -> random.Random:
    """Chance that is the same for the same number: what a replay draws is what its recording drew."""
    return random.Random(number)


def clock_for(stop: threading.Event) -> Clock:
    """A clock whose sleeps end early when the daemon stops."""
    return Clock(now=now, monotonic=time.monotonic, sleep=lambda seconds: void(stop.wait(seconds)))


def new_id() -> str:
    """An identity that nothing else has."""
    return str(uuid4())


def void(_value: object) -> None:
    """Throw a value away where a callable must return nothing."""
