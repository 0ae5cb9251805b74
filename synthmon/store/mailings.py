"""Reports owed by e-mail: a row is owed once, and changes as it is tried."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from synthmon.model.mailing import Mailing, MailingStatus
from synthmon.store.inserts import insert_new, replace
from synthmon.store.tables import mailings
from synthmon.store.writer import one_by_one


def _row(mailing: Mailing) -> dict[str, Any]:
    return {
        "id": mailing.id,
        "report": mailing.report,
        "status": mailing.status,
        "created_at": mailing.created_at,
        "document": mailing,
    }


def _owe(connection: Connection, owed: Sequence[Mailing]) -> None:
    """Those that are known stay as they are."""
    for mailing in owed:
        connection.execute(insert_new(connection, mailings), _row(mailing))


def _mark(connection: Connection, mailing: Mailing) -> None:
    connection.execute(replace(connection, mailings, mailings.c.status, mailings.c.document), _row(mailing))


owe, mark = one_by_one(_owe), one_by_one(_mark)


def find(connection: Connection, reports: Collection[str] | None, owed: bool, limit: int | None) -> list[Mailing]:
    """The newest first."""
    wanted = select(mailings.c.document).order_by(mailings.c.created_at.desc(), mailings.c.id)
    if reports is not None:
        wanted = wanted.where(mailings.c.report.in_(list(reports)))
    if owed:
        wanted = wanted.where(mailings.c.status == MailingStatus.OWED)
    return list(connection.scalars(wanted.limit(limit)))
