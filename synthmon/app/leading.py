"""Who leads among the processes of one installation, by which contest, and under which name."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from synthmon.app import clock
from synthmon.store.interface import Store
from synthmon.store.leadership import Alone, Leadership
from synthmon.store.postgres.address import SCHEMES

GETS_ON_WITHIN = 60.0  # seconds in which the judge has to come round, or another process shall judge


def instance_name() -> str:
    """This process among those of the installation, for people: its host and number."""
    return f"{socket.gethostname()}-{os.getpid()}"


def leadership_of(database_url: str, store: Store, instance: str, gets_on: Callable[[float], bool]) -> Leadership:
    """On PostgreSQL several processes may share the database; a SQLite file belongs to one."""
    if database_url.startswith(SCHEMES):
        # Here, because it loads psycopg, which an installation on SQLite has no use for.
        from synthmon.store.postgres.contest import Contest

        return Contest(database_url, instance, clock.now, lambda: gets_on(GETS_ON_WITHIN))
    return Alone(store, instance, clock.now)
