"""What the centre keeps of agents: the durable mark of each spool, tokens, heartbeats, and confirmations asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, func, select
from sqlalchemy.engine import Connection

from synthmon.model.agent import AgentToken, Asked, Consignment, Delivered, Heartbeat
from synthmon.model.run import RunKey
from synthmon.nouns import dataclass
from synthmon.store.counting import Counter, take
from synthmon.store.inserts import Insert, insert_new, replace
from synthmon.store.keeping import Incoming
from synthmon.store.rows import FORGOTTEN_AFTER, refusals
from synthmon.store.tables import agent_tokens, asked, heartbeats, spools
from synthmon.store.writer import Work, one_by_one

KEPT_AFTER_EXPIRY = timedelta(hours=1)


# Results


def taker(keep_runs: Work[Sequence[Incoming], int]) -> Work[Consignment, Delivered]:
    """Work that takes everybody's consignments; `keep_runs` keeps the runs of all of them together."""

    def work(connection: Connection, payloads: Sequence[Consignment]) -> list[Delivered]:
        answers = [_advance(connection, payload) for payload in payloads]
        runs = [
            [Incoming(record.run, record.text, record.exact) for record in payload.records if record.run is not None]
            for payload, answer in zip(payloads, answers, strict=True)
            if answer.durable >= payload.after
        ]
        if any(runs):
            keep_runs(connection, runs)
        return answers

    return work


_held_mark = (
    select(spools.c.durable)
    .where(spools.c.spool == bindparam("a_spool"), spools.c.region == bindparam("a_region"))
    .with_for_update()
)


def _further(upsert: Insert) -> ColumnElement[bool]:
    return spools.c.durable < upsert.excluded.durable


def _advance(connection: Connection, consignment: Consignment) -> Delivered:
    """Move the mark to the last record; where it is behind the agent's, leave it."""
    here = {"a_spool": consignment.spool, "a_region": consignment.region}
    mark = connection.scalar(_held_mark, here) or 0
    if mark < consignment.after or not consignment.records:
        return Delivered(mark)
    mark = max(mark, consignment.records[-1].seq)
    row = {"spool": consignment.spool, "region": consignment.region, "durable": mark}
    connection.execute(replace(connection, spools, spools.c.durable, only=_further), row)
    return Delivered(mark, refusals(consignment))


def durable(connection: Connection, spool: str, region: str) -> int:
    return connection.scalar(select(spools.c.durable).where(spools.c.spool == spool, spools.c.region == region)) or 0


# Tokens


def _keep_token(connection: Connection, token: AgentToken) -> None:
    row = {
        "id": token.id,
        "region": token.region,
        "hashed": token.hashed,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }
    changed = [column for column in agent_tokens.c if not column.primary_key]
    connection.execute(replace(connection, agent_tokens, *changed), row)


keep_token = one_by_one(_keep_token)


def tokens(connection: Connection) -> list[AgentToken]:
    order = (agent_tokens.c.region, agent_tokens.c.created_at, agent_tokens.c.id)
    return [AgentToken(**row._mapping) for row in connection.execute(select(agent_tokens).order_by(*order))]  # noqa: SLF001


def token(connection: Connection, hashed: str) -> AgentToken | None:
    row = connection.execute(select(agent_tokens).where(agent_tokens.c.hashed == hashed)).one_or_none()
    return AgentToken(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public way, for all its name


# Heartbeats


def _hear(connection: Connection, heartbeat: Heartbeat) -> None:
    row = {
        "region": heartbeat.region,
        "instance": heartbeat.instance,
        "at": heartbeat.at,
        "document": heartbeat,
    }
    connection.execute(replace(connection, heartbeats, heartbeats.c.at, heartbeats.c.document), row)
    connection.execute(delete(heartbeats).where(heartbeats.c.at < heartbeat.at - FORGOTTEN_AFTER))


hear = one_by_one(_hear)


def all_heartbeats(connection: Connection) -> list[Heartbeat]:
    return list(connection.scalars(select(heartbeats.c.document).order_by(heartbeats.c.region, heartbeats.c.instance)))


# Confirmations


@dataclass(frozen=True, slots=True)
class Question:
    keys: tuple[RunKey, ...]
    expires_at: datetime


def _ask(connection: Connection, question: Question) -> None:
    last = select(func.max(asked.c.number)).scalar_subquery()
    # The last one stays whatever its age: agents ask on from a number, which must have been given.
    old = delete(asked).where(asked.c.expires_at < question.expires_at - KEPT_AFTER_EXPIRY, asked.c.number < last)
    connection.execute(old)
    before = take(connection, Counter.ASKED, len(question.keys))
    rows = [
        {"number": before + n, "id": key.id, "region": key.region, "expires_at": question.expires_at, "document": key}
        for n, key in enumerate(question.keys, 1)
    ]
    connection.execute(insert_new(connection, asked), rows)


ask = one_by_one(_ask)


def find_asked(connection: Connection, region: str, after: int, now: datetime) -> Asked:
    last = connection.scalar(select(func.max(asked.c.number))) or 0
    first = after if after <= last else 0  # a number that was never given: another database took this one's place
    wanted = (asked.c.region == region, asked.c.number > first, asked.c.expires_at > now)
    found = connection.scalars(select(asked.c.document).where(*wanted).order_by(asked.c.number))
    return Asked(tuple(found), last)
