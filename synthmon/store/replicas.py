"""What the processes of the centre say of themselves; whoever is silent for a day is forgotten."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from synthmon.model.replica import Replica
from synthmon.store import inserts
from synthmon.store.tables import replicas
from synthmon.store.writer import one_by_one

FORGOTTEN_AFTER = timedelta(days=1)


def _keep(connection: Connection, replica: Replica) -> None:
    row = {"instance": replica.instance, "at": replica.at, "document": replica}
    connection.execute(inserts.replace(connection, replicas, replicas.c.at, replicas.c.document), row)
    connection.execute(delete(replicas).where(replicas.c.at < replica.at - FORGOTTEN_AFTER))


def _forget(connection: Connection, instance: str) -> None:
    connection.execute(delete(replicas).where(replicas.c.instance == instance))


keep, forget = one_by_one(_keep), one_by_one(_forget)


def find(connection: Connection) -> list[Replica]:
    return list(connection.scalars(select(replicas.c.document).order_by(replicas.c.instance)))
