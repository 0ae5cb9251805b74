"""Maintenance and silences that somebody asked for; those that recur are declared and kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.store.inserts import replace as insert_or_replace
from synthmon.store.tables import quiets
from synthmon.store.writer import one_by_one


def _keep(connection: Connection, quiet: Quiet) -> None:
    row = {"id": quiet.id, "start": quiet.start, "ends_at": quiet.ends_at, "document": quiet}
    connection.execute(insert_or_replace(connection, quiets, quiets.c.ends_at, quiets.c.document), row)


keep = one_by_one(_keep)


@dataclass(frozen=True, slots=True)
class Lift:
    quiet_id: str
    actor: str
    at: datetime


def _lift(connection: Connection, asked: Lift) -> bool:
    quiet = connection.scalar(select(quiets.c.document).where(quiets.c.id == asked.quiet_id).with_for_update())
    if quiet is None or quiet.ends_at <= asked.at:
        return False
    _keep(connection, replace(quiet, lifted_at=asked.at, lifted_by=asked.actor))
    return True


lift = one_by_one(_lift)


def find(connection: Connection, start: datetime, end: datetime) -> list[Quiet]:
    """Those that overlap [start, end), by their beginning."""
    overlapping = (quiets.c.start < end, quiets.c.ends_at > start)
    wanted = select(quiets.c.document).where(*overlapping).order_by(quiets.c.start, quiets.c.id)
    return list(connection.scalars(wanted))
