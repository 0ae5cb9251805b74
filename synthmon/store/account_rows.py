"""Rows of those who may come in, and of the audit."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.engine import Connection

from synthmon.model.account import ApiToken, Entry, Search, Session, User
from synthmon.store.inserts import insert_new, replace
from synthmon.store.tables import api_tokens, audit, sessions, users
from synthmon.store.writer import one_by_one

# Users


def _add_user(connection: Connection, user: User) -> bool:
    added = insert_new(connection, users).returning(users.c.name)
    return connection.execute(added, asdict(user)).one_or_none() is not None


def _change_user(connection: Connection, asked: tuple[str, Mapping[str, Any]]) -> bool:
    name, changes = asked
    changed = update(users).where(users.c.name == name).values(**changes).returning(users.c.name)
    return connection.execute(changed).one_or_none() is not None


add_user, change_user = one_by_one(_add_user), one_by_one(_change_user)


def user(connection: Connection, name: str) -> User | None:
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return User(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public way, for all its name


def all_users(connection: Connection) -> list[User]:
    return [User(**row._mapping) for row in connection.execute(select(users).order_by(users.c.name))]  # noqa: SLF001


def has_users(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists(select(users.c.name)))))


# Sessions


def _keep_session(connection: Connection, session: Session) -> None:
    connection.execute(delete(sessions).where(sessions.c.ends_at <= session.began_at))
    connection.execute(insert_new(connection, sessions), asdict(session))


def _see_session(connection: Connection, seen: tuple[str, datetime]) -> None:
    connection.execute(update(sessions).where(sessions.c.id == seen[0]).values(seen_at=seen[1]))


def _end_session(connection: Connection, session_id: str) -> bool:
    ended = delete(sessions).where(sessions.c.id == session_id).returning(sessions.c.id)
    return connection.execute(ended).one_or_none() is not None


keep_session, see_session, end_session = one_by_one(_keep_session), one_by_one(_see_session), one_by_one(_end_session)


def session(connection: Connection, hashed: str) -> Session | None:
    row = connection.execute(select(sessions).where(sessions.c.hashed == hashed)).one_or_none()
    return Session(**row._mapping) if row else None  # noqa: SLF001


def all_sessions(connection: Connection) -> list[Session]:
    found = select(sessions).order_by(sessions.c.began_at.desc(), sessions.c.id)
    return [Session(**row._mapping) for row in connection.execute(found)]  # noqa: SLF001


# Tokens of the API


def _keep_api_token(connection: Connection, token: ApiToken) -> None:
    changed = [column for column in api_tokens.c if not column.primary_key]
    connection.execute(replace(connection, api_tokens, *changed), asdict(token))


def _see_api_token(connection: Connection, seen: tuple[str, datetime]) -> None:
    connection.execute(update(api_tokens).where(api_tokens.c.id == seen[0]).values(used_at=seen[1]))


keep_api_token, see_api_token = one_by_one(_keep_api_token), one_by_one(_see_api_token)


def api_token(connection: Connection, hashed: str) -> ApiToken | None:
    row = connection.execute(select(api_tokens).where(api_tokens.c.hashed == hashed)).one_or_none()
    return ApiToken(**row._mapping) if row else None  # noqa: SLF001


def all_api_tokens(connection: Connection) -> list[ApiToken]:
    found = select(api_tokens).order_by(api_tokens.c.created_at, api_tokens.c.id)
    return [ApiToken(**row._mapping) for row in connection.execute(found)]  # noqa: SLF001


# The audit


def _write_down(connection: Connection, entry: Entry) -> None:
    row = {name: value for name, value in asdict(entry).items() if name != "number"}
    connection.execute(audit.insert(), row)


def _forget_audit(connection: Connection, asked: tuple[datetime, int]) -> int:
    before, limit = asked
    old = select(audit.c.number).where(audit.c.at < before).order_by(audit.c.number).limit(limit)
    return connection.execute(delete(audit).where(audit.c.number.in_(old))).rowcount


write_down, forget_audit = one_by_one(_write_down), one_by_one(_forget_audit)


def find(connection: Connection, search: Search) -> list[Entry]:
    """The newest first."""
    wanted = select(audit).order_by(audit.c.number.desc()).limit(search.limit)
    asked = (
        (audit.c.actor, operator.eq, search.actor),
        (audit.c.what, operator.eq, search.what),
        (audit.c.at, operator.ge, search.start),
        (audit.c.at, operator.lt, search.end),
        (audit.c.number, operator.lt, search.below),
    )
    wanted = wanted.where(*(compare(column, value) for column, compare, value in asked if value is not None))
    return [Entry(**row._mapping) for row in connection.execute(wanted)]  # noqa: SLF001


def knows(connection: Connection, wanted: Mapping[str, Any]) -> bool:
    lines = select(audit.c.number).where(*(audit.c[name] == value for name, value in wanted.items()))
    return bool(connection.scalar(select(exists(lines))))
