"""Numbers given out in the order in which they become visible, whoever writes.

A sequence of the database's gives out 7 before 8, but the transaction with 8 may commit first, and whoever then reads
"everything after 6" moves on behind 8 and never sees 7. A row that is counted up stays locked until its transaction has
ended: the next number is given out only after the last one can be seen, or was taken back with everything under it.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection

from synthmon.store.tables import counters


class Counter(StrEnum):
    ARRIVAL = "arrival"
    """Runs kept; also held by whoever asks what is not kept, and writes it down."""
    ASKED = "asked"
    """Confirmations asked of agents, who ask on from the last number that they saw."""
    VERSIONS = "versions"
    """Loads of probe files written down."""


_take = (
    update(counters)
    .where(counters.c.name == bindparam("counter"))
    .values(value=counters.c.value + bindparam("count"))
    .returning(counters.c.value)
)
_hold = select(counters.c.value).where(counters.c.name == bindparam("counter")).with_for_update()


def take(connection: Connection, counter: Counter, count: int) -> int:
    """Take `count` numbers; the one before the first of them. Until this transaction ends, everybody else waits."""
    last: int = connection.execute(_take, {"counter": counter.value, "count": count}).scalar_one()
    return last - count


def hold(connection: Connection, counter: Counter) -> None:
    """Take none, but let nobody else take any until this transaction ends."""
    connection.execute(_hold, {"counter": counter.value}).scalar_one()
