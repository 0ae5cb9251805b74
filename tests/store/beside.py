"""What tests of a PostgreSQL server do to it from beside, and what they wait for then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from synthmon.errors import StoreError
from synthmon.store.sql import SqlStore
from tests.store.values import DAY, MIDNIGHT

T = TypeVar("T")


def until_it_works(work: Callable[[], T], patience: float = 60) -> T:
    """What a keeper of results does: hand the same in again until it is taken."""
    until = time.monotonic() + patience
    while True:
        try:
            return work()
        except StoreError:
            assert time.monotonic() < until
            time.sleep(0.05)


def throw_out(beside: psycopg.Connection) -> None:
    beside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


def kept_slots(store: SqlStore) -> list[float]:
    return [(result.key.slot - MIDNIGHT).total_seconds() for result in store.runs(MIDNIGHT, MIDNIGHT + DAY)]
