"""Spool results and deliver them to a store beside the spool, and say what was taken: looked at by strace from outside.

    python -m tests.soak.spooling FOLDER COUNT

Prints `run.kept ID` once a result is durable and `run.refused ID REASON` for each refusal, after which it tries the
same result again, at most fifty times. Begun again, it goes on with what the one before left in the spool.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from synthmon import wire
from synthmon.errors import StoreError
from synthmon.model.agent import Consigned, Consignment
from synthmon.spool import Spool
from synthmon.store.interface import Store
from synthmon.store.opening import open_store
from tests.store.values import run

TRIES = 50
DELIVER_EVERY = 3


def go_on(folder: Path, count: int, say: Callable[[str], None]) -> None:
    spool = Spool(folder / "spool.db", 1 << 20, lambda: "s1", lambda: datetime.now(UTC))
    store = open_store(folder / "centre.db")
    for number in range(count):
        _spool(spool, number, say)
        if number % DELIVER_EVERY == DELIVER_EVERY - 1:
            deliver(spool, store, say)
    deliver(spool, store, say)
    spool.close()
    store.close()


def _spool(spool: Spool, number: int, say: Callable[[str], None]) -> None:
    result = run(number)
    for _ in range(TRIES):
        try:
            spool.put([result])
        except StoreError as error:
            say(f"run.refused {result.id} {error}")
        else:
            say(f"run.kept {result.id}")
            return


def deliver(spool: Spool, store: Store, say: Callable[[str], None] = print) -> None:
    """All that is in the spool, two at a time, as the centre takes it."""
    for _ in range(TRIES):
        try:
            while records := spool.pending(2, 1 << 20):
                sent = tuple(Consigned(one.seq, wire.from_json(wire.loads(one.document or b""))) for one in records)
                spool.delivered(store.take(Consignment("s1", "local", spool.mark, sent)), records[-1].seq)
        except StoreError as error:
            say(f"delivery.failed {error}")
        else:
            return


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    go_on(Path(sys.argv[1]), int(sys.argv[2]), _say)
